"""The converter against the tables of pilot-board-hardware.md 3 and 5, and the margins of pilot.md 6."""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.parts import pilot_samples
from firmware_sim.parts.converter import Converter, calibrated, code_of, raw
from firmware_sim.parts.specimen import drawn
from firmware_sim.pilot_circuit import CAR_OHM, Diode, Drive, Generator, PilotLoad, PilotWindow, measure

CODES = [
    (13.0, 3568), (12.6, 3522), (12.0, 3452), (11.4, 3382), (9.0, 3103), (6.0, 2753), (3.0, 2404), (0.0, 2055),
    (-8.79, 1031), (-11.4, 727), (-12.0, 657), (-12.6, 588),
]  # fmt: skip
BANDS_V = {"A": (10.8, 13.0), "B": (7.8, 10.2), "C": (4.8, 7.2), "D": (1.8, 4.2)}
"""Between the thresholds of pilot.md 6, either direction."""


@pytest.mark.parametrize(("pilot_v", "code"), CODES)
def test_a_faultless_converter_delivers_the_codes_of_the_table(pilot_v: float, code: int) -> None:
    assert abs(Converter().read_code(pilot_v * 1000) - code) <= 1


@given(st.integers(-13_000, 13_000))
def test_a_faultless_converter_is_within_half_a_step(pilot_mv: int) -> None:
    assert abs(Converter().reads_mv(pilot_mv) - pilot_mv) <= 5


@given(st.integers(0, 10_000), st.floats(-12_600, 12_600))
def test_a_calibrated_converter_keeps_the_error_budget(seed: int, pilot_mv: float) -> None:
    chance = random.Random(seed)

    assert abs(calibrated(chance).reads_mv(pilot_mv, chance) - pilot_mv) <= 150


def test_an_uncalibrated_one_does_not() -> None:
    errors = [abs(raw(random.Random(seed)).reads_mv(12_000) - 12_000) for seed in range(200)]

    assert 150 < max(errors) < 700


@given(st.integers(0, 10_000), st.sampled_from("ABCD"))
def test_no_specimen_shows_a_state_outside_its_band(seed: int, state: str) -> None:
    built = drawn(random.Random(seed))
    generator = Generator(high_v=built.high_v, low_v=built.low_v, source_ohm=built.source_ohm)
    load = PilotLoad(CAR_OHM[state] * built.car_factor, Diode.OK, built.diode_v) if state != "A" else None
    assert built.converter is not None

    read_v = built.converter.reads_mv(measure(generator, load).high_mv, built.chance) / 1000

    assert BANDS_V[state][0] < read_v < BANDS_V[state][1]


def test_the_corners_of_the_standard_stay_inside_their_bands() -> None:
    for state, generator_v, r1, car, diode_v in product("BCD", (11.4, 12.6), (970, 1030), (0.97, 1.03), (0.55, 0.85)):
        generator = Generator(high_v=generator_v, source_ohm=r1)
        high_v = measure(generator, PilotLoad(CAR_OHM[state] * car, Diode.OK, diode_v)).high_mv / 1000
        assert BANDS_V[state][0] < high_v < BANDS_V[state][1]


@given(st.sampled_from([1000, 2666, 5333, 9600]), st.integers(0, 1000))
def test_a_capture_holds_a_tenth_of_a_second_with_the_duty_and_the_levels(duty: int, seed: int) -> None:
    generator = Generator(drive=Drive.X2, duty=duty)
    window = PilotWindow(8_980, -12_000, 100, 100)

    octets = pilot_samples.capture(generator, window, random.Random(seed))
    codes = [octets[at] | octets[at + 1] << 8 for at in range(0, len(octets), 2)]
    high = [code for code in codes if code > Converter().read_code(0)]

    assert len(codes) == 10_000
    assert len(high) / 100 == pytest.approx(duty / 100, abs=1.1)
    # Five whole periods of the mains: what is picked up is as often above as below. Edges aside.
    flat = [code for code in high if code > Converter().read_code(8_600)]
    assert sum(flat) / len(flat) == pytest.approx(Converter().read_code(8_980), abs=5)


def test_a_steady_capture_has_noise_and_what_its_cable_picks_up_of_the_mains() -> None:
    swings = []
    for seed in range(20):
        octets = pilot_samples.capture(Generator(), PilotWindow(12_000, None, 500, 0), random.Random(seed))
        codes = [octets[at] | octets[at + 1] << 8 for at in range(0, len(octets), 2)]
        assert sum(codes) / len(codes) == pytest.approx(Converter().read_code(12_000), abs=1)
        # Half a period apart, 10 ms or 1,000 samples, the pick-up has turned round; means of 1 ms have no noise left.
        means = [sum(codes[at : at + 100]) / 100 for at in range(0, 2_000, 100)]
        swings.append(max(abs(one - other) for one, other in zip(means, means[10:], strict=False)))

    assert min(swings) < 20
    assert 55 < max(swings) <= 2 * code_of(300) - 2 * code_of(0) + 3
