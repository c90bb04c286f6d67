"""Correction of the pilot's levels by what a multimeter read at +12 V (x1) and at -12 V (F).

Record, the lowest byte first: version (1 byte, 1), correction table (1), gain in 1/10000 (2), offset in mV (2, signed),
the multimeter's two readings in mV (2 each, signed), date as ten characters "2026-11-29", CRC-32 over all of it (4).
Corrected level = (level + table) * gain + offset. Clause: pilot board's hardware reference, section 5.
"""

import struct

from storage import CHECKSUM_BYTES, unsealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAME = "calibration"
LAYOUT = "<BBHhhh10s"
RECORD_BYTES = struct.calcsize(LAYOUT) + CHECKSUM_BYTES
VERSION = 1

MOST_MOVED_MV = 250
"""No record moves a level further. A board may be off by 86 mV and 1 % (pilot reference), 218 mV at +13.15 V; with more
than this a record could make a car's state of another one, or hide a short circuit of some ten ohms."""
GAIN_ONE = 10_000
NOMINAL_MV = 12_000
MOST_OFF_MV = 600
"""The generator's own limits (IEC 61851-1, table A.2): a reading beyond is no reading of a pilot."""
HIGHEST_MV = 13_150
DATE_SHAPE = "0000-00-00"

NO_TABLE = 0
TYPICAL_TABLE = 1
TABLES = ((), ((-13_247, -129), (-4_454, -52), (4_339, 0), (13_132, 52), (20_000, 125)))
"""By number: (below this level in mV, add this many). The second is the mean of five converters (reference there)."""


class Calibration:
    """A record that was found sane."""

    def __init__(self, fields: "tuple[Any, ...]") -> None:
        self.table, self.gain, self.offset_mv, self.meter_high_mv, self.meter_low_mv, self.date = fields


def parsed(record: bytes) -> "Calibration | None":
    """What a record says; None for one of another shape, with a wrong checksum, or beyond the limits."""
    content = unsealed(record) if len(record) == RECORD_BYTES else None
    if content is None:
        return None
    version, table, gain, offset_mv, meter_high_mv, meter_low_mv, date = struct.unpack(LAYOUT, content)
    if version != VERSION or table >= len(TABLES) or not is_date(date):
        return None
    if abs(meter_high_mv - NOMINAL_MV) > MOST_OFF_MV or abs(meter_low_mv + NOMINAL_MV) > MOST_OFF_MV:
        return None
    calibration = Calibration((table, gain, offset_mv, meter_high_mv, meter_low_mv, str(date, "ascii")))
    return calibration if is_sane(calibration) else None


def has_wrong_checksum(record: bytes) -> bool:
    """It has a record's size, and was damaged on its way."""
    return len(record) == RECORD_BYTES and unsealed(record) is None


def is_date(text: bytes) -> bool:
    """Ten ASCII characters: digits, and dashes where dates have them."""
    for byte, shape in zip(text, DATE_SHAPE):  # noqa: B905  # MicroPython's zip has no such argument
        if (chr(byte) != "-") if shape == "-" else not 0x30 <= byte <= 0x39:
            return False
    return True


def is_sane(calibration: Calibration) -> bool:
    """It moves no level that a pilot has by more than `MOST_MOVED_MV`. Between these levels it is a straight line."""
    levels = [-HIGHEST_MV, HIGHEST_MV]
    for below_mv, _ in TABLES[calibration.table]:
        levels.extend((below_mv - 1, below_mv))
    within = [level_mv for level_mv in levels if abs(level_mv) <= HIGHEST_MV]
    return all(abs(moved_mv(calibration, level_mv)) <= MOST_MOVED_MV for level_mv in within)


def moved_mv(calibration: Calibration, level_mv: int) -> int:
    """By how much the record alone would move this level."""
    added_mv = 0
    for below_mv, correction_mv in TABLES[calibration.table]:
        added_mv = correction_mv
        if level_mv < below_mv:
            break
    gain: int = calibration.gain
    offset_mv: int = calibration.offset_mv
    return (level_mv + added_mv) * gain // GAIN_ONE + offset_mv - level_mv


def corrected_mv(calibration: "Calibration | None", level_mv: int) -> int:
    """The level as it is, out of the level as the converter tells it; unchanged without a record."""
    if calibration is None:
        return level_mv
    return level_mv + max(-MOST_MOVED_MV, min(MOST_MOVED_MV, moved_mv(calibration, level_mv)))
