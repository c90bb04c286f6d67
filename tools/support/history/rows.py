"""One message of a charger as a row of the history. Pure.

A charger numbers the messages of one connection, and sends what was not acknowledged again on the next one, under a new
number and perhaps with a better time. So a message is named by boot, moment of the boot's clock and what it says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from agent.core.faults.model import Severity
from agent.telemetry.letters import BadDocument, read
from agent.telemetry.topics import (
    DEVICE,
    EVENT,
    HEALTH,
    LOAD,
    OUTAGE,
    PORT_STATUS,
    RESULT,
    SESSION,
    STATE,
    Place,
    place_of,
)
from agent.values import frozen
from tools.support.picture import MOST_MESSAGE_BYTES, moment_ms

KEPT = (STATE, PORT_STATUS, EVENT, SESSION, OUTAGE, LOAD, RESULT, "verdict")
UNKNOWN_MS = 0
"""`told_ms` of a message without a time: never a guess."""
SENT_ANEW = ("seq", "time", "time_quality", "lost", "lost_to_rate")
"""Parts of a message that its repetition may have otherwise."""
MOST_BODY = 64 << 10
MOST_REASONS = 20
MOST_KNOWN = 100_000
MOST_AGE_S = 10 * 365 * 86_400.0
"""What is older is a charger that tells nonsense."""
ABOUT = ("code", "verb", "cause", "key")
"""Fields of an event that say what it is about; the first that it has. The id of a fault comes before."""
SEVERITIES = {one.value: one.name.lower() for one in Severity}


@frozen(kw_only=True)
class Row:
    """`told_ms`: when it happened, by the charger's clock; 0 unknown. `port` 0: the whole charger."""

    device: str
    boot_id: str
    seq: int
    digest: str
    told_ms: int
    received_ms: int
    kind: str
    port: int
    name: str
    severity: str
    verdict: str
    body: str

    @property
    def values(self) -> tuple[Any, ...]:
        """In the order of the columns."""
        return tuple(getattr(self, name) for name in COLUMNS)


COLUMNS = (
    "device",
    "boot_id",
    "seq",
    "digest",
    "told_ms",
    "received_ms",
    "kind",
    "port",
    "name",
    "severity",
    "verdict",
    "body",
)


class Verdicts:
    """Of a health document only its verdict is history, and only when it is another one than before."""

    def __init__(self) -> None:
        self._last: dict[str, str] = {}

    def is_new(self, device: str, summary: str) -> bool:
        if len(self._last) >= MOST_KNOWN:
            self._last.clear()
        known = self._last.get(device)
        self._last[device] = summary
        return known != summary


def row_of(topic: str, payload: bytes, content_type: str, received_ms: int, verdicts: Verdicts) -> Row | None:
    """None for what is no message of a charger, or none that is kept. Any charger may write what it likes here."""
    try:
        return _row(topic, payload, content_type, received_ms, verdicts)
    except RecursionError:
        return None


def _row(topic: str, payload: bytes, content_type: str, received_ms: int, verdicts: Verdicts) -> Row | None:
    place = place_of(topic)
    if place is None or len(payload) > MOST_MESSAGE_BYTES or not DEVICE.fullmatch(place.device):
        return None
    try:
        body = read(payload, content_type)
    except BadDocument:
        return None
    kind, shown = place.kind, body
    if kind == HEALTH:
        shown = {"verdict": _text(body.get("verdict"), 16), "reasons": _reasons(body)}
        kind = "verdict"
        if not verdicts.is_new(place.device, json.dumps(shown)):
            return None
        shown |= _since(body, received_ms)
    if kind not in KEPT or (kind == RESULT and body.get("kind") == "progress"):
        return None  # What is looked at as it comes would bury the rest: a row a second. Its end is kept.
    text = json.dumps(shown, separators=(",", ":"), ensure_ascii=False)
    if len(text) > MOST_BODY:
        text = json.dumps({"cut": True, "verb": _text(body.get("verb")), "kind": _text(body.get("kind"))})
    seq = body.get("seq")
    return Row(
        device=place.device,
        boot_id=_text(body.get("boot_id"), 64),
        seq=seq if type(seq) is int else -1,
        digest=digest_of(topic, body),
        told_ms=moment_ms(body.get("time")) or UNKNOWN_MS,
        received_ms=received_ms,
        kind=kind,
        port=_port(place, body),
        name=_name(kind, body),
        severity=_severity(body),
        verdict=_text(body.get("verdict"), 16),
        body=text,
    )


def _text(value: object, most: int = 200) -> str:
    """Of a column. PostgreSQL's texts hold every character but one."""
    return "" if value is None else str(value)[:most].replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _reasons(body: Mapping[str, Any]) -> list[str]:
    reasons = body.get("reasons")
    told = reasons if isinstance(reasons, list) else []
    return [_text(one.get("key")) for one in told[:MOST_REASONS] if isinstance(one, dict)]


def _since(body: Mapping[str, Any], received_ms: int) -> dict[str, int]:
    """When the first reason began, as the charger itself dates it; by its age where it did not know the time then."""
    reasons = body.get("reasons")
    first = reasons[0] if isinstance(reasons, list) and reasons else None
    if not isinstance(first, dict):
        return {}
    since_ms, age_s = moment_ms(first.get("since")), first.get("age_s")
    if since_ms is None and isinstance(age_s, int | float) and 0 <= age_s < MOST_AGE_S:
        since_ms = (moment_ms(body.get("time")) or received_ms) - round(1000 * age_s)
    return {} if since_ms is None else {"since_ms": since_ms}


def digest_of(topic: str, body: Mapping[str, Any]) -> str:
    """The same for a message that is sent again."""
    said = {name: value for name, value in body.items() if name not in SENT_ANEW}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(f"{topic}\0{text}".encode(), digest_size=12).hexdigest()


def _port(place: Place, body: Mapping[str, Any]) -> int:
    port = place.port or body.get("port")
    return port if type(port) is int and 0 < port < 1000 else 0


def _name(kind: str, body: Mapping[str, Any]) -> str:
    """What it is about, for the filters: an event's name, a fault's id behind it, a status, a class."""
    fields = body.get("fields")
    told = fields if isinstance(fields, dict) else {}
    words: list[object] = {
        EVENT: [body.get("event"), _about(str(body.get("event")), told)],
        PORT_STATUS: [body.get("state")],
        OUTAGE: [body.get("edge"), body.get("class"), body.get("cause")],
        SESSION: [body.get("start"), body.get("end"), body.get("code")],
        STATE: ["online" if body.get("online") is True else "offline", body.get("reason")],
        RESULT: [body.get("kind"), body.get("verb")],
    }.get(kind, [body.get("verdict")])
    return _text(" ".join(_text(one) for one in words if one))


def _about(event: str, told: Mapping[str, Any]) -> object:
    names = ("id", *ABOUT) if event.startswith("fault.") else ABOUT
    return next((told[name] for name in names if told.get(name)), None)


def _severity(body: Mapping[str, Any]) -> str:
    fields = body.get("fields")
    severity = fields.get("severity") if isinstance(fields, dict) else None
    return _text(SEVERITIES.get(str(severity), severity), 16) if severity else ""
