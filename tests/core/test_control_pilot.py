"""Duty cycle, current and cable coding: the tables of IEC 61851-1 Annex A and the traps others fell into."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.control_pilot import CableReading, cable_rating_from_pp, current_from_duty, duty_from_current


@pytest.mark.parametrize(
    ("current_a", "duty_percent"),
    [(6, 10.0), (10, 16.66), (16, 26.66), (32, 53.33), (48, 80.0), (51, 85.0), (63, 89.2), (80, 96.0)],
)
def test_duty_of_the_usual_currents_is_rounded_down(current_a: float, duty_percent: float) -> None:
    assert duty_from_current(current_a) == duty_percent


@pytest.mark.parametrize(("current_a", "duty_percent"), [(60, 88.0), (80, 96.0)])
def test_upper_range_is_not_divided_in_integers(current_a: float, duty_percent: float) -> None:
    assert duty_from_current(current_a) == duty_percent


def test_six_ampere_is_exactly_ten_percent() -> None:
    assert duty_from_current(6.0) == 10.0


@pytest.mark.parametrize("current_a", [51.1, 52.0, 52.49])
def test_gap_of_the_code_is_offered_as_51_a(current_a: float) -> None:
    assert duty_from_current(current_a) == 85.0


@pytest.mark.parametrize("current_a", [0, 3, 5.99, 80.1, -6, math.nan])
def test_current_without_duty_cycle_is_refused(current_a: float) -> None:
    with pytest.raises(ValueError, match="no duty cycle"):
        duty_from_current(current_a)


@given(st.floats(6, 80))
def test_a_car_never_decodes_more_than_was_offered(current_a: float) -> None:
    decoded_a = current_from_duty(duty_from_current(current_a))

    assert decoded_a <= current_a + 1e-9
    assert decoded_a > current_a - (0.03 if not 51 < current_a < 52.6 else 1.6)


@pytest.mark.parametrize(
    ("duty_percent", "current_a"),
    [
        (2.9, 0),
        (5, 0),
        (7.5, 0),
        (8, 6),
        (9.9, 6),
        (10, 6),
        (85, 51),
        (86, 55),
        (96, 80),
        (96.5, 80),
        (97.1, 0),
        (100, 0),
    ],
)
def test_car_side_table(duty_percent: float, current_a: float) -> None:
    assert current_from_duty(duty_percent) == pytest.approx(current_a)


@pytest.mark.parametrize(
    ("resistance_ohm", "answer"),
    [
        (59, CableReading.SHORTED),
        (79, CableReading.SHORTED),
        (100, 63.0),
        (220, 32.0),
        (310, 20.0),
        (680, 20.0),
        (1000, 13.0),
        (1500, 13.0),
        (3000, CableReading.OUT_OF_RANGE),
        (4501, CableReading.NO_CABLE),
        (math.inf, CableReading.NO_CABLE),
    ],
)
def test_cable_rating_gives_gaps_to_the_smaller_current(resistance_ohm: float, answer: float | CableReading) -> None:
    assert cable_rating_from_pp(resistance_ohm) == answer


def test_a_shorted_proximity_is_a_fault_and_no_small_cable() -> None:
    assert cable_rating_from_pp(10) is CableReading.SHORTED
    assert CableReading.SHORTED.value == "pp.short"
