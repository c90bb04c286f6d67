"""What a meter's readings tell of the supply."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.quantities import MeterSample
from agent.core.time import Instant
from agent.core.wear.model import Wear, known_counts
from agent.core.wear.supply import SupplySeen, looked

METER = "meter:1"
NONE = {"sags": 0, "swells": 0}


def counts(*voltages: tuple[float | None, ...], hz: tuple[float | None, ...] = (), phases: int = 3) -> dict[str, int]:
    """After these readings in a row, of a supply of 230 V."""
    wear, seen = Wear(), SupplySeen()
    frequencies = (*hz, *[None] * len(voltages))
    for number, volts in enumerate(voltages):
        padded = (*volts, None, None, None)
        sample = MeterSample(
            at=Instant(float(number)),
            register_wh=None,
            voltages_v=(padded[0], padded[1], padded[2]),
            frequency_hz=frequencies[number],
        )
        wear, seen = looked(wear, METER, seen, sample, nominal_v=230.0, phases=phases)
    return dict(wear.part(METER).counts)


def test_a_sag_is_one_for_as_long_as_it_lasts_and_its_deepest_counts() -> None:
    found = counts((231.0,), (205.0,), (170.0,), (208.0,), (230.0,), (206.0,))

    assert found == NONE | {"sags": 2, "deepest_sag_percent": 26}


def test_a_voltage_that_swings_about_the_limit_is_one_sag() -> None:
    assert counts((206.0,), (208.0,), (206.0,), (209.0,), (206.0,))["sags"] == 1


def test_a_swell_on_any_phase_counts() -> None:
    assert counts((230.0, 231.0, 262.0), (230.0, 230.0, 255.0)) == NONE | {"swells": 1, "highest_swell_percent": 14}


@pytest.mark.parametrize("volts", [(0.0,), (230.0, 3.0, 40.0), (120.0,), (None, None, None)])
def test_a_phase_that_is_not_there_is_no_sag(volts: tuple[float | None, ...]) -> None:
    assert counts((230.0, 230.0, 230.0), volts) == NONE


def test_phases_that_this_charger_does_not_use_tell_nothing() -> None:
    assert counts((230.0, 190.0, 300.0), phases=1) == NONE


def test_a_frequency_counts_against_the_nominal_one_that_is_nearer() -> None:
    assert counts((), (), hz=(50.2, 59.8)) == {"off_frequency": 0}
    assert counts((), (), (), hz=(50.6, 50.45, 50.0)) == {"off_frequency": 1}
    assert counts((), (), (), hz=(49.4, 50.0, 60.7)) == {"off_frequency": 2}


def test_a_meter_that_tells_no_voltage_vouches_for_none() -> None:
    assert counts((None,), (None, None, None)) == {}
    assert known_counts(METER, {}) == {"energy_wh": 0, "errors": 0}


VOLTS = st.none() | st.floats(0.0, 400.0)


@given(st.lists(st.tuples(VOLTS, VOLTS, VOLTS), max_size=12))
def test_no_reading_lowers_a_number_and_an_event_never_lacks_its_depth(
    readings: list[tuple[float | None, ...]],
) -> None:
    every = [counts(*readings[:length]) for length in range(len(readings) + 1)]

    assert all(one[name] <= after.get(name, 0) for one, after in pairwise(every) for name in one)
    assert (every[-1].get("sags", 0) > 0) == ("deepest_sag_percent" in every[-1])
    assert (every[-1].get("swells", 0) > 0) == ("highest_swell_percent" in every[-1])
    assert every[-1].get("deepest_sag_percent", 10) in range(10, 41)
