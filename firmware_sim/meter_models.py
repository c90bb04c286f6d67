"""Register maps of the simulated meters, written down from their public documents and not from the agent's own maps.

Addresses are zero-based on the wire; all families here send the high word first. `per_unit` turns a reading in V, A, W,
var, VA, Hz or Wh into the raw register value.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

Reading = float | str | None
"""None: the meter has no such value."""

HOLDING, INPUT = 3, 4


class Encoding(Enum):
    """How a reading lies in the registers: `struct` packing and the pattern that means "not available"."""

    F32 = (">f", b"\x7f\xc0\x00\x00")
    U16 = (">H", b"\xff\xff")
    S16 = (">h", b"\x7f\xff")
    U32 = (">I", b"\xff\xff\xff\xff")
    S32 = (">i", b"\x7f\xff\xff\xff")
    U64 = (">Q", b"\xff" * 8)
    TEXT = ("", b"")

    def __init__(self, packing: str, absent: bytes) -> None:
        self.packing = packing
        self.absent = absent


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a meter. `registers` counts only for text."""

    name: str
    function: int
    address: int
    encoding: Encoding
    per_unit: float = 1.0
    registers: int = 0

    @property
    def octets(self) -> int:
        return self.registers * 2 if self.encoding is Encoding.TEXT else len(self.encoding.absent)

    def encode(self, reading: Reading) -> bytes:
        """The octets of this point, high word first."""
        if self.encoding is Encoding.TEXT:
            return str(reading or "").encode("ascii").ljust(self.octets)[: self.octets]
        if reading is None or isinstance(reading, str):
            return self.encoding.absent
        raw = reading * self.per_unit
        if self.encoding is Encoding.F32:
            return struct.pack(self.encoding.packing, raw)
        # A counter shows only what is complete; a measurement is rounded to the nearest step.
        whole = math.floor(raw + 1e-9) if self.name.startswith("energy") else round(raw)
        return struct.pack(self.encoding.packing, whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterModel:
    """One family. `quiet_s` is the silence it needs after an answer before it listens again.

    `energy_step_wh` is the least step of its counters. Eastron's floats are told here in whole watt-hours, since their
    documents name no step below the 10 Wh of the display.
    """

    id: str
    points: tuple[Point, ...]
    identity: Mapping[str, Reading]
    baud: int = 9600
    longest_read: int = 125
    energy_step_wh: int = 1
    quiet_s: float = 0.1


def _per_phase(name: str, function: int, first: int, encoding: Encoding, per_unit: float = 1.0) -> tuple[Point, ...]:
    step = len(encoding.absent) // 2
    return tuple(
        Point(f"{name}_l{phase}", function, first + step * (phase - 1), encoding, per_unit) for phase in (1, 2, 3)
    )


def _float(name: str, address: int, per_unit: float = 1.0) -> Point:
    return Point(name, INPUT, address, Encoding.F32, per_unit)


KWH_PER_WH = 0.001

_EASTRON_IDENTITY = (
    Point("serial_number", HOLDING, 0xFC00, Encoding.U32),
    Point("meter_code", HOLDING, 0xFC02, Encoding.U16),
)

_EASTRON_THREE_PHASE = (
    *_per_phase("voltage", INPUT, 0x0000, Encoding.F32),
    *_per_phase("current", INPUT, 0x0006, Encoding.F32),
    *_per_phase("power", INPUT, 0x000C, Encoding.F32),
    *_per_phase("apparent_power", INPUT, 0x0012, Encoding.F32),
    *_per_phase("reactive_power", INPUT, 0x0018, Encoding.F32),
    *_per_phase("power_factor", INPUT, 0x001E, Encoding.F32),
    _float("power_total", 0x0034),
    _float("apparent_power_total", 0x0038),
    _float("reactive_power_total", 0x003C),
    _float("power_factor_total", 0x003E),
    _float("frequency", 0x0046),
    _float("energy_import_total", 0x0048, KWH_PER_WH),
    _float("energy_export_total", 0x004A, KWH_PER_WH),
    _float("current_n", 0x00E0),
    _float("energy_sum_total", 0x0156, KWH_PER_WH),
)

_EASTRON_SDM72_COUNTERS = (
    _float("energy_resettable_total", 0x0180, KWH_PER_WH),
    _float("energy_resettable_import", 0x0184, KWH_PER_WH),
    _float("energy_resettable_export", 0x0186, KWH_PER_WH),
    _float("power_import_total", 0x0500),
    _float("power_export_total", 0x0502),
)

SDM630 = MeterModel(
    id="eastron-sdm630",
    longest_read=80,
    quiet_s=0.06,
    identity={"serial_number": 4_711_001, "meter_code": 0x0070, "firmware": 0x0114},
    points=(
        *_EASTRON_THREE_PHASE,
        *_per_phase("energy_import", INPUT, 0x015A, Encoding.F32, KWH_PER_WH),
        *_per_phase("energy_export", INPUT, 0x0160, Encoding.F32, KWH_PER_WH),
        *_EASTRON_IDENTITY,
        Point("firmware", HOLDING, 0xFC03, Encoding.U16),
    ),
)

SDM72D_M = MeterModel(
    id="eastron-sdm72d-m",
    longest_read=60,
    identity={"meter_code": 0x0084},
    points=(
        _float("power_total", 0x0034),
        _float("energy_import_total", 0x0048, KWH_PER_WH),
        _float("energy_export_total", 0x004A, KWH_PER_WH),
        _float("energy_sum_total", 0x0156, KWH_PER_WH),
        *_EASTRON_SDM72_COUNTERS,
        Point("meter_code", HOLDING, 0xFC02, Encoding.U16),
    ),
)

SDM72D_M_V2 = MeterModel(
    id="eastron-sdm72d-m-v2",
    longest_read=60,
    identity={"serial_number": 4_711_002, "meter_code": 0x0089},
    points=(*_EASTRON_THREE_PHASE, *_EASTRON_SDM72_COUNTERS, *_EASTRON_IDENTITY),
)

ABB_B2X = MeterModel(
    id="abb-b2x",
    energy_step_wh=10,
    identity={"serial_number": 4_711_003, "firmware": "B1.02", "mapping_version": 24, "model": "B23 "},
    points=(
        *_per_phase("voltage", HOLDING, 0x5B00, Encoding.U32, 10),
        *_per_phase("current", HOLDING, 0x5B0C, Encoding.U32, 100),
        Point("current_n", HOLDING, 0x5B12, Encoding.U32, 100),
        Point("power_total", HOLDING, 0x5B14, Encoding.S32, 100),
        *_per_phase("power", HOLDING, 0x5B16, Encoding.S32, 100),
        Point("frequency", HOLDING, 0x5B2C, Encoding.U16, 100),
        Point("power_factor_total", HOLDING, 0x5B3A, Encoding.S16, 1000),
        *_per_phase("power_factor", HOLDING, 0x5B3B, Encoding.S16, 1000),
        Point("energy_import_total", HOLDING, 0x5000, Encoding.U64, 0.1),
        Point("energy_export_total", HOLDING, 0x5004, Encoding.U64, 0.1),
        *_per_phase("energy_import", HOLDING, 0x5460, Encoding.U64, 0.1),
        *_per_phase("energy_export", HOLDING, 0x546C, Encoding.U64, 0.1),
        Point("serial_number", HOLDING, 0x8900, Encoding.U32),
        Point("firmware", HOLDING, 0x8908, Encoding.TEXT, registers=8),
        Point("mapping_version", HOLDING, 0x8910, Encoding.U16),
        Point("model", HOLDING, 0x8960, Encoding.TEXT, registers=2),
    ),
)

MODELS = {model.id: model for model in (SDM630, SDM72D_M, SDM72D_M_V2, ABB_B2X)}
"""Families the simulator can be, by the name a board file uses in `map`."""
