"""From converter codes to pilot levels, against the table of the pilot board's hardware reference."""

import random

import pytest
from boards.sampling import PERIOD, RING, STEADY, Stillness, level_mv, millivolts, phases, picked
from calibration import Calibration
from hypothesis import given
from hypothesis import strategies as st
from offer import duty_of, encodable_da

CODES = {
    13_000: 3568,
    12_000: 3452,
    9_000: 3103,
    6_000: 2753,
    3_000: 2404,
    0: 2055,
    -8_790: 1031,
    -12_000: 657,
    -13_000: 541,
}
STEP_MV = 8.6


@pytest.mark.parametrize(("level", "code"), CODES.items())
def test_codes_mean_the_levels_of_the_reference(level: int, code: int) -> None:
    assert millivolts(code) == pytest.approx(level, abs=STEP_MV)


def ring_of(duty: int, newest: int, position: int, noise: random.Random) -> list[int]:
    """A converter's ring over a running generator with a car that asks; a sample of any value after each edge."""
    ring = [0] * RING
    for age in range(RING):
        place = (position - age) % PERIOD
        is_high = place * PERIOD < duty
        edge = place == 0 or (place - 1) * PERIOD < duty <= place * PERIOD
        code = noise.randrange(4096) if edge else CODES[6_000 if is_high else -12_000] + noise.randrange(-3, 4)
        ring[(newest - age) % RING] = code
    return ring


@given(
    offer_da=st.integers(60, 800),
    newest=st.integers(0, RING - 1),
    position=st.integers(0, PERIOD - 1),
    late=st.integers(0, 1),
    seed=st.integers(0, 1_000),
)
def test_both_levels_are_read_at_any_duty_and_place_with_a_phase_one_sample_late(
    offer_da: int, newest: int, position: int, late: int, seed: int
) -> None:
    duty = duty_of(encodable_da(offer_da))
    ring = ring_of(duty, newest, position, random.Random(seed))
    high_from, high_to, low_from, low_to = phases(duty)

    high = picked(ring, newest, (position - late) % PERIOD, (high_from, high_to))
    low = picked(ring, newest, (position - late) % PERIOD, (low_from, low_to))

    assert len(high) >= 5
    assert len(low) >= 5
    assert level_mv(high) == pytest.approx(6_000, abs=40)
    assert level_mv(low) == pytest.approx(-12_000, abs=40)


@pytest.mark.parametrize(("duty", "code", "level"), [(STEADY, 3452, 12_000), (0, 657, -12_000)])
def test_a_steady_generator_has_one_phase_only(duty: int, code: int, level: int) -> None:
    high_from, high_to, low_from, low_to = phases(duty)
    ring = [code] * RING

    both = [picked(ring, 7, 50, usable) for usable in ((high_from, high_to), (low_from, low_to))]

    assert [len(codes) for codes in both] == ([16, 0] if duty else [0, 16])
    assert level_mv(both[0] or both[1]) == pytest.approx(level, abs=STEP_MV)


def test_the_tenths_at_both_ends_do_not_count() -> None:
    assert level_mv([0, *[2753] * 14, 4095]) == pytest.approx(6_000, abs=STEP_MV)


def test_a_converter_without_noise_for_a_second_is_still() -> None:
    stillness = Stillness()

    assert not stillness.observe(9, 5_000)
    assert not stillness.observe(0, 5_995)
    assert stillness.observe(0, 6_000)
    assert not stillness.observe(9, 6_005)


@pytest.mark.parametrize(("level", "code"), CODES.items())
def test_a_calibration_corrects_the_mean(level: int, code: int) -> None:
    record = Calibration((0, 10_100, -20, 12_000, -12_000, "2026-11-29"))

    assert level_mv([code] * 16, record) == pytest.approx(level * 1.01 - 20, abs=2 * STEP_MV)
    assert level_mv([code] * 16) == millivolts(code)
