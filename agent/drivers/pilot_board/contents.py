"""What a pilot board's blocks hold, in people's units. Pure; layouts: docs/pilot-board-protocol.md.

Every function raises ValueError with what is wrong where the bytes are not what they should be.
"""

from __future__ import annotations

import math
import struct
from binascii import crc32
from collections.abc import Iterable, Mapping
from hashlib import sha256

from agent.drivers.board_service import PilotCapture, Quantity, ResidualTestOutcome, Travel, TripRecord
from agent.drivers.pilot_board.levels import PHASES, SENSORS, capabilities_of, quantity_of
from agent.drivers.pilot_board.messages import PILOT_STATES

NO_READING = -0x8000_0000
MEASURES = (
    *("high_mv", "low_mv", "samples_high", "frozen", "generator_mhz", "generator_duty", "plus_mv", "minus_mv"),
    *("supply_mv", "mirror_open", "chain_ok", "load_edges_l1", "load_edges_l2", "load_edges_l3", "earth_edges"),
    *("earth_neutral_mv", "residual", "voltage_l1_mv", "voltage_l2_mv", "voltage_l3_mv", "current_l1_ma"),
    *("current_l2_ma", "current_l3_ma", "mains_mhz", "rotation_ok", "board_ntc", "contactor_ntc", "terminal_ntc"),
    *("connector_ntc", "pp_mv", "lock_code", "release_mv"),
)
"""In the order of the block, 32 bits each."""
TRUTHS = frozenset({"frozen", "mirror_open", "chain_ok", "rotation_ok"})
RESIDUAL_LINES = ("dc trip", "ac trip", "error")

WHY_OPENED = ("state", "permit", "residual", "chain", "earth", "lease", "fault")

COUNTERS = ("closings_without_load", "openings_without_load", "openings_under_load", "openings_at_a_fault")

MARK = "{:08x}"
"""How a mark is written where people read it."""
DIGITS_AT_MOST = 10

CODE_TOP = 4_095
"""12 bits."""
MV_PER_CODE = 8.5868
CODE_0_MV = -17_643
"""The pilot's front end: V_adc = 1.65577 V + 0.093827 V_cp at 3.3 V (pilot-board-hardware.md section 3)."""
NTC_BETA_K, NTC_AT_K, ZERO_C_K = 3950.0, 298.15, 273.15
"""10 kOhm at 25 °C below 10 kOhm to the reference (section 4 there)."""
NTC_OPEN_ABOVE, NTC_SHORT_BELOW = 3_996, 142

CAPTURE_HEAD = struct.Struct("<HH")
CALIBRATION = struct.Struct("<BBHhhh10s")
COUNTED = struct.Struct("<B4I")
TRIP_HEAD = struct.Struct("<BBHI")
TRIP_ROUND_MS = 1 << 32
TRIP_ENTRY = struct.Struct("<IhhHHBBBBBBBBHHHHHHHHHHBBBBB")
TRIP_FLAGS = ("frozen", "mirror_open", "chain_ok", "rotation_ok", "coil", "offered", "samples", "testing")
RESIDUAL_FROM_BIT = 8
NO_LEVEL = -0x8000
NO_PROXIMITY = 0xFFFF


def measures_of(content: bytes) -> Mapping[str, Quantity]:
    """All readings of the board's pins."""
    if len(content) != 4 * len(MEASURES):
        raise ValueError(f"{len(content)} bytes of measures, where {4 * len(MEASURES)} are due")
    numbers = struct.unpack(f"<{len(MEASURES)}i", content)
    return dict(_measure(name, number) for name, number in zip(MEASURES, numbers, strict=True))


def _measure(name: str, number: int) -> tuple[str, Quantity]:
    if name in TRUTHS:
        return name, bool(number)
    if name == "residual":
        return name, _residual(number)
    if name.endswith("_ntc"):
        return name.replace("_ntc", "_celsius"), celsius(number)
    if name == "generator_duty":
        return "generator_duty_percent", None if number == NO_READING else number / 100
    if number == NO_READING:
        return quantity_of(name, 0)[0], None
    return quantity_of(name, number)


def celsius(code: int) -> float | None:
    """Temperature behind a thermistor's code, to 0.1 °C; None for a lead that is open or shorted."""
    if not NTC_SHORT_BELOW <= code <= NTC_OPEN_ABOVE:
        return None
    ratio = code / (CODE_TOP - code)
    return round(1 / (1 / NTC_AT_K + math.log(ratio) / NTC_BETA_K) - ZERO_C_K, 1)


