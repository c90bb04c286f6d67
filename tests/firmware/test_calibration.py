"""The correction of the pilot's levels: what a record says, and how far it may go."""

from __future__ import annotations

import struct

import pytest
from calibration import (
    LAYOUT,
    MOST_MOVED_MV,
    RECORD_BYTES,
    TABLES,
    Calibration,
    corrected_mv,
    has_wrong_checksum,
    moved_mv,
    parsed,
)
from hypothesis import given
from hypothesis import strategies as st
from storage import sealed

LEVELS = st.integers(-20_000, 20_000)
GOOD = (1, 0, 10_050, -30, 12_010, -11_990, b"2026-11-29")


def record(*fields: object) -> bytes:
    return sealed(struct.pack(LAYOUT, *fields))


def changed(place: int, value: object) -> bytes:
    return record(*GOOD[:place], value, *GOOD[place + 1 :])


def test_a_record_says_what_was_written() -> None:
    found = parsed(record(*GOOD))

    assert found is not None
    assert (found.table, found.gain, found.offset_mv) == (0, 10_050, -30)
    assert (found.meter_high_mv, found.meter_low_mv, found.date) == (12_010, -11_990, "2026-11-29")
    assert corrected_mv(found, 12_000) == 12_030
    assert corrected_mv(found, -12_000) == -12_090


@pytest.mark.parametrize(
    ("place", "value", "is_taken"),
    [
        *((0, 0, False), (0, 2, False), (1, 1, True), (1, 2, False)),
        *(
            (2, 10_160, True),
            (2, 10_170, False),
            (2, 9_840, True),
            (2, 9_820, False),
            (2, 0, False),
            (2, 65_535, False),
        ),
        *((3, 184, True), (3, 190, False), (3, -184, True), (3, -190, False)),
        *((4, 12_600, True), (4, 12_601, False), (4, 11_400, True), (4, 11_399, False)),
        *((5, -12_600, True), (5, -12_601, False), (5, -11_400, True), (5, -11_399, False)),
        *((6, b"2026/11/29", False), (6, b"2026-1a-29", False), (6, b"2026-11--9", False), (6, b"\xff" * 10, False)),
    ],
)
def test_each_field_has_its_limits(place: int, value: object, is_taken: bool) -> None:
    assert (parsed(changed(place, value)) is not None) == is_taken


@given(st.integers(0, RECORD_BYTES - 1), st.integers(1, 255))
def test_damage_is_told_from_nonsense(place: int, change: int) -> None:
    whole = record(*GOOD)
    damaged = whole[:place] + bytes([whole[place] ^ change]) + whole[place + 1 :]

    assert has_wrong_checksum(damaged)
    assert parsed(damaged) is None
    assert not has_wrong_checksum(whole)
    assert not has_wrong_checksum(whole[:place])
    assert parsed(whole[:place]) is None


@given(st.binary(max_size=40))
def test_any_bytes_are_judged(content: bytes) -> None:
    parsed(content)
    parsed(sealed(content))


@given(st.integers(0, 1), st.integers(0, 65_535), st.integers(-32_768, 32_767), LEVELS)
def test_no_record_moves_any_level_further_than_allowed(table: int, gain: int, offset_mv: int, level_mv: int) -> None:
    taken = parsed(record(1, table, gain, offset_mv, 12_000, -12_000, b"2026-11-29"))
    forced = Calibration((table, gain, offset_mv, 12_000, -12_000, ""))

    assert abs(corrected_mv(forced, level_mv) - level_mv) <= MOST_MOVED_MV == 250
    if taken is not None and abs(level_mv) <= 13_150:
        assert abs(moved_mv(taken, level_mv)) <= MOST_MOVED_MV
        assert corrected_mv(taken, level_mv) == level_mv + moved_mv(taken, level_mv)


def test_the_table_is_the_references() -> None:
    plain = Calibration((1, 10_000, 0, 12_000, -12_000, ""))
    moved = [moved_mv(plain, level_mv) for level_mv in (-13_248, -13_247, -4_455, -4_454, 4_338, 4_339, 13_131, 13_132)]

    assert moved == [-129, -52, -52, 0, 0, 52, 52, 125]
    assert TABLES[0] == ()


@given(LEVELS)
def test_without_a_record_nothing_moves(level_mv: int) -> None:
    assert corrected_mv(None, level_mv) == level_mv
    assert corrected_mv(Calibration((0, 10_000, 0, 12_000, -12_000, "")), level_mv) == level_mv
