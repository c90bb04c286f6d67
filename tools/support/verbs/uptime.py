"""`evse-support uptime`: outages and uptime of a fleet, out of the history, each exclusion beside its figure."""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.control.render import Page, Tone, duration
from agent.core.uptime.fleet import REQUIRED_PERCENT
from tools.support.failures import WrongUse
from tools.support.history.cases import SEE_NAMES
from tools.support.history.service import OutageSpan, PortShare, outages, shares
from tools.support.history.sink import History, opened
from tools.support.settings import history_of
from tools.support.telling import counted, note, now_ms, page, printed, printed_json
from tools.support.times import since_ms

PURPOSE = "uptime of the fleet: outages by cause, what is excluded and why, each port's figure"
SHOWN = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("device", nargs="?", default="", metavar="DEVICE", help="only this charger, with its outages")
    parser.add_argument("--since", default="365d", metavar="TIME", help="2h, 30d ago, or a moment (365d)")
    parser.add_argument("--until", default="", metavar="TIME", help="the same")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write every outage there, to be computed again")
    parser.add_argument(
        "--records",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="no history: by the rule, month by month, out of what chargers exported (evsectl metrics export FILE)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(typed: argparse.Namespace) -> int:
    """0: every port is above 97 %; 1: one is not, or nothing is on record. Raises WrongUse, HistoryDown."""
    if typed.records:
        if typed.device or typed.csv or typed.until:
            raise WrongUse("--records stands alone: a file says itself whose it is and of which time")
        from tools.support.uptime_files import shown_files

        return shown_files(typed.records, json=typed.json)
    within = since_ms(typed.since), since_ms(typed.until) if typed.until else now_ms()
    with opened(history_of(typed.config)) as history:
        spans = outages(_rows(history, typed.device), now_ms())
        found = shares(spans, _ports(history, typed.device), within)
    mine = [one for one in spans if one.at[0] < within[1] and one.at[1] > within[0]]
    if typed.csv:
        _write(typed.csv, mine)
    if typed.json:
        printed_json(
            {
                "from": _date(within[0]),
                "until": _date(within[1]),
                "ports": [_share(one) for one in found],
                "outages": [_span(one) for one in mine],
            }
        )
    else:
        shown = page()
        _show(found, mine, typed.device, shown)
        printed(shown)
    percents = [one.percent for one in found if one.percent is not None]
    return 0 if percents and min(percents) > REQUIRED_PERCENT else 1


def _rows(history: History, device: str) -> list[dict[str, Any]]:
    return history.ask(
        "SELECT device, port, told_ms, received_ms, body FROM message WHERE kind = 'outage' AND (? = '' OR device = ?)"
        " ORDER BY CASE WHEN told_ms > 0 THEN told_ms ELSE received_ms END, received_ms, seq",
        device,
        device,
    )


def _ports(history: History, device: str) -> dict[tuple[str, int], int]:
    """Since when each is on record: its first status, or its first outage."""
    rows = history.ask(
        "SELECT device, port, min(CASE WHEN told_ms > 0 THEN told_ms ELSE received_ms END) AS first_ms FROM message"
        " WHERE port > 0 AND (? = '' OR device = ?) GROUP BY device, port",
        device,
        device,
    )
    return {(row["device"], int(row["port"])): int(row["first_ms"]) for row in rows}


def _show(found: Sequence[PortShare], spans: Sequence[OutageSpan], device: str, shown: Page) -> None:
    known = [one for one in found if one.percent is not None]
    if not known:
        which = f" of {device}: is the name right ({SEE_NAMES}), and did" if device else "; does"
        shown.line(f"no port is on record{which} evse-support collect run?")
        return
    recorded, out, excluded = (
        sum(getattr(one, name) for one in known) for name in ("recorded_ms", "outage_ms", "excluded_ms")
    )
    below = [one for one in known if one.percent is not None and one.percent <= REQUIRED_PERCENT]
    shown.line(
        f"{counted(len(known), 'port')}: {100 * (1 - (out - excluded) / recorded):.3f} % up, by what arrived here",
        Tone.STRONG,
    )
    lost = f"out of service {duration(out / 1000)}, of that excluded {duration(excluded / 1000)}"
    shown.line(f"{lost}; {counted(len(spans), 'outage')}")
    shown.line(f"{counted(len(below), 'port')} at or below {REQUIRED_PERCENT:g} %", Tone.WARN if below else Tone.GOOD)
    shown.line()
    rows = sorted(known, key=lambda one: (one.percent or 0, one.device, one.port))
    table = [
        [
            one.device,
            str(one.port),
            f"{one.percent:.3f} %",
            str(one.outages),
            duration(one.outage_ms / 1000),
            duration(one.excluded_ms / 1000),
            duration(one.recorded_ms / 1000),
        ]
        for one in rows[: None if device else SHOWN]
    ]
    shown.table(["charger", "port", "up", "outages", "out", "excluded", "on record"], table)
    if len(rows) > SHOWN and not device:
        shown.line(f"and {len(rows) - SHOWN} more; --json names them all")
    _show_causes(spans, shown)
    if device:
        _show_spans(spans, shown)
    shown.line()
    shown.line(
        "up: of the time on record here. The rule's figure takes twelve months, and what is not on record as up;",
        Tone.DIM,
    )
    shown.line("it is the charger's own: evse-support do DEVICE uptime", Tone.DIM)


def _show_causes(spans: Sequence[OutageSpan], shown: Page) -> None:
    if not spans:
        return
    took: Counter[tuple[str, str]] = Counter()
    count: Counter[tuple[str, str]] = Counter()
    for one in spans:
        took[one.of, one.cause] += one.at[1] - one.at[0]
        count[one.of, one.cause] += 1
    shown.line()
    rows = [[of, cause, str(count[of, cause]), duration(ms / 1000)] for (of, cause), ms in took.most_common(SHOWN)]
    shown.table(["lies with", "cause", "outages", "out"], rows)


def _show_spans(spans: Sequence[OutageSpan], shown: Page) -> None:
    if not spans:
        return
    shown.line()
    rows = [
        [
            _date(one.at[0]),
            str(one.port),
            "lasts" if one.lasts else duration((one.at[1] - one.at[0]) / 1000),
            one.of,
            one.cause,
            f"{duration(one.excluded_ms / 1000)} {one.excluded_class}" if one.excluded_ms else "",
        ]
        for one in spans[-SHOWN:]
    ]
    shown.table(["began", "port", "lasted", "lies with", "cause", "excluded"], rows)


def _write(file: Path, spans: Sequence[OutageSpan]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened_file:
        writer = csv.DictWriter(opened_file, list(_span(spans[0])) if spans else ["device"])
        writer.writeheader()
        writer.writerows(_span(one) for one in spans)
    note(f"{file}: {len(spans)} outages")


def _span(one: OutageSpan) -> dict[str, Any]:
    return {
        "device": one.device,
        "port": one.port,
        "began": _date(one.at[0]),
        "ended": "" if one.lasts else _date(one.at[1]),
        "lasted_s": round((one.at[1] - one.at[0]) / 1000, 3),
        "class": one.of,
        "cause": one.cause,
        "excluded_s": round(one.excluded_ms / 1000, 3),
        "excluded_class": one.excluded_class,
    }


def _share(one: PortShare) -> dict[str, Any]:
    told = {
        "device": one.device,
        "port": one.port,
        "percent": None if one.percent is None else round(one.percent, 4),
        "recorded_s": one.recorded_ms / 1000,
        "outage_s": one.outage_ms / 1000,
        "excluded_s": one.excluded_ms / 1000,
        "outages": one.outages,
    }
    return {name: value for name, value in told.items() if value is not None}


def _date(utc_ms: int) -> str:
    return datetime.fromtimestamp(utc_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
