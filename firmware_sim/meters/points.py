"""What a simulated meter is made of: readings, and how they lie in its registers.

Every family of this folder is written down from its public documents and not from the agent's own maps. Addresses are
zero-based on the wire. `per_unit` turns a reading in V, A, W, var, VA, Hz or Wh into the raw register value.
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
    S64 = (">q", b"\x80" + bytes(7))
    TEXT = ("", b"")
    DECIMAL = ("", b"\x00\x00\x00\x00")
    """Iskra's T5 and T6: a decimal exponent in one octet, a mantissa in three; the exponent is that of `per_unit`."""
    SUNSSF = (">h", b"\x80\x00")
    """SunSpec: a signed number whose exponent stands elsewhere, and that exponent itself."""
    ACC32 = (">I", b"\x00\x00\x00\x00")
    """SunSpec: a counter."""

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
        if self.encoding is Encoding.DECIMAL:
            exponent = -round(math.log10(self.per_unit))
            return exponent.to_bytes(1, "big", signed=True) + whole.to_bytes(3, "big", signed=True)
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
    longest_read: int = 125
    energy_step_wh: int = 1
    quiet_s: float = 0.1
    low_word_first: bool = False


def per_phase(name: str, function: int, first: int, encoding: Encoding, per_unit: float = 1.0) -> tuple[Point, ...]:
    """The values of L1, L2 and L3, one behind the other."""
    step = len(encoding.absent) // 2
    return tuple(
        Point(f"{name}_l{phase}", function, first + step * (phase - 1), encoding, per_unit) for phase in (1, 2, 3)
    )


KWH_PER_WH = KW_PER_W = 0.001
