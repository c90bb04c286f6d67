"""The parts of a repair make up its whole, whoever acted when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.uptime.intervals import united
from agent.core.uptime.repairs import Repair, RepairFigures, figures_of_repairs, repair_of, together

MS = st.integers(0, 5_000_000)
SPANS = st.tuples(MS, MS).map(lambda ends: (min(ends), max(ends)))
ACTS = st.none() | st.lists(MS, max_size=4).map(sorted)
REPAIRS = st.builds(
    lambda at, silent, acts: repair_of(at, united(silent), acts), SPANS, st.lists(SPANS, max_size=3), ACTS
)
MANY = st.lists(REPAIRS, max_size=8)


@given(MANY)
def test_detection_acknowledgement_and_repair_make_up_the_whole(repairs: list[Repair]) -> None:
    found = figures_of_repairs(repairs)
    unknown_ms = [one.at[1] - one.detected_ms for one in repairs if not one.acts_known]

    parts_s = found.repaired * (found.detect_s or 0) + sum(unknown_ms) / 1000
    parts_s += found.acknowledged * ((found.acknowledge_s or 0) + (found.repair_s or 0))
    parts_s += found.unattended * (found.unattended_s or 0)
    assert parts_s == pytest.approx(found.repaired * (found.mttr_s or 0))
    assert found.acknowledged + found.unattended + len(unknown_ms) == found.repaired


@given(REPAIRS)
def test_nothing_is_acknowledged_before_it_is_known_nor_after_it_is_over(one: Repair) -> None:
    begin_ms, end_ms = one.at

    assert begin_ms <= one.detected_ms <= end_ms
    assert one.acknowledged_ms is None or one.detected_ms <= one.acknowledged_ms <= end_ms


@given(st.lists(MANY, max_size=4))
def test_chargers_together_are_all_their_repairs(chargers: list[list[Repair]]) -> None:
    apart = together(figures_of_repairs(one) for one in chargers)
    whole = figures_of_repairs(repair for one in chargers for repair in one)

    for name in RepairFigures.__dataclass_fields__:
        assert getattr(apart, name) == pytest.approx(getattr(whole, name)), name


def test_whoever_acts_before_the_charger_could_tell_has_found_it() -> None:
    one = repair_of((0, 60_000), ((0, 40_000),), [10_000])

    assert (one.detected_ms, one.acknowledged_ms) == (10_000, 10_000)


def test_an_end_that_nobody_could_be_told_of_is_told_with_it() -> None:
    assert repair_of((0, 60_000), ((0, 90_000),), []).detected_ms == 60_000
