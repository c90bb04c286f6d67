from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.installation import PHASES, Load, carried_by, continuous_current_a, sums_by_phase, voltage_drop_percent

COPPER = 0.0225
LOADS = st.builds(
    Load,
    current_a=st.floats(0, 100),
    phases=st.sampled_from((1, 3)),
    phase=st.sampled_from(("", *PHASES)),
)


def drop(current_a: float, length_m: float, section_mm2: float, phases: int) -> float:
    return voltage_drop_percent(
        current_a,
        length_m=length_m,
        section_mm2=section_mm2,
        resistivity_ohm_mm2_per_m=COPPER,
        voltage_v=230,
        phases=phases,
    )


def test_the_drop_is_that_of_a_calculation_by_hand() -> None:
    """32 A over 25 m of 6 mm² copper: 0.09375 Ω a way; 3.0 V to neutral with three phases, 6.0 V there and back."""
    assert drop(32, 25, 6, 3) == pytest.approx(100 * 3.0 / 230)
    assert drop(32, 25, 6, 1) == pytest.approx(100 * 6.0 / 230)


@given(st.floats(6, 80), st.floats(1, 200), st.floats(1, 100), st.sampled_from((1, 3)))
def test_more_current_a_longer_or_a_thinner_cable_never_lose_less(
    current_a: float, length_m: float, section_mm2: float, phases: int
) -> None:
    here = drop(current_a, length_m, section_mm2, phases)

    assert drop(current_a + 1, length_m, section_mm2, phases) > here
    assert drop(current_a, length_m + 1, section_mm2, phases) > here
    assert drop(current_a, length_m, section_mm2 + 1, phases) < here


def test_a_breaker_of_40_a_carries_32_a_for_hours_by_the_nec() -> None:
    assert continuous_current_a(40, continuous_factor=0.8, breaker_factor=1.0) == pytest.approx(32)
    assert continuous_current_a(40, continuous_factor=1.0, breaker_factor=0.7) == pytest.approx(28)


def test_a_section_between_two_rows_counts_as_the_smaller_one() -> None:
    table = ((2.5, 20.0), (4.0, 27.0))

    assert [carried_by(section, table) for section in (2.0, 2.5, 3.9, 4.0, 50.0)] == [None, 20, 20, 27, 27]


@given(st.lists(LOADS, max_size=8))
def test_a_load_of_unknown_phase_never_makes_a_sum_smaller_than_any_place_of_it_would(loads: list[Load]) -> None:
    unknown = sums_by_phase(Load(current_a=one.current_a, phases=one.phases) for one in loads)

    assert all(some <= every for some, every in zip(sums_by_phase(loads), unknown, strict=True))
    assert unknown[0] == pytest.approx(sum(one.current_a for one in loads))
