"""Medians and tails."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.spread import paired_ratio, quantile, spread

values = st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1)


@given(values, st.floats(0, 1))
def test_a_quantile_is_the_smallest_value_that_the_share_does_not_exceed(seen: list[float], share: float) -> None:
    found = quantile(seen, share)

    assert found in seen
    assert sum(value <= found for value in seen) >= share * len(seen)
    assert sum(value < found for value in seen) <= share * len(seen)


def test_of_a_thousand_the_tail_leaves_one_out() -> None:
    assert quantile(range(1000), 0.999) == 998


def test_of_a_few_the_tail_is_the_longest() -> None:
    assert quantile([3, 1, 2], 0.999) == 3


def test_no_values_have_no_quantile() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


@given(st.lists(st.floats(1, 1000), min_size=3, max_size=9))
def test_what_slows_both_of_a_pair_down_does_not_change_the_ratio(noise: list[float]) -> None:
    pairs = [(2.0 * factor, factor) for factor in noise]

    assert paired_ratio([value for value, _ in pairs], [floor for _, floor in pairs]) == 2.0


def test_a_spread_names_median_and_extremes() -> None:
    assert spread([3.0, 1.0, 2.0], "ms") == "median 2.0, 1.0 … 3.0 ms of 3"
