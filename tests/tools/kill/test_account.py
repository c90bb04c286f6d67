"""The account finds every way in which energy or a transaction can go astray."""

from __future__ import annotations

import pytest

from tools.kill.account import Charged, problems
from tools.kill.cut import Cut

GOOD = [Charged(start_wh=0, stop_wh=10), Charged(start_wh=10, stop_wh=10), Charged(start_wh=10, stop_wh=42)]


def test_a_chain_of_registers_without_gap_or_overlap_is_good() -> None:
    assert problems(GOOD, GOOD, 0, 42) == []


@pytest.mark.parametrize(
    ("told", "kept", "register_wh", "what"),
    [
        (GOOD[:2], GOOD, 42, "never told"),
        (GOOD, GOOD[:2], 42, "not in the ledger"),
        ([*GOOD, GOOD[2]], GOOD, 42, "told 4 transactions, the ledger has 3"),
        (GOOD, GOOD, 50, "8 Wh after the last stop"),
        ([GOOD[0], GOOD[2]], [GOOD[0], Charged(start_wh=12, stop_wh=42)], 42, "never told: 12 to 42 Wh"),
        ([Charged(start_wh=0, stop_wh=None)], [], 0, "has no end"),
        ([GOOD[0], Charged(start_wh=15, stop_wh=42)], GOOD, 42, "5 Wh between 10 Wh and the start at 15 Wh"),
    ],
)
def test_what_does_not_add_up_is_said(told: list[Charged], kept: list[Charged], register_wh: int, what: str) -> None:
    assert any(what in problem for problem in problems(told, kept, 0, register_wh))


def test_one_charge_without_energy_does_not_stand_for_two() -> None:
    empty = Charged(start_wh=10, stop_wh=10)
    kept = [GOOD[0], empty, empty, GOOD[2]]

    assert problems([GOOD[0], empty, GOOD[2]], kept, 0, 42) == ["never told: 10 to 10 Wh"]


def test_equal_numbers_draw_equal_cuts_and_others_differ() -> None:
    assert Cut.drawn(1, 5) == Cut.drawn(1, 5)
    assert len({Cut.drawn(1, trial).after_s for trial in range(50)}) == 50
