"""The message table of the host link, and the one way from fields to bytes and back.

A message is a CBOR map {0: type, 1: first field, 2: second field …} with exactly the fields of the table, each within
its bounds. The table's own text is hashed; the host has its twin, and two hashes that differ end the conversation
before a wish is heard (docs/pilot-board-protocol.md). Wish and status are levels, repeated;
the rest are requests, each answered once under its number.
"""

import hashlib
from binascii import hexlify

from cbor import CborError, decode, encode_places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

IDENTIFY = 1
IDENTITY = 2
WISH = 3
STATUS = 4
CLEAR = 5
ANSWER = 6
ASK = 7
BLOCK = 8
PUT = 9
TEST = 10

FOREVER = (IDENTIFY, IDENTITY, ANSWER, PUT)
"""Their fields keep key, kind, bounds and meaning for ever and may be followed by further ones: two versions meet in
them, and the older one is given its new firmware in them. CAPABILITIES, PUTS and RESULTS only grow at their ends."""

PILOT_STATES = ("unknown", "A", "B", "C", "D", "E", "F")
CONTACTOR_STATES = ("unknown", "open", "closed", "welded", "no_close")
WAITS_FOR = (
    "nothing", "fault", "permit", "offer", "car", "x1", "steady", "diode", "chain", "mirror", "off_time", "rate",
    "commissioning", "cable", "lock", "residual", "mains", "open_check", "rails", "restart",
)  # fmt: skip
"""What stands between now and closing, asked in this order; the first that does is told."""
SIGNALS = (
    "available", "preparing", "accepted", "refused", "charging", "paused",
    "finishing", "unavailable", "fault", "offline", "update",
)  # fmt: skip
EVIDENCE = (
    "high_mv", "low_mv", "shunt_ohm", "vehicle_ohm", "after_ms", "count", "phase", "voltage_mv", "current_ma",
    "limit_ma", "frequency_mhz", "duty", "temperature_dc", "sensor", "proximity_ohm", "rail_mv", "edges", "live",
)  # fmt: skip
"""Units by the ending: `_dc` is 0.1 °C, `_mhz` 0.001 Hz; duty in 1/10000; `live` a bit for each phase."""
CAPABILITIES = (
    "ventilation", "socket", "residual_current", "load_sense", "earth_sense", "metering", "temperatures", "rails",
    "chain_feedback", "storage", "capture", "update",
)  # fmt: skip
"""Bits of `identity.capabilities`, from the lowest: `kind.py` has them as numbers."""
LOCK_STATES = ("none", "unlocked", "locked", "moving", "fault")
ASKS = (
    "measures", "calibration", "evidence", "capture", "challenge", "counters", "update", "configuration",
    "travel", "residual_test",
)  # fmt: skip
"""What the host may read, in blocks; `ask.number` is the block."""
PUTS = ("calibration", "image_begin", "image", "image_end")
"""What the host may write."""
IMAGE_PUTS = (PUTS.index("image_begin"), PUTS.index("image"), PUTS.index("image_end"))
"""What a host with another table may write, too."""
TEST_STEPS = (
    "begin", "end", "drive_x1", "drive_f", "drive_pwm", "cut", "release", "residual", "stop_alive", "hang",
    "restart",
)  # fmt: skip
RESULTS = (
    "done", "refused", "not_now", "unknown", "bad_signature", "bad_checksum", "too_large", "failed", "busy",
)  # fmt: skip

U8 = 0xFF
U16 = 0xFFFF
U32 = 0xFFFFFFFF
MAX_UPTIME_MS = 0xFFFFFFFFFFFF
MAX_FAULTS = 12
"""As many as fit into a frame with full evidence; a board with more tells the lowest codes and acts on all."""
MAX_EVIDENCE = 4
MAX_CONTENT = 400
SIGNATURE_BYTES = 64

