"""`evse-support history DEVICE`: what a charger told over time, out of the history."""

from __future__ import annotations

import argparse
import fnmatch
import json
from collections.abc import Mapping
from typing import Any

from agent.control.render import Tone, quantities
from tools.support.answers import reason_of
from tools.support.door import door_of
from tools.support.failures import WrongUse
from tools.support.history.cases import SEE_NAMES, is_known
from tools.support.history.rows import SEVERITIES
from tools.support.history.sink import History, opened
from tools.support.settings import history_of
from tools.support.telling import dated, now_ms, page, printed, printed_json, without_head
from tools.support.times import since_ms

PURPOSE = "events, verdicts, states, sessions and outages of a charger, by time, port, severity and code"
KINDS = {"events": "event", "verdicts": "verdict", "states": "port_status", "sessions": "session", "outages": "outage"}
KINDS |= {"connections": "state", "orders": "res", "load": "load"}
MOST_FIELDS = 12
TOLD_BEFORE = ("at_mono_ms", "port", "event", "fields", "id")
"""Members of a row that stand further to the left, or say nothing to a person."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("device", metavar="DEVICE")
    parser.add_argument("--kind", choices=tuple(KINDS), action="append", help="only these; may stand several times")
    parser.add_argument("--since", default="7d", metavar="TIME", help="90s, 2h, 3d ago, or 2026-01-31T12:00:00Z (7d)")
    parser.add_argument("--until", default="", metavar="TIME", help="the same")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="only of this port, and of the whole charger")
    parser.add_argument("--severity", choices=tuple(SEVERITIES.values()), type=str.lower, default="", help="only these")
    parser.add_argument(
        "--code", default="", help="name of an event, id of a fault, class of an outage; * and ? stand for any"
    )
    parser.add_argument("--limit", type=int, default=200, metavar="N", help="so many of the newest (200)")
    parser.add_argument("--json", action="store_true", help="print JSON, a line each")


def run(typed: argparse.Namespace) -> int:
    """0; 1 where nothing is on record. Raises WrongUse, HistoryDown."""
    if typed.limit < 1:
        raise WrongUse("--limit: at least 1")
    start = since_ms(typed.since)
    with opened(history_of(typed.config)) as history:
        rows = found(history, typed)
        lost = dropped(history, typed.device, start)
        known = bool(rows) or is_known(history, typed.device)
    if typed.json:
        for row in rows:
            printed_json(
                {
                    **{name: row[name] for name in ("device", "kind", "port", "name", "at_ms")},
                    "body": json.loads(row["body"]),
                }
            )
        return 0 if rows else 1
    shown = page()
    if not rows:
        fits = " that fits; wider: --since 90d" if known else ""
        unknown = "" if known else f": is the name right ({SEE_NAMES}), and did evse-support collect run by then?"
        shown.line(f"nothing of {typed.device} is on record{fits}{unknown}")
    door = door_of(typed.device)
    for row in rows:
        place = f"port {row['port']}" if row["port"] else ""
        tone = Tone.BAD if row["name"].startswith("fault.raised") or row["verdict"] == "down" else Tone.PLAIN
        guessed = "" if row["told_ms"] else " (received)"
        when, says = f"{dated(row['at_ms'])}{guessed}", door.told(rest(row))
        shown.line(f"{when}  {place:<7} {row['kind']:<11} {row['name']}  {says}", tone)
    for drop in _drops(*lost):
        shown.line(drop, Tone.WARN)
    printed(shown)
    return 0 if rows else 1


def found(history: History, typed: argparse.Namespace) -> list[dict[str, Any]]:
    """Oldest first; `at_ms` is when it happened, else when it came."""
    kinds = [KINDS[one] for one in typed.kind or ()] or [one for one in KINDS.values() if one != "load"]
    until = since_ms(typed.until) if typed.until else now_ms() + 86_400_000
    statement = (
        "SELECT m.*, CASE WHEN told_ms > 0 THEN told_ms ELSE received_ms END AS at_ms FROM message m"
        " WHERE device = ? AND received_ms >= ? AND (CASE WHEN told_ms > 0 THEN told_ms ELSE received_ms END)"
        " BETWEEN ? AND ? AND ? LIKE '%,' || kind || ',%' ORDER BY at_ms DESC, seq DESC"
    )
    start = since_ms(typed.since)
    rows = history.ask(statement, typed.device, start, start, until, f",{','.join(kinds)},")
    wanted = [row for row in rows if _fits(row, typed)]
    return wanted[: typed.limit][::-1]


def _fits(row: Mapping[str, Any], typed: argparse.Namespace) -> bool:
    code = typed.code.lower()
    names = [row["name"].lower(), *row["name"].lower().split()]
    if row["kind"] == "outage":
        names.append(f"outage.{names[0]}")  # As its event is named, which a charger tells in this document alone.
    return (
        (not typed.port or row["port"] in (typed.port, 0))
        and (not typed.severity or row["severity"] == typed.severity)
        and (not code or any(fnmatch.fnmatchcase(one, code) or one.startswith(code) for one in names))
    )


def dropped(history: History, device: str, start_ms: int) -> tuple[int, int]:
    """Events that the charger itself says it had no room for, and those of which too many came at once.

    What a broker loses, the numbers in `fleet` show.
    """
    rows = history.ask(
        "SELECT body FROM message WHERE device = ? AND received_ms >= ? AND kind = 'event'", device, start_ms
    )
    bodies = [json.loads(row["body"]) for row in rows]
    whole, to_rate = (sum(_count(one.get(name)) for one in bodies) for name in ("lost", "lost_to_rate"))
    return max(0, whole - to_rate), to_rate


def _count(told: object) -> int:
    return max(0, told) if type(told) is int else 0


def _drops(unlinked: int, to_rate: int) -> list[str]:
    """A sentence for each way in which events went missing."""
    told = []
    if unlinked:
        told.append(f"{unlinked} events of this time were dropped by the charger: no room while there was no link")
    if to_rate:
        told.append(f"{to_rate} events of this time were not told by the charger: too many came at once")
    return told


def rest(row: Mapping[str, Any]) -> str:
    """What else a row says, in one line."""
    body = json.loads(row["body"])
    if row["kind"] == "event":
        fields = body.get("fields")
        return _told(fields) if isinstance(fields, dict) else ""
    if row["kind"] == "res":
        return reason_of(body)[:120] if body.get("kind") in ("refused", "failed") else ""
    if row["kind"] == "verdict":
        since = f", since {dated(body['since_ms'])}" if body.get("since_ms") else ""
        return ", ".join(_words(one) for one in body.get("reasons", ())) + since
    return _told({name: one for name, one in without_head(body).items() if name not in TOLD_BEFORE})


def _told(fields: Mapping[str, Any]) -> str:
    """Of those that say something, at most a dozen."""
    plain = {name: one for name, one in fields.items() if one not in ("", None) and not isinstance(one, dict | list)}
    return quantities(dict(list(plain.items())[:MOST_FIELDS]))


def _words(reason: object) -> str:
    """Of a reason as a sentence with its key, or as the key alone."""
    if isinstance(reason, Mapping):
        return str(reason.get("text") or reason.get("key") or "")
    return str(reason)
