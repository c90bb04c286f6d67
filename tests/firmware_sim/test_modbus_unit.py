"""A device of coils and registers on a simulated Modbus line: what it answers to whatever is asked."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.modbus_frames import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE
from firmware_sim.modbus_unit import Refusal, RegisterUnit, Table


class Memory:
    """Sixteen cells in each table; the last one bears 100 at most."""

    def __init__(self) -> None:
        self.cells: dict[tuple[Table, int], int] = {(table, address): 0 for table in Table for address in range(16)}

    def read(self, table: Table, address: int) -> int:
        if (table, address) not in self.cells:
            raise Refusal
        return self.cells[table, address]

    def write(self, table: Table, address: int, value: int) -> None:
        self.read(table, address)
        if address == 15 and value > 100:
            raise Refusal(ILLEGAL_VALUE)
        self.cells[table, address] = value


def device() -> RegisterUnit:
    return RegisterUnit(1, Memory(), random.Random(1))


@given(st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=15))
def test_registers_that_were_written_are_read_back(values: list[int]) -> None:
    unit, count = device(), len(values)

    content = struct.pack(f">{count}H", *values)
    took = unit.answer(struct.pack(">BHHB", 16, 0, count, 2 * count) + content)
    told = unit.answer(struct.pack(">BHH", 3, 0, count))

    assert took == struct.pack(">BHH", 16, 0, count)
    assert told == bytes((3, 2 * count)) + content


@given(st.lists(st.booleans(), min_size=1, max_size=15))
def test_coils_that_were_written_are_read_back(values: list[bool]) -> None:
    unit, count = device(), len(values)

    packed = sum(value << place for place, value in enumerate(values)).to_bytes((count + 7) // 8, "little")
    unit.answer(struct.pack(">BHHB", 15, 0, count, len(packed)) + packed)

    assert unit.answer(struct.pack(">BHH", 1, 0, count)) == bytes((1, len(packed))) + packed


def test_one_value_is_answered_by_itself() -> None:
    unit = device()

    for request in (struct.pack(">BHH", 6, 3, 4711), struct.pack(">BHH", 5, 3, 0xFF00)):
        assert unit.answer(request) == request
    assert unit.answer(struct.pack(">BHH", 3, 3, 1)) == b"\x03\x02" + struct.pack(">H", 4711)
    assert unit.answer(struct.pack(">BHH", 1, 3, 1)) == b"\x01\x01\x01"
    assert unit.writes == [(Table.HOLDING, 3, 4711), (Table.COILS, 3, 1)]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (b"\x2b\x00\x00\x00\x01", ILLEGAL_FUNCTION),
        (struct.pack(">BHH", 3, 10, 7), ILLEGAL_ADDRESS),
        (struct.pack(">BHH", 3, 0, 0), ILLEGAL_VALUE),
        (struct.pack(">BHH", 3, 0, 126), ILLEGAL_VALUE),
        (b"\x03\x00", ILLEGAL_VALUE),
        (struct.pack(">BHH", 5, 0, 1), ILLEGAL_VALUE),
        (struct.pack(">BHH", 6, 15, 101), ILLEGAL_VALUE),
        (struct.pack(">BHHBH", 16, 0, 2, 2, 1), ILLEGAL_VALUE),
        (struct.pack(">BHHBH", 16, 0, 0, 0, 1), ILLEGAL_VALUE),
    ],
)
def test_what_it_does_not_have_is_refused(request_: bytes, code: int) -> None:
    assert device().answer(request_) == bytes((request_[0] | 0x80, code))


def test_it_can_refuse_one_address_and_swallow_requests_and_take_what_it_does_not_keep() -> None:
    unit, ask = device(), struct.pack(">BHH", 3, 0, 2)
    unit.refuses = frozenset((1,))
    assert unit.answer(ask) == bytes((0x83, ILLEGAL_ADDRESS))

    unit.refuses, unit.swallows = frozenset(), 1
    assert unit.answer(ask) is None
    assert unit.answer(ask) == b"\x03\x04" + bytes(4)

    unit.believes_nothing = True
    assert unit.answer(struct.pack(">BHH", 6, 0, 5)) == struct.pack(">BHH", 6, 0, 5)
    assert unit.answer(ask) == b"\x03\x04" + bytes(4)
