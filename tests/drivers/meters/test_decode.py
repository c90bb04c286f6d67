"""Registers to numbers, and what is no number."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.meters.decode import REGISTERS, Kind, WordOrder, decode, scaled, whole_wh

ORDERS = st.sampled_from(list(WordOrder))
WHOLE = {Kind.U16: "H", Kind.S16: "h", Kind.U32: "I", Kind.S32: "i", Kind.U64: "Q", Kind.S64: "q"}
KILOWATT_HOURS = st.integers(0, 99_999_999).map(lambda hundredths: hundredths / 100)
"""What an Eastron display can show."""


def registers_of(packed: bytes, order: WordOrder) -> list[int]:
    words = [int.from_bytes(packed[place : place + 2], "big") for place in range(0, len(packed), 2)]
    return words if order is WordOrder.BIG else words[::-1]


def f32(value: float) -> float:
    """What a 32-bit register makes of it."""
    found: float = struct.unpack(">f", struct.pack(">f", value))[0]
    return found


@given(st.sampled_from(list(WHOLE)), ORDERS, st.data())
def test_whole_numbers_come_back_in_either_order(kind: Kind, order: WordOrder, data: st.DataObject) -> None:
    bits = 16 * REGISTERS[kind]
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if kind.value.startswith("s") else (0, (1 << bits) - 1)
    value = data.draw(st.integers(low, high))

    assert decode(registers_of(struct.pack(f">{WHOLE[kind]}", value), order), kind, order) == value


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), ORDERS)
def test_floats_come_back_in_either_order(value: float, order: WordOrder) -> None:
    assert decode(registers_of(struct.pack(">f", value), order), Kind.F32, order) == value


@pytest.mark.parametrize("pattern", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_none(pattern: float) -> None:
    assert decode(registers_of(struct.pack(">f", pattern), WordOrder.BIG), Kind.F32) is None


@pytest.mark.parametrize(
    ("registers", "kind", "pattern"),
    [
        ([0xFFFF], Kind.U16, 0xFFFF),
        ([0x7FFF], Kind.S16, 0x7FFF),
        ([0xFFFF, 0xFFFF], Kind.U32, 0xFFFFFFFF),
        ([0x7FFF, 0xFFFF], Kind.S32, 0x7FFFFFFF),
        ([0xFFFF] * 4, Kind.U64, 0xFFFFFFFFFFFFFFFF),
    ],
)
def test_a_family_s_pattern_for_no_value_is_none(registers: list[int], kind: Kind, pattern: int) -> None:
    assert decode(registers, kind, not_available=frozenset({pattern})) is None


@pytest.mark.parametrize(
    ("registers", "text"),
    [
        ([0x4232, 0x3320], "B23"),
        ([0x4232, 0x3300], "B23"),
        ([0x0000, 0x0000], None),
        ([0x2020, 0x2020], None),
        ([0xFF00, 0x4142], None),
        ([0x4107, 0x4142], None),
    ],
)
def test_texts_end_at_their_zero_and_are_printable(registers: list[int], text: str | None) -> None:
    assert decode(registers, Kind.ASCII) == text


@pytest.mark.parametrize(
    ("raw", "kind", "value"),
    [
        (0xFE0059D8, Kind.T5, 230.0),
        (0x02000017, Kind.T5, 2300.0),
        (0xFEFFA628, Kind.T6, -230.0),
        (0x000003E6, Kind.T7, 0.0998),
        (0xFF0003E6, Kind.T7, -0.0998),
    ],
)
def test_decimal_exponents_of_iskra(raw: int, kind: Kind, value: float) -> None:
    assert decode([raw >> 16, raw & 0xFFFF], kind) == pytest.approx(value)


@given(KILOWATT_HOURS)
def test_energy_is_what_the_display_shows_as_long_as_a_float_can_hold_it(kilowatt_hours: float) -> None:
    told_wh = whole_wh(f32(kilowatt_hours), 1000, Kind.F32)

    # Above 83 886.08 kWh a 32-bit float has no room for hundredths any more.
    step_wh = 10 if kilowatt_hours < 2**23 / 100 else max(10, round(float(math.ulp(kilowatt_hours) * 2**29 * 1000)))
    assert abs(told_wh - round(kilowatt_hours * 1000)) < step_wh
    if kilowatt_hours < 2**23 / 100:
        assert told_wh == round(kilowatt_hours * 1000)


@given(st.floats(0, 2**24, width=32), st.floats(0, 2**24, width=32))
def test_a_register_that_rises_or_rests_in_the_meter_never_falls_here(one: float, other: float) -> None:
    low, high = sorted((one, other))

    assert whole_wh(low, 1000, Kind.F32) <= whole_wh(high, 1000, Kind.F32)


@given(st.integers(0, 2**63))
def test_whole_registers_are_exact_up_to_the_last_watt_hour(raw: int) -> None:
    assert whole_wh(raw, 1, Kind.U64) == raw
    assert whole_wh(raw, 10, Kind.U64) == raw * 10


def test_scaling_leaves_no_noise_of_its_own() -> None:
    assert scaled(2301, 0.1) == 230.1
    assert scaled(f32(230.1), 1.0) == 230.1
