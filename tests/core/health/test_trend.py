"""Where memory is going: the slope of hourly samples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.health.trend import slope_per_day


@given(st.floats(-500, 500), st.floats(1_000, 100_000), st.integers(4, 25))
def test_a_line_has_its_own_slope(kb_per_day: float, held_kb: float, hours: int) -> None:
    samples = [(3600.0 * hour, held_kb + kb_per_day * hour / 24) for hour in range(hours)]

    assert slope_per_day(samples) == pytest.approx(kb_per_day, abs=0.01)


def test_too_few_hours_are_no_trend() -> None:
    assert slope_per_day([(3600.0 * hour, 1.0) for hour in range(3)]) is None
    assert slope_per_day([(60.0 * minute, 1.0) for minute in range(25)]) is None
    assert slope_per_day([]) is None
