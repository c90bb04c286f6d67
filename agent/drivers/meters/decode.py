"""Registers to numbers. Pure, and three-valued: a number, a text, or None where the meter says that it has none.

NaN, infinities and the "not available" patterns of a family never become numbers, and zero never stands in for them
(field-problems.md section 1, rule 5).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from enum import Enum

SIGNIFICANT_DIGITS = 7
"""Of a 32-bit float; what follows is noise of its conversion."""
ROUND_TRIP_DIGITS = range(6, 10)
"""One of these lengths gives back every 32-bit float exactly."""


class Kind(Enum):
    """How a value lies in its registers. Inside a register the high byte is always first."""

    U16 = "u16"
    S16 = "s16"
    U32 = "u32"
    S32 = "s32"
    U64 = "u64"
    S64 = "s64"
    F32 = "f32"
    ASCII = "ascii"
    T5 = "t5"
    """Iskra: signed decimal exponent in the top byte, unsigned 24-bit mantissa."""
    T6 = "t6"
    """Iskra: the same with a signed mantissa."""
    T7 = "t7"
    """Iskra power factor: sign in the top byte (0xFF is export), 16-bit value in 1/10000. Recalled, not confirmed."""


class WordOrder(Enum):
    """BIG: the high register first. LITTLE: the low one first, for 64 bits all four reversed."""

    BIG = "big"
    LITTLE = "little"


REGISTERS: Mapping[Kind, int] = {
    Kind.U16: 1,
    Kind.S16: 1,
    Kind.U32: 2,
    Kind.S32: 2,
    Kind.U64: 4,
    Kind.S64: 4,
    Kind.F32: 2,
    Kind.T5: 2,
    Kind.T6: 2,
    Kind.T7: 2,
}
"""How many registers a value takes; a text says so itself."""


_TWO_WORDS = struct.Struct(">HH")
_FLOAT = struct.Struct(">f")


def decode(
    registers: Sequence[int], kind: Kind, order: WordOrder = WordOrder.BIG, not_available: frozenset[int] = frozenset()
) -> int | float | str | None:
    """The value in `registers`, unscaled. `not_available` are the raw patterns that mean "no value"."""
    if kind is Kind.F32 and order is WordOrder.BIG and not not_available:
        # The usual case, several times a second.
        usual: float = _FLOAT.unpack(_TWO_WORDS.pack(*registers))[0]
        return usual if math.isfinite(usual) else None
    if kind is Kind.ASCII:
        return _text(registers)
    words = registers if order is WordOrder.BIG else tuple(reversed(registers))
    raw = int.from_bytes(b"".join(word.to_bytes(2, "big") for word in words), "big")
    if raw in not_available:
        return None
    match kind:
        case Kind.U16 | Kind.U32 | Kind.U64:
            return raw
        case Kind.S16 | Kind.S32 | Kind.S64:
            return _signed(raw, 16 * len(words))
        case Kind.F32:
            value: float = struct.unpack(">f", raw.to_bytes(4, "big"))[0]
            return value if math.isfinite(value) else None
        case Kind.T5:
            return _decimal(raw & 0xFFFFFF, _signed(raw >> 24, 8))
        case Kind.T6:
            return _decimal(_signed(raw & 0xFFFFFF, 24), _signed(raw >> 24, 8))
        case Kind.T7:
            return (raw & 0xFFFF) / 10_000 * (-1 if raw >> 24 else 1)


def scaled(value: float, scale: float) -> float:
    """`value` in its unit, without the noise of its conversion. Never for energy, which is counted: see `whole_wh`."""
    return float(f"{value * scale:.{SIGNIFICANT_DIGITS}g}")


def whole_wh(value: float, scale: float, kind: Kind) -> int:
    """An energy register as integer Wh, rounded down.

    A 32-bit float of 0.12 kWh is 0.1199999973: cut off as it is, it would be 119 Wh. So a float is first read as the
    shortest decimal it stands for, which is what the meter's display shows. Each step (shortest decimal, product to a
    thousandth, floor) keeps the order, so a register that rises or rests in the meter never falls here.
    """
    if kind is Kind.F32:
        value = _shortest_decimal(value)
    return math.floor(round(value * scale, 3))


def _shortest_decimal(value: float) -> float:
    packed = struct.pack(">f", value)
    for digits in ROUND_TRIP_DIGITS:
        shorter = float(f"{value:.{digits}g}")
        if struct.pack(">f", shorter) == packed:
            return shorter
    return value


def _text(registers: Sequence[int]) -> str | None:
    raw = b"".join(word.to_bytes(2, "big") for word in registers)
    text = raw.split(b"\0")[0].decode("ascii", "replace").strip()
    return text if text and text.isprintable() and "\ufffd" not in text else None


def _signed(raw: int, bits: int) -> int:
    return raw - (1 << bits) if raw >> (bits - 1) & 1 else raw


def _decimal(mantissa: int, exponent: int) -> int | float:
    return float(mantissa * 10**exponent) if exponent >= 0 else mantissa / 10**-exponent
