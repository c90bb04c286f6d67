"""Quarters of an hour: what is told of them adds up, and what is not known stays a gap."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.load_profile.quarters import NOTHING, QUARTER_S, Quarter, Running, mean_w, sampled
from agent.core.quantities import MeterSample
from agent.core.session.energy import can_rise_wh
from agent.core.time import Instant

BEGIN_MS = 1_800_000_000_000
assert BEGIN_MS % (QUARTER_S * 1000) == 0


@dataclass
class Meter:
    """A meter and its clock; whatever flows is counted in hundredths of a watt hour."""

    at_s: float = 1000.0
    offset_ms: int = BEGIN_MS - 1_000_000
    counted: float = 5_000.0
    power_w: float = 0.0

    def read(self, *, tells_power: bool = True) -> MeterSample:
        at = Instant(self.at_s, self.offset_ms + round(self.at_s * 1000), "boot")
        return MeterSample(at=at, register_wh=int(self.counted), power_w=self.power_w if tells_power else None)

    def passes(self, seconds: float) -> None:
        self.at_s += seconds
        self.counted += self.power_w * seconds / 3600


steps = st.tuples(st.sampled_from([1.0, 5.0, 29.0, 31.0, 400.0, 1800.0]), st.sampled_from([0.0, 1380.0, 11_040.0]))


def told(samples: list[MeterSample]) -> tuple[Running, list[Quarter]]:
    running = NOTHING
    found: list[Quarter] = []
    for sample in samples:
        running, over = sampled(running, sample)
        found += over
    return running, found


def of_a_meter(moves: list[tuple[float, float]], *, tells_power: bool = True) -> list[MeterSample]:
    meter = Meter()
    samples = [meter.read(tells_power=tells_power)]
    for seconds, power_w in moves:
        meter.power_w = power_w
        meter.passes(seconds)
        samples.append(meter.read(tells_power=tells_power))
    return samples


@given(st.lists(steps, max_size=120), st.booleans())
@settings(max_examples=60)
def test_energy_is_neither_lost_nor_invented(moves: list[tuple[float, float]], tells_power: bool) -> None:
    samples = of_a_meter(moves, tells_power=tells_power)
    running, quarters = told(samples)

    rose_wh = (samples[-1].register_wh or 0) - (samples[0].register_wh or 0)
    known = [one.energy_wh for one in quarters if one.energy_wh is not None]
    assert sum(known) <= rose_wh
    assert all(energy_wh >= 0 for energy_wh in known)
    if len(known) == len(quarters) and running.opened_wh is not None:
        assert sum(known) + (samples[-1].register_wh or 0) - running.opened_wh == rose_wh


@given(st.lists(steps, max_size=120))
@settings(max_examples=40)
def test_each_quarter_is_told_once_and_in_order(moves: list[tuple[float, float]]) -> None:
    _, quarters = told(of_a_meter(moves))

    assert all(later.number == earlier.number + 1 for earlier, later in pairwise(quarters))


@given(st.lists(steps, max_size=120), st.booleans())
@settings(max_examples=40)
def test_no_mean_is_above_its_peak(moves: list[tuple[float, float]], tells_power: bool) -> None:
    for quarter in told(of_a_meter(moves, tells_power=tells_power))[1]:
        if quarter.energy_wh is not None:
            assert quarter.peak_w is not None
            assert mean_w(quarter.energy_wh) <= quarter.peak_w


def test_a_steady_load_is_told_to_the_watt_hour() -> None:
    _, quarters = told(of_a_meter([(5.0, 3600.0)] * 360))

    assert [(one.energy_wh, one.peak_w) for one in quarters] == [(900, 3600), (900, 3600)]


def test_what_flowed_around_a_boundary_is_divided_by_time() -> None:
    """Readings lie 5 s before and 15 s after the end of the first quarter, 20 Wh apart."""
    moves = [(5.0, 0.0)] * 179 + [(20.0, 3600.0)] + [(5.0, 0.0)] * 180

    _, quarters = told(of_a_meter(moves))

    assert [one.energy_wh for one in quarters] == [5, 15]


def test_a_silence_over_a_boundary_under_power_leaves_both_quarters_unknown() -> None:
    before, silence, after = [(5.0, 3600.0)] * 170, (60.0, 3600.0), [(5.0, 3600.0)] * 400

    _, quarters = told(of_a_meter([*before, silence, *after]))

    assert [one.energy_wh for one in quarters] == [None, None, 900]


def test_a_silence_within_a_quarter_costs_nothing_since_the_register_goes_on() -> None:
    _, quarters = told(of_a_meter([*[(5.0, 3600.0)] * 20, (600.0, 3600.0), *[(5.0, 3600.0)] * 50]))

    assert [one.energy_wh for one in quarters] == [900]


def test_a_night_without_power_is_known_by_a_register_that_stands() -> None:
    _, quarters = told(of_a_meter([(5.0, 0.0), (8 * 3600.0, 0.0), (5.0, 0.0)]))

    assert {one.energy_wh for one in quarters} == {0}
    assert len(quarters) == 32


def test_a_clock_that_is_set_and_a_meter_that_is_exchanged_begin_anew() -> None:
    meter = Meter(power_w=3600.0)
    samples = []
    for second in range(0, 4000, 5):
        if second == 1200:
            meter.offset_ms += 3_600_000
        if second == 3000:
            meter.counted = 17.0
        samples.append(meter.read())
        meter.passes(5.0)

    _, quarters = told(samples)

    assert [one.energy_wh for one in quarters] == [900, None, 900, None]


def test_a_register_that_jumps_is_none_that_rose() -> None:
    meter = Meter()
    first = meter.read()
    meter.passes(5.0)
    meter.counted += can_rise_wh(5.0) + 1

    running, _ = told([first, meter.read()])

    assert running.opened_wh is None


def test_a_sample_without_a_time_of_day_or_a_register_says_nothing() -> None:
    running = told(of_a_meter([(5.0, 0.0)]))[0]
    blind = MeterSample(at=Instant(2000.0, BEGIN_MS + 10_000, "boot"), register_wh=None, power_w=5.0)
    lost = MeterSample(at=Instant(2000.0, None, "boot"), register_wh=9, power_w=5.0)

    assert sampled(running, blind) == sampled(running, lost) == (running, ())
