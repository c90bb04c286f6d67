from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.commissioning.model import JobState
from agent.core.metrics.charger import figures_of
from agent.core.metrics.fleet import Duration, FleetFigures, LeftOut, Rate, fleet_of
from agent.core.metrics.records import ChargerRecords, Gate
from tests.core.metrics.histories import DAY_S, Life, charger_records, job, records


def installed_after(serial: str, seconds: float, **more: object) -> ChargerRecords:
    life = Life().passes(Gate.POWERED).wait(seconds)
    began = life.now()
    return records(life.wait(40 * DAY_S), job(1, began, began.plus(600.0), **more), serial=serial)


def fleet(*chargers: ChargerRecords, tickets: frozenset[str] | None = None) -> FleetFigures:
    return fleet_of([figures_of(one) for one in chargers], tickets)


def test_median_and_p90_are_over_those_that_can_be_counted_and_the_others_are_named() -> None:
    chargers = [installed_after(f"QE-{number}", 60.0 * number) for number in range(1, 11)]
    dark = records(Life(), serial="QE-dark")

    found = fleet(*chargers, dark)

    assert found.installation == Duration(
        count=10,
        median_s=330.0,
        p90_s=540.0,
        left_out=(LeftOut("QE-dark", "no power-on at a site is on record"),),
    )
    assert (found.commissioning.count, found.commissioning.median_s) == (10, 600.0)
    assert LeftOut("QE-dark", "commissioning was not begun") in found.success_left_out


def test_nothing_to_count_gives_no_figure_and_not_zero() -> None:
    found = fleet(records(Life(), serial="QE-1"))

    assert (found.installation.median_s, found.installation.p90_s, found.installation.count) == (None, None, 0)
    assert (found.first_time_right.share, found.onboarding.share) == (None, None)
    assert found.success == {}


def test_success_is_by_month_and_one_that_still_runs_is_left_out() -> None:
    states = (JobState.COMPLETE, JobState.COMPLETE, JobState.INCOMPLETE, JobState.PAUSED)
    chargers = [installed_after(f"QE-{number}", 60.0, state=state) for number, state in enumerate(states)]

    found = fleet(*chargers)

    assert found.success == {
        "2026-09": Rate(
            good=2,
            count=3,
            left_out=(LeftOut("QE-3", "it is paused still"),),
            against=(LeftOut("QE-2", "it is incomplete"),),
        )
    }


@pytest.mark.parametrize(
    ("tickets", "good", "count"), [(None, 2, 2), (frozenset(), 2, 2), (frozenset({"QE-1", "QE-9"}), 1, 2)]
)
def test_a_corrective_ticket_of_the_help_desk_counts_by_serial(
    tickets: frozenset[str] | None, good: int, count: int
) -> None:
    found = fleet(installed_after("QE-1", 60.0), installed_after("QE-2", 60.0), tickets=tickets)

    assert (found.first_time_right.good, found.first_time_right.count) == (good, count)
    assert found.tickets_counted is (tickets is not None)


def test_a_ticket_of_a_charger_that_was_never_commissioned_counts_nowhere() -> None:
    found = fleet(installed_after("QE-1", 60.0, state=JobState.ABANDONED), tickets=frozenset({"QE-1"}))

    assert found.first_time_right.count == 0


@given(st.lists(charger_records(), max_size=6), st.integers())
def test_every_charger_is_counted_once_or_left_out_with_a_reason_in_any_order(
    chargers: list[ChargerRecords], seed: int
) -> None:
    figures = [figures_of(one) for one in chargers]
    found = fleet_of(figures)
    random.Random(seed).shuffle(figures)

    assert fleet_of(figures) == found
    counted: list[Duration | Rate] = [found.first_time_right, found.onboarding]
    for one in (*counted, found.installation, found.activation, *found.split.values()):
        assert one.count + len(one.left_out) == len(chargers)
        assert all(out.why for out in one.left_out)
