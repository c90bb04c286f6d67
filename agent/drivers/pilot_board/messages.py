"""The agent's copy of the message table. `codec.py` is the way from messages to bytes and back.

A message is a CBOR map {0: type, 1: first field, 2: second field …}. The dataclasses below name the fields in the
table's order. The hash of the table's text must be the board's own, or the two do not understand each other
(docs/pilot-board-protocol.md, section 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

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
    *("commissioning", "cable", "lock", "residual", "mains", "open_check", "rails", "restart"),
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
EVIDENCE = (
    *("high_mv", "low_mv", "shunt_ohm", "vehicle_ohm", "after_ms", "count", "phase", "voltage_mv", "current_ma"),
    *("limit_ma", "frequency_mhz", "duty", "temperature_dc", "sensor", "proximity_ohm", "rail_mv", "edges", "live"),
)
"""Units by the ending: `_dc` is 0.1 °C, `_mhz` 0.001 Hz; duty in 1/10000; `live` a bit for each phase."""
CAPABILITIES = (
    *("ventilation", "socket", "residual_current", "load_sense", "earth_sense", "metering", "temperatures", "rails"),
    *("chain_feedback", "storage", "capture", "update"),
)
"""Bits of `Identity.capabilities`, from the lowest."""
LOCK_STATES = ("none", "unlocked", "locked", "moving", "fault")
ASKS = (
    *("measures", "calibration", "evidence", "capture", "challenge", "counters", "update", "configuration"),
    *("travel", "residual_test"),
)
PUTS = ("calibration", "image_begin", "image", "image_end")
TEST_STEPS = (
    *("begin", "end", "drive_x1", "drive_f", "drive_pwm", "cut", "release", "residual", "stop_alive", "hang"),
    "restart",
)
RESULTS = (*("done", "refused", "not_now", "unknown", "bad_signature", "bad_checksum", "too_large", "failed", "busy"),)

U8 = 0xFF
U16 = 0xFFFF
U32 = 0xFFFF_FFFF
MAX_UPTIME_MS = 0xFFFF_FFFF_FFFF
MAX_FAULTS = 12
MAX_EVIDENCE = 4
MAX_CONTENT = 400
SIGNATURE_BYTES = 64
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
    """One field: its kind ("int", "int?", "bool", "text", "bytes", "faults"), and bounds of number, length or count."""

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
    """Who the board is. `boot_id` is drawn anew at each start; `capabilities` are bits, see
    CAPABILITIES."""

    request: int
    table_hash: str
    board: str
    revision: str
    firmware_version: str
    boot_id: str
    capabilities: int


@frozen
class Wish:
    """The whole desired state; void 2 s after the board heard it. Offer in 0.1 A, 0 is x1.

    The permission is for the plug that the board counts as `insertion`, and needs a station that is `commissioned`,
    or a test that the board agreed to.
    """

    sequence: int
    permit: bool
    offer_da: int
    lock: bool
    signal: int
    insertion: int
    commissioned: bool
    operative: bool = True
    """False: nobody can charge here, which the board shows to a car that is still to come."""
    open_at_once: bool = False
    """Do not wait until the car has stopped."""
    configuration: int | None = None
    """The mark that the board's own configuration has to have; None: any will do."""


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
    live: int
    lock: int
    cable_da: int | None
    limit_da: int
    testing: bool


@frozen
class Clear:
    """End a latched fault; signed by whoever may (docs/pilot-board-protocol.md, section 6)."""

    request: int
    code: int
    operator: str
    reason: str
    signature: bytes


@frozen
class Answer:
    """What became of a request; `result` is a place in RESULTS, or a word of a later firmware."""

    request: int
    result: int
    number: int


@frozen
class Ask:
    """One block, please, of what stands at place `what` of ASKS."""

    request: int
    what: int
    number: int


@frozen
class Block:
    """Block `number` of `count`."""

    request: int
    what: int
    number: int
    count: int
    content: bytes


@frozen
class Put:
    """Write a piece of what stands at place `what` of PUTS."""

    request: int
    what: int
    number: int
    content: bytes


@frozen
class Test:
    """One step of a self-test. `proof` of a test with power answers the board's challenge; `duty` is drive_pwm's."""

    request: int
    step: int
    proof: bytes = b""
    duty: int = 0


Message = Identify | Identity | Wish | Status | Clear | Answer | Ask | Block | Put | Test

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
            Field("insertion", "int", 0, U32),
            Field("commissioned", "bool", 0, 1),
            Field("operative", "bool", 0, 1),
            Field("open_at_once", "bool", 0, 1),
            Field("configuration", "int?", 0, U32),
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
            Field("live", "int", 0, 7),
            Field("lock", "int", 0, len(LOCK_STATES) - 1),
            Field("cable_da", "int?", 0, MAX_OFFER_DA),
            Field("limit_da", "int", 0, MAX_OFFER_DA),
            Field("testing", "bool", 0, 1),
        ),
    ),
    5: (
        Clear,
        (
            Field("request", "int", 0, U16),
            Field("code", "int", 1, U16),
            Field("operator", "text", 1, 32),
            Field("reason", "text", 1, 64),
            Field("signature", "bytes", SIGNATURE_BYTES, SIGNATURE_BYTES),
        ),
    ),
    6: (
        Answer,
        (
            Field("request", "int", 0, U16),
            Field("result", "int", 0, U8),
            Field("number", "int", 0, U32),
        ),
    ),
    7: (
        Ask,
        (
            Field("request", "int", 0, U16),
            Field("what", "int", 0, len(ASKS) - 1),
            Field("number", "int", 0, U16),
        ),
    ),
    8: (
        Block,
        (
            Field("request", "int", 0, U16),
            Field("what", "int", 0, len(ASKS) - 1),
            Field("number", "int", 0, U16),
            Field("count", "int", 0, U16),
            Field("content", "bytes", 0, MAX_CONTENT),
        ),
    ),
    9: (
        Put,
        (
            Field("request", "int", 0, U16),
            Field("what", "int", 0, U8),
            Field("number", "int", 0, U16),
            Field("content", "bytes", 0, MAX_CONTENT),
        ),
    ),
    10: (
        Test,
        (
            Field("request", "int", 0, U16),
            Field("step", "int", 0, len(TEST_STEPS) - 1),
            Field("proof", "bytes", 0, 32),
            Field("duty", "int", 0, STEADY_DUTY),
        ),
    ),
}

MAY_GROW = (Identify, Identity, Answer, Put)
"""Messages that keep their fields for ever, and in which a later version may add some: two versions meet in them, and a
board with another table is given its new firmware in them. CAPABILITIES, PUTS and RESULTS only grow at their ends."""

NUMBERS: Mapping[type[Message], int] = {kind: number for number, (kind, _) in TABLE.items()}


def table_text() -> str:
    """The whole vocabulary as text, a line for each message, field and word list."""
    lines = []
    for number, (kind, fields) in TABLE.items():
        lines.append(f"{number} {kind.__name__.lower()}")
        lines += [f" {field.name} {field.kind} {field.low} {field.high}" for field in fields]
    states = ([state.value for state in PILOT_STATES], [state.value for state in CONTACTOR_STATES])
    signals = [signal.value for signal in SIGNALS]
    words = (*states, WAITS_FOR, signals, EVIDENCE, CAPABILITIES, LOCK_STATES, ASKS, PUTS, TEST_STEPS, RESULTS)
    return "\n".join(lines + [",".join(each) for each in words])


TABLE_HASH = sha256(table_text().encode()).hexdigest()[:8]
