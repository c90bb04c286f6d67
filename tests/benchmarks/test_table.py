"""What people read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figure import Figure, at_most, ratio_at_most
from benchmarks.table import notes, number, table

START = Figure(
    name="start", value=302.4, unit="ms", floor=148.2, floor_is="a bare client", target=ratio_at_most(2.5), notes=("9",)
)
SECOND = Figure(name="second connector", value=0.066, unit="MB", target=at_most(0.5, why="little"))


def test_a_row_has_value_floor_ratio_target_and_verdict() -> None:
    row = table([START]).splitlines()[-1]

    assert row.split() == ["start", "302", "ms", "148", "ms", "2.04", "×", "≤", "2.5", "×", "met"]


def test_columns_stand_below_each_other() -> None:
    head, _rule, *rows = table([START, SECOND]).splitlines()

    ends = [row.index(verdict) for row, verdict in zip(rows, ("met", "met"), strict=True)]
    assert ends == [head.index("verdict")] * 2


def test_what_is_not_there_stays_empty() -> None:
    row = table([SECOND]).splitlines()[-1]

    assert row.split() == ["second", "connector", "0.066", "MB", "≤", "0.5", "MB", "met"]


def test_notes_say_what_the_floor_is_and_where_a_target_comes_from() -> None:
    assert list(notes([START, SECOND])) == [
        "start",
        "    floor: a bare client",
        "    9",
        "second connector",
        "    target: little",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.0012, "0.0012"), (0.0664, "0.0664"), (2.041, "2.04"), (99.94, "99.9"), (1647.3, "1,647")],
)
def test_numbers_have_three_digits_that_count(value: float, text: str) -> None:
    assert number(value) == text


@given(st.floats(0, 1e12, allow_nan=False))
def test_no_number_has_an_exponent(value: float) -> None:
    assert "e" not in number(value)