def _residual(bits: int) -> str:
    return ", ".join(word for place, word in enumerate(RESIDUAL_LINES) if bits >> place & 1) or "quiet"


def calibration_of(content: bytes) -> Mapping[str, Quantity]:
    """The record of the pilot's two-point calibration; empty where the board has none."""
    if not content:
        return {}
    version, table, gain, offset_mv, high_mv, low_mv, date = CALIBRATION.unpack(_unsealed(content, CALIBRATION))
    if version != 1:
        raise ValueError(f"a calibration record of version {version}; this agent reads version 1")
    return {
        "date": date.decode("ascii", "replace"),
        "gain": gain / 10_000,
        "offset_v": offset_mv / 1000,
        "table": table,
        "meter_high_v": high_mv / 1000,
        "meter_low_v": low_mv / 1000,
    }


def counters_of(content: bytes) -> Mapping[str, Quantity]:
    """What the contactor has done in its life."""
    version, *counts = COUNTED.unpack(_unsealed(content, COUNTED))
    if version != 1:
        raise ValueError(f"counters of version {version}; this agent reads version 1")
    return dict(zip(COUNTERS, counts, strict=True))


def _unsealed(content: bytes, layout: struct.Struct) -> bytes:
    """Without the CRC-32 at its end."""
    body, checksum = content[: layout.size], content[layout.size :]
    if len(body) != layout.size or checksum != crc32(body).to_bytes(4, "little"):
        raise ValueError("a record that is damaged")
    return body


def words_of(content: bytes) -> Mapping[str, str | int]:
    """A list of words name=value: how the firmware stands, the contactor's travel, a test of the residual unit."""
    words = [word.partition("=") for word in content.decode("ascii", "replace").split()]
    if any(not name or not equals for name, equals, _ in words):
        raise ValueError("a state that is no list of name=value")
    return {name: int(value) if value.isdecimal() else value for name, _, value in words}


def residual_outcome_of(words: Mapping[str, Quantity]) -> ResidualTestOutcome:
    """The last test of the residual current unit."""
    state, chain = words.get("state"), words.get("chain")
    if state not in ("passed", "failed", "not_quiet", "untested") or chain not in (None, "dropped", "stayed"):
        raise ValueError(f"a test of the residual current unit that ended as {state} with a chain that {chain}")
    return ResidualTestOutcome(
        passed=state == "passed",
        trip_ms=_milliseconds(words, "trip_ms"),
        clear_ms=_milliseconds(words, "clear_ms"),
        chain_dropped=None if chain is None else chain == "dropped",
    )


def travel_of(words: Mapping[str, Quantity]) -> Travel:
    """The latest closing and opening."""
    sensed = words.get("sensed")
    if not isinstance(sensed, int) or not 0 <= sensed <= len(PHASES):
        raise ValueError(f"a movement of the contactor with {sensed} sensed phases")
    why = words.get("why", "")
    if why not in ("", *WHY_OPENED):
        raise ValueError(f"an opening for a reason that this agent has no word for: {why}")
    phases = range(1, sensed + 1)
    return Travel(
        mirror_closed_ms=_milliseconds(words, "mirror_closed_ms"),
        load_live_ms=tuple(_milliseconds(words, f"live_l{phase}_ms") for phase in phases),
        mirror_open_ms=_milliseconds(words, "mirror_open_ms"),
        load_dead_ms=tuple(_milliseconds(words, f"dead_l{phase}_ms") for phase in phases),
        why_opened=str(why),
        event_ms=_milliseconds(words, "event_ms"),
    )


def _milliseconds(words: Mapping[str, Quantity], name: str) -> int | None:
    value = words.get(name)
    if value is not None and not isinstance(value, int):
        raise ValueError(f"{name} that is no number: {value}")
    return value


def configuration_of(content: bytes) -> Mapping[str, Quantity]:
    """What the board is and how it is rated: a line name=value for each property; empty where it tells none."""
    lines = [line.partition("=") for line in content.decode().split("\n") if line]
    if any(not name or not equals for name, equals, _ in lines):
        raise ValueError("a configuration that is no list of name=value")
    return dict(_property(name, value) for name, _, value in lines)


