"""Ratios, verdicts, and the way of a figure through JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figure import Figure, Side, Target, Verdict, at_least, at_most, from_json, ratio_at_most

amounts = st.floats(0, 1e9, allow_nan=False)
targets = st.builds(Target, st.sampled_from(Side), amounts, of_ratio=st.just(False), why=st.text(max_size=5))
figures = st.builds(
    Figure,
    name=st.text(max_size=10),
    value=amounts,
    unit=st.text(max_size=4),
    floor=st.none() | amounts,
    floor_is=st.text(max_size=10),
    paired_ratio=st.none() | amounts,
    target=st.none() | targets,
    notes=st.lists(st.text(max_size=10)).map(tuple),
)


def figure(value: float, floor: float | None = None, **given: object) -> Figure:
    return Figure(name="a figure", value=value, unit="ms", floor=floor, **given)  # type: ignore[arg-type]


def test_the_ratio_is_the_value_over_its_floor() -> None:
    assert figure(150, 60).ratio == 2.5


def test_a_ratio_of_pairs_is_believed_more_than_that_of_the_medians() -> None:
    assert figure(150, 60, paired_ratio=2.0).ratio == 2.0


@pytest.mark.parametrize("floor", [None, 0.0])
def test_without_a_floor_there_is_no_ratio(floor: float | None) -> None:
    assert figure(150, floor).ratio is None


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        (figure(45.0, target=at_most(45.0)), Verdict.MET),
        (figure(45.1, target=at_most(45.0)), Verdict.MISSED),
        (figure(900.0, target=at_least(900.0)), Verdict.MET),
        (figure(899.9, target=at_least(900.0)), Verdict.MISSED),
        (figure(150.0, 60.0, target=ratio_at_most(2.5)), Verdict.MET),
        (figure(151.0, 60.0, target=ratio_at_most(2.5)), Verdict.MISSED),
        (figure(150.0), Verdict.NO_TARGET),
    ],
)
def test_a_target_is_met_up_to_its_bound(measured: Figure, verdict: Verdict) -> None:
    assert measured.verdict is verdict


def test_a_target_for_a_ratio_that_there_is_not_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="needs a floor"):
        _ = figure(150.0, target=ratio_at_most(2.5)).verdict


@given(value=amounts, bound=amounts)
def test_only_the_bound_itself_is_good_on_both_sides(value: float, bound: float) -> None:
    below = figure(value, target=at_most(bound)).verdict is Verdict.MET
    above = figure(value, target=at_least(bound)).verdict is Verdict.MET

    assert below or above
    assert (below and above) == (value == bound)


@given(figures)
def test_a_figure_survives_json(measured: Figure) -> None:
    assert from_json(json.loads(json.dumps(measured.as_json()))) == measured


def test_json_tells_ratio_and_verdict_to_readers_without_our_rules() -> None:
    written = figure(150, 60, target=ratio_at_most(2.5)).as_json()

    assert (written["ratio"], written["verdict"], written["target"]["side"]) == (2.5, "met", "≤")
