"""The lowest part decides."""

from __future__ import annotations

from hypothesis import given
from hypothesis.strategies import builds, floats, just, lists, text

from agent.core.commissioning.hard_limit import Bound, above, lowest

amperes = floats(6, 100)
BOUNDS = lists(builds(Bound, part=text(), current_a=amperes, source=just("")), min_size=1)


@given(BOUNDS, amperes)
def test_the_lowest_part_decides_and_a_limit_up_to_it_overloads_nothing(bounds: list[Bound], limit_a: float) -> None:
    weakest = lowest(bounds)

    assert all(weakest.current_a <= bound.current_a for bound in bounds)
    assert above(weakest.current_a, bounds) == ()
    assert (above(limit_a, bounds) == ()) == (limit_a <= weakest.current_a + 1e-9)
