"""The agent's copy of the message table, and the way from messages to values and back.

A message is a CBOR map {0: type, 1: first field, 2: second field …}. The dataclasses below name the fields in the
table's order. The hash of the table's text must be the board's own, or the two do not understand each other
(docs/pilot_board_protocol.md, section 4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import cast

import cbor2

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.session.effects import Signal
from agent.values import frozen

PILOT_STATES = (
    PilotState.UNKNOWN,
    PilotState.A,
    PilotState.B,
    PilotState.C,
    PilotState.D,
    PilotState.E,
    PilotState.F,
)
CONTACTOR_STATES = (
    ContactorState.UNKNOWN,
    ContactorState.OPEN,
    ContactorState.CLOSED,
    ContactorState.WELDED,
    ContactorState.NO_CLOSE,
)
WAITS_FOR = (
    *("nothing", "fault", "permit", "offer", "car", "x1", "steady", "diode", "chain", "mirror", "off_time", "rate"),
)
"""What stands between now and a closing of the contactor, as the board asks it in this order."""
SIGNALS = (
    Signal.AVAILABLE,
    Signal.PREPARING,
    Signal.ACCEPTED,
    Signal.REFUSED,
    Signal.CHARGING,
    Signal.PAUSED,
    Signal.FINISHING,
    Signal.UNAVAILABLE,
    Signal.FAULT,
    Signal.OFFLINE,
    Signal.UPDATE,
)
EVIDENCE = ("high_mv", "low_mv", "shunt_ohm", "vehicle_ohm", "after_ms", "count")

U16 = 0xFFFF
U32 = 0xFFFF_FFFF
MAX_UPTIME_MS = 0xFFFF_FFFF_FFFF
MAX_FAULTS = 12
MAX_EVIDENCE = 4
MAX_OFFER_DA = 800
MAX_LEVEL_MV = 20_000
STEADY_DUTY = 10_000
MAX_DEPTH = 4
"""Containers within each other, the message itself counted."""

Evidence = Mapping[int, int]


class MessageError(ValueError):
    """A payload that is no message of the table; the text names the field."""


@frozen
class Field:
    """One field: its kind ("int", "int?", "bool", "text", "faults") and the bounds of number, length or count."""

    name: str
    kind: str
    low: int
    high: int


@frozen
class Identify:
    """Who are you? The board answers with the same `request` number."""

    request: int
    table_hash: str


@frozen
class Identity:
    """Who the board is. `boot_id` is drawn anew at each start; `capabilities` has no bit yet."""

    request: int
    table_hash: str
    board: str
    revision: str
    firmware_version: str
    boot_id: str
    capabilities: int


@frozen
class Wish:
    """The whole desired state; void 2 s after the board heard it. Offer in 0.1 A, 0 is x1."""

    sequence: int
    permit: bool
    offer_da: int
    lock: bool
    signal: int


@frozen
class Status:
    """The whole state of the board. Levels in mV, offer in 0.1 A, duty in 1/10000; states as places in the lists above.

    `boot_number` is the boot id as a number; `wish_sequence` the last wish heard; `low_mv` is None in x1.
    """

    sequence: int
    boot_number: int
    wish_sequence: int | None
    pilot_state: int
    high_mv: int
    low_mv: int | None
    offered_da: int
    duty: int
    contactor: int
    waits_for: int
    permit_seen: bool
    plugged: bool
    insertions: int
    chain_ok: bool
    faults: Mapping[int, Evidence]
    uptime_ms: int
    closings: int
    load_openings: int
    frame_errors: int


Message = Identify | Identity | Wish | Status

TABLE: Mapping[int, tuple[type[Message], tuple[Field, ...]]] = {
    1: (
        Identify,
        (
            Field("request", "int", 0, U16),
            Field("table_hash", "text", 8, 8),
        ),
    ),
    2: (
        Identity,
        (
            Field("request", "int", 0, U16),
            Field("table_hash", "text", 8, 8),
            Field("board", "text", 1, 32),
            Field("revision", "text", 1, 16),
            Field("firmware_version", "text", 1, 24),
            Field("boot_id", "text", 8, 8),
            Field("capabilities", "int", 0, U32),
        ),
    ),
    3: (
        Wish,
        (
            Field("sequence", "int", 0, U32),
            Field("permit", "bool", 0, 1),
            Field("offer_da", "int", 0, MAX_OFFER_DA),
            Field("lock", "bool", 0, 1),
            Field("signal", "int", 0, len(SIGNALS) - 1),
        ),
    ),
    4: (
        Status,
        (
            Field("sequence", "int", 0, U32),
            Field("boot_number", "int", 0, U32),
            Field("wish_sequence", "int?", 0, U32),
            Field("pilot_state", "int", 0, len(PILOT_STATES) - 1),
            Field("high_mv", "int", -MAX_LEVEL_MV, MAX_LEVEL_MV),
            Field("low_mv", "int?", -MAX_LEVEL_MV, MAX_LEVEL_MV),
            Field("offered_da", "int", 0, MAX_OFFER_DA),
            Field("duty", "int", 0, STEADY_DUTY),
            Field("contactor", "int", 0, len(CONTACTOR_STATES) - 1),
            Field("waits_for", "int", 0, len(WAITS_FOR) - 1),
            Field("permit_seen", "bool", 0, 1),
            Field("plugged", "bool", 0, 1),
            Field("insertions", "int", 0, U32),
            Field("chain_ok", "bool", 0, 1),
            Field("faults", "faults", 0, MAX_FAULTS),
            Field("uptime_ms", "int", 0, MAX_UPTIME_MS),
            Field("closings", "int", 0, U32),
            Field("load_openings", "int", 0, U32),
            Field("frame_errors", "int", 0, U32),
        ),
    ),
}

MAY_GROW = (Identify, Identity)
"""Messages in which a later version may add fields: two versions meet in them."""

NUMBERS: Mapping[type[Message], int] = {kind: number for number, (kind, _) in TABLE.items()}


def table_text() -> str:
    """The whole vocabulary as text, a line for each message, field and word list."""
    lines = []
    for number, (kind, fields) in TABLE.items():
        lines.append(f"{number} {kind.__name__.lower()}")
        lines += [f" {field.name} {field.kind} {field.low} {field.high}" for field in fields]
    states = ([state.value for state in PILOT_STATES], [state.value for state in CONTACTOR_STATES])
    signals = [signal.value for signal in SIGNALS]
    return "\n".join(lines + [",".join(words) for words in (*states, WAITS_FOR, signals, EVIDENCE)])


TABLE_HASH = sha256(table_text().encode()).hexdigest()[:8]


UNREADABLE = (cbor2.CBORError, ArithmeticError, RuntimeError, TypeError, ValueError)
"""What the reading of garbage raises. cbor2 5.9 lets through what a date, a fraction, a pattern or a value that holds
itself makes of nonsense; 6 wraps everything. Both are in use (pyproject.toml)."""


def encode(message: Message) -> bytes:
    """The payload of one message."""
    number = NUMBERS[type(message)]
    fields = TABLE[number][1]
    return cbor2.dumps({0: number, **{place: getattr(message, field.name) for place, field in enumerate(fields, 1)}})


def decode(payload: bytes) -> Message:
    """The message that `payload` is. Raises MessageError for everything outside of the table."""
    try:
        content = cbor2.loads(payload)
    except UNREADABLE as error:
        raise MessageError(str(error)) from error
    _check_form(payload, content)
    number = content.get(0) if isinstance(content, dict) else None
    if type(number) is not int or number not in TABLE:
        raise MessageError("no map with a known type")
    kind, fields = TABLE[number]
    if kind not in MAY_GROW and len(content) != len(fields) + 1:
        raise MessageError("not the fields of the table and nothing else")
    # The table's own fields, each checked: mypy cannot know that they are the dataclass'.
    build = cast("Callable[..., Message]", kind)
    return build(*[_value(content, place, field) for place, field in enumerate(fields, 1)])


def _check_form(payload: bytes, content: object) -> None:
    """The subset of CBOR that the board speaks, in its only form: what is written anew is the same again.

    cbor2 alone takes bytes after the value, a key that is there twice, longer heads, tags and floats.
    """
    try:
        is_the_form = _is_plain(content, 0) and cbor2.dumps(content) == payload
    except UNREADABLE:  # a value that holds itself can be read and not written
        is_the_form = False
    if not is_the_form:
        raise MessageError("not the form of CBOR that the link speaks")


def _is_plain(value: object, depth: int) -> bool:
    """Of the kinds that the board reads, no deeper than it does. A truth is no key, though it equals a number."""
    if depth > MAX_DEPTH:
        return False
    match value:
        case None | bool() | str() | bytes():
            return True
        case int():
            return -(2**64) <= value < 2**64
        case list():
            return all(_is_plain(item, depth + 1) for item in value)
        case dict():
            return all(type(key) is int and _is_plain(key, depth) for key in value) and all(
                _is_plain(item, depth + 1) for item in value.values()
            )
        case _:
            return False


_ABSENT = object()


def _value(content: Mapping[object, object], place: int, field: Field) -> object:
    value = content.get(place, _ABSENT)
    if not _fits(value, field):
        raise MessageError(f"{field.name} is missing or out of bounds")
    return value


def _fits(value: object, field: Field) -> bool:
    match value:
        case None:
            return field.kind == "int?"
        case bool():
            return field.kind == "bool"
        case int():
            return field.kind in ("int", "int?") and field.low <= value <= field.high
        case str():
            return field.kind == "text" and field.low <= len(value) <= field.high
        case dict():
            return field.kind == "faults" and len(value) <= field.high and _are_faults(value)
        case _:
            return False


def _are_faults(faults: Mapping[object, object]) -> bool:
    return all(
        _is_int(code, 1, U16)
        and isinstance(evidence, dict)
        and len(evidence) <= MAX_EVIDENCE
        and all(_is_int(kind, 0, len(EVIDENCE) - 1) and _is_int(value, -U32, U32) for kind, value in evidence.items())
        for code, evidence in faults.items()
    )


def _is_int(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