# type, name, fields: (name, kind, low, high). "int?" may be None; bounds count characters of text, octets of bytes,
# entries of faults.
TABLE = (
    (IDENTIFY, "identify", (
        ("request", "int", 0, U16),
        ("table_hash", "text", 8, 8),
    )),
    (IDENTITY, "identity", (
        ("request", "int", 0, U16),
        ("table_hash", "text", 8, 8),
        ("board", "text", 1, 32),
        ("revision", "text", 1, 16),
        ("firmware_version", "text", 1, 24),
        ("boot_id", "text", 8, 8),
        ("capabilities", "int", 0, U32),
    )),
    (WISH, "wish", (
        ("sequence", "int", 0, U32),
        ("permit", "bool", 0, 1),
        ("offer_da", "int", 0, 800),
        ("lock", "bool", 0, 1),
        ("signal", "int", 0, len(SIGNALS) - 1),
        ("insertion", "int", 0, U32),
        ("commissioned", "bool", 0, 1),
        ("operative", "bool", 0, 1),
        ("open_at_once", "bool", 0, 1),
        ("configuration", "int?", 0, U32),
    )),
    (STATUS, "status", (
        ("sequence", "int", 0, U32),
        ("boot_number", "int", 0, U32),
        ("wish_sequence", "int?", 0, U32),
        ("pilot_state", "int", 0, len(PILOT_STATES) - 1),
        ("high_mv", "int", -20000, 20000),
        ("low_mv", "int?", -20000, 20000),
        ("offered_da", "int", 0, 800),
        ("duty", "int", 0, 10000),
        ("contactor", "int", 0, len(CONTACTOR_STATES) - 1),
        ("waits_for", "int", 0, len(WAITS_FOR) - 1),
        ("permit_seen", "bool", 0, 1),
        ("plugged", "bool", 0, 1),
        ("insertions", "int", 0, U32),
        ("chain_ok", "bool", 0, 1),
        ("faults", "faults", 0, MAX_FAULTS),
        ("uptime_ms", "int", 0, MAX_UPTIME_MS),
        ("closings", "int", 0, U32),
        ("load_openings", "int", 0, U32),
        ("frame_errors", "int", 0, U32),
        ("live", "int", 0, 7),
        ("lock", "int", 0, len(LOCK_STATES) - 1),
        ("cable_da", "int?", 0, 800),
        ("limit_da", "int", 0, 800),
        ("testing", "bool", 0, 1),
    )),
    (CLEAR, "clear", (
        ("request", "int", 0, U16),
        ("code", "int", 1, U16),
        ("operator", "text", 1, 32),
        ("reason", "text", 1, 64),
        ("signature", "bytes", SIGNATURE_BYTES, SIGNATURE_BYTES),
    )),
    (ANSWER, "answer", (
        ("request", "int", 0, U16),
        ("result", "int", 0, U8),
        ("number", "int", 0, U32),
    )),
    (ASK, "ask", (
        ("request", "int", 0, U16),
        ("what", "int", 0, len(ASKS) - 1),
        ("number", "int", 0, U16),
    )),
    (BLOCK, "block", (
        ("request", "int", 0, U16),
        ("what", "int", 0, len(ASKS) - 1),
        ("number", "int", 0, U16),
        ("count", "int", 0, U16),
        ("content", "bytes", 0, MAX_CONTENT),
    )),
    (PUT, "put", (
        ("request", "int", 0, U16),
        ("what", "int", 0, U8),
        ("number", "int", 0, U16),
        ("content", "bytes", 0, MAX_CONTENT),
    )),
    (TEST, "test", (
        ("request", "int", 0, U16),
        ("step", "int", 0, len(TEST_STEPS) - 1),
        ("proof", "bytes", 0, 32),
        ("duty", "int", 0, 10000),
    )),
)  # fmt: skip


WORDS = (
    PILOT_STATES, CONTACTOR_STATES, WAITS_FOR, SIGNALS, EVIDENCE, CAPABILITIES, LOCK_STATES, ASKS, PUTS, TEST_STEPS,
    RESULTS,
)  # fmt: skip


class MessageError(ValueError):
    """A payload that is no message of the table."""


def table_text() -> str:
    """The whole vocabulary as text, one line for each message and word list: what the hash is made of."""
    lines = []
    for number, name, fields in TABLE:
        lines.append(str(number) + " " + name)
        for field, kind, low, high in fields:
            lines.append(" " + " ".join((field, kind, str(low), str(high))))
    for words in WORDS:
        lines.append(",".join(words))
    return "\n".join(lines)


def table_hash() -> str:
    """The first eight hexadecimal characters of the SHA-256 of `table_text`."""
    return hexlify(hashlib.sha256(table_text().encode()).digest()[:4]).decode()


def pack(number: int, values: "tuple[object, ...]") -> bytes:
    """The payload of message `number` with `values` in the table's order."""
    # MicroPython knows no star inside a tuple.
    return encode_places((number,) + values)  # noqa: RUF005


def fields_of(number: int) -> int:
    """How many fields this message has."""
    return len(next(fields for known, _, fields in TABLE if known == number))


def unpack(payload: bytes) -> "tuple[int, list[Any]]":
    """Message number and field values in the table's order; MessageError for anything outside the table."""
    try:
        message = decode(payload)
    except CborError as error:
        raise MessageError(str(error)) from None
    if not isinstance(message, dict) or isinstance(message.get(0), bool):
        raise MessageError("no map with a type")
    number = message.get(0)
    for known, _, fields in TABLE:
        if known == number:
            return known, _values(message, fields, exact=known not in FOREVER)
    raise MessageError("unknown type")


def _values(message: "dict[int, object]", fields: "tuple[tuple[str, str, int, int], ...]", exact: bool) -> "list[Any]":
    if exact and len(message) != len(fields) + 1:
        raise MessageError("number of fields")
    values = []
    for place, (name, kind, low, high) in enumerate(fields):
        if place + 1 not in message:
            raise MessageError(name + " is missing")
        value = message[place + 1]
        if not fits(value, kind, low, high):
            raise MessageError(name + " is out of bounds")
        values.append(value)
    return values


def fits(value: object, kind: str, low: int, high: int) -> bool:
    """The value is of this kind and within its bounds."""
    if value is None:
        return kind == "int?"
    if isinstance(value, bool):
        return kind == "bool"
    if isinstance(value, int):
        return kind in ("int", "int?") and low <= value <= high
    if isinstance(value, str):
        return kind == "text" and low <= len(value) <= high
    if isinstance(value, bytes):
        return kind == "bytes" and low <= len(value) <= high
    return kind == "faults" and isinstance(value, dict) and len(value) <= high and _faults_fit(value)


def _faults_fit(faults: "dict[object, object]") -> bool:
    for code, evidence in faults.items():
        if not isinstance(code, int) or not 0 < code <= U16 or not isinstance(evidence, dict):
            return False
        if len(evidence) > MAX_EVIDENCE:
            return False
        for kind, number in evidence.items():
            if not 0 <= kind < len(EVIDENCE) or isinstance(number, bool) or not isinstance(number, int):
                return False
            if not -U32 <= number <= U32:
                return False
    return True