def _property(name: str, value: str) -> tuple[str, Quantity]:
    if value in ("True", "False"):
        return name, value == "True"
    if not value.isdecimal() or len(value) > DIGITS_AT_MOST:
        return name, value
    number = int(value)
    match name:
        case "has":
            return name, _listed(capabilities_of(number))
        case "sensors":
            return name, _listed(sensor for place, sensor in enumerate(SENSORS) if number >> place & 1)
    return quantity_of(name, number)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names) or "none"


def mark_of(content: bytes) -> str:
    """The eight digits that name this configuration and, but by chance, no other; "" where the board tells none."""
    return sha256(content).hexdigest()[:8] if content else ""


def capture_of(content: bytes) -> PilotCapture:
    """Raw samples as levels, before the calibration."""
    if len(content) < CAPTURE_HEAD.size:
        raise ValueError("a capture without its head")
    step_us, count = CAPTURE_HEAD.unpack_from(content)
    if len(content) != CAPTURE_HEAD.size + 2 * count or not step_us or not count:
        raise ValueError(f"a capture of {count} samples in {len(content)} bytes, {step_us} µs apart")
    codes = struct.unpack_from(f"<{count}H", content, CAPTURE_HEAD.size)
    return PilotCapture(step_us=step_us, levels_mv=tuple(round(CODE_0_MV + code * MV_PER_CODE) for code in codes))


TRIP_COLUMNS = (
    *("after_fault_ms", "high_v", "low_v", "pilot", "duty_percent", *TRIP_FLAGS, "residual"),
    *("plus_v", "minus_v", "supply_v", *(f"edges_{phase}" for phase in PHASES), "earth_edges"),
    *(f"voltage_{phase}_v" for phase in PHASES),
    *(f"current_{phase}_a" for phase in PHASES),
    *("mains_hz", "neutral_earth_v", "proximity_v", "lock_code"),
    *(f"{sensor}_celsius" for sensor in SENSORS),
    "release_v",
)


def trip_record_of(content: bytes, uptime_ms: int) -> TripRecord:
    """The readings around the last fault that stopped a charge, from a board that runs for `uptime_ms` now."""
    if len(content) < TRIP_HEAD.size:
        raise ValueError("a record of a trip without its head")
    version, entry_bytes, count, fault_ms = TRIP_HEAD.unpack_from(content)
    if version != 1 or entry_bytes != TRIP_ENTRY.size:
        raise ValueError(f"a record of a trip of version {version}; this agent reads version 1")
    if len(content) != TRIP_HEAD.size + count * entry_bytes:
        raise ValueError(f"a record of {count} moments in {len(content)} bytes")
    entries = TRIP_ENTRY.iter_unpack(content[TRIP_HEAD.size :])
    rows = tuple(_trip_row(entry, fault_ms) for entry in entries)
    return TripRecord(age_s=_age_s(fault_ms, uptime_ms), columns=TRIP_COLUMNS, rows=rows)


def _age_s(fault_ms: int, uptime_ms: int) -> float | None:
    """The record counts 32 bits of the board's milliseconds: after seven weeks a trip may be a whole round older."""
    return None if uptime_ms >= TRIP_ROUND_MS else max(0, uptime_ms - fault_ms) / 1000


def _trip_row(entry: tuple[int, ...], fault_ms: int) -> tuple[Quantity, ...]:
    at_ms, high_mv, low_mv, flags, duty, state = entry[:6]
    rails, edges, volts, amperes, (mains_mhz, earth_10mv, pp_mv, lock_code) = _groups(entry[6:23])
    after_ms = (at_ms - fault_ms + 0x8000_0000) % 0x1_0000_0000 - 0x8000_0000
    return (
        after_ms,
        high_mv / 1000,
        None if low_mv == NO_LEVEL else low_mv / 1000,
        PILOT_STATES[state].value if state < len(PILOT_STATES) else "unknown",
        duty / 100,
        *(bool(flags >> place & 1) for place in range(len(TRIP_FLAGS))),
        _residual(flags >> RESIDUAL_FROM_BIT),
        rails[0] / 10,
        -rails[1] / 10,
        rails[2] / 10,
        *edges,
        *(number / 100 for number in volts),
        *(number / 100 for number in amperes),
        mains_mhz / 1000,
        earth_10mv / 100,
        None if pp_mv == NO_PROXIMITY else pp_mv / 1000,
        lock_code,
        *(celsius(code * 16) for code in entry[23:27]),
        entry[27] / 10,
    )


def _groups(numbers: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Rails, edges, voltages, currents, and the four that follow."""
    return numbers[:3], numbers[3:7], numbers[7:10], numbers[10:13], numbers[13:17]
