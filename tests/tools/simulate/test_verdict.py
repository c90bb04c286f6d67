"""The verdict over a run: nothing is excused but by a fault that can cause it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from firmware_sim.scenario import Action, Actor, Plan
from tools.kill.account import Charged
from tools.simulate.verdict import Evidence, problems

FAULT = Action(5.0, Actor.WORLD, "fault", (("connector", 1), ("name", "meter_frozen")))


def charge(start_wh: int, stop_wh: int | None) -> dict[str, Any]:
    return {"connector": 1, "meter_start_wh": start_wh, "meter_stop_wh": stop_wh}


def said(
    *told: dict[str, Any],
    register_wh: int,
    kept: Sequence[Charged] | None = None,
    faults: tuple[Action, ...] = (),
    closed: bool = False,
) -> list[str]:
    """The verdict; without `kept` the ledger holds what was told."""
    evidence = Evidence(
        plan=Plan(1, (1,), 100.0, faults),
        told=told,
        kept={1: [in_ledger(row) for row in told] if kept is None else kept},
        complaints=(),
        registers={1: register_wh},
        open_contactors=not closed,
    )
    return list(problems(evidence))


def in_ledger(row: dict[str, Any]) -> Charged:
    return Charged(start_wh=row["meter_start_wh"], stop_wh=row["meter_stop_wh"])


def test_every_wh_in_a_transaction_is_good() -> None:
    assert said(charge(0, 10), charge(10, 30), register_wh=30) == []


def test_energy_outside_of_transactions_is_a_problem() -> None:
    assert said(charge(0, 10), register_wh=30)


def test_a_meter_that_stood_still_excuses_a_gap_but_no_overlap_and_nothing_invented() -> None:
    assert said(charge(0, 10), charge(15, 20), register_wh=30, faults=(FAULT,)) == []
    assert said(charge(0, 10), charge(5, 20), register_wh=30, faults=(FAULT,))
    assert said(charge(0, 40), register_wh=30, faults=(FAULT,))


def test_a_transaction_without_end_and_a_closed_contactor_are_never_excused() -> None:
    assert said(charge(0, None), register_wh=0, faults=(FAULT,))
    assert said(register_wh=0, closed=True)


@pytest.mark.parametrize("faults", [(), (FAULT,)], ids=["nothing broke", "the meter broke"])
@pytest.mark.parametrize(
    ("kept", "what"),
    [
        ([Charged(start_wh=0, stop_wh=9)], "never told: 0 to 9 Wh"),
        ([], "told but not in the ledger: 0 to 10 Wh"),
        ([Charged(start_wh=0, stop_wh=10), Charged(start_wh=10, stop_wh=10)], "never told: 10 to 10 Wh"),
    ],
)
def test_a_ledger_that_differs_from_what_was_told_is_a_problem_whatever_broke(
    kept: list[Charged], what: str, faults: tuple[Action, ...]
) -> None:
    found = said(charge(0, 10), register_wh=10, kept=kept, faults=faults)

    assert any(what in problem for problem in found)
