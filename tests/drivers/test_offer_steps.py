"""An offer in the steps of a device: never more than was asked for, and by less than a step less."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.offer_steps import offer_steps

PER_A = st.sampled_from([1, 10, 100])


@given(current_a=st.floats(6, 80), per_a=PER_A)
def test_any_offer_is_rounded_down_to_a_step(current_a: float, per_a: int) -> None:
    steps = offer_steps(current_a, per_a)

    assert current_a * per_a - 1 < steps <= current_a * per_a + 1e-6


@given(tenths=st.integers(60, 800))
def test_an_offer_that_is_a_step_is_that_step_whatever_binary_makes_of_it(tenths: int) -> None:
    assert offer_steps(tenths / 10, 10) == tenths
    assert offer_steps(0, 10) == 0


@pytest.mark.parametrize("current_a", [-1.0, 5.9, 80.1, float("nan"), float("inf")])
def test_what_no_duty_cycle_can_say_is_our_own_mistake(current_a: float) -> None:
    with pytest.raises(ValueError, match="cannot be offered; it must be 0 or 6…80 A"):
        offer_steps(current_a, 10)
