"""The pilot's levels against the table of pilot.md 8.1 and 3."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.pilot_circuit import (
    CAR_OHM,
    Diode,
    Drive,
    Generator,
    PilotLoad,
    measure,
    node_voltage,
    offered_a,
    state_shown,
)

# state, diode, high, low: the table with Vp = Vn = 12.00 V, R1 = 1000 Ω, Vd = 0.70 V.
LEVELS = [
    ("B", Diode.OK, 8.98, -12.00),
    ("B", Diode.SHORTED, 8.79, -8.79),
    ("B", Diode.OPEN, 12.00, -12.00),
    ("B", Diode.REVERSED, 12.00, -8.98),
    ("C", Diode.OK, 6.00, -12.00),
    ("C", Diode.SHORTED, 5.62, -5.62),
    ("C", Diode.OPEN, 12.00, -12.00),
    ("C", Diode.REVERSED, 12.00, -6.00),
    ("D", Diode.OK, 2.93, -12.00),
    ("D", Diode.SHORTED, 2.37, -2.37),
    ("D", Diode.OPEN, 12.00, -12.00),
    ("D", Diode.REVERSED, 12.00, -2.93),
]

# shunt in ohms, state, high, low: the second table of 8.1.
SHUNTED = [
    (0, "A", 0.0, 0.0), (0, "B", 0.0, 0.0), (0, "C", 0.0, 0.0), (0, "D", 0.0, 0.0),
    (80, "A", 0.89, -0.89), (80, "B", 0.88, -0.89), (80, "C", 0.87, -0.89), (80, "D", 0.85, -0.89),
    (120, "A", 1.29, -1.29), (120, "B", 1.26, -1.29), (120, "C", 1.22, -1.29), (120, "D", 1.11, -1.29),
    (1_000, "A", 6.00, -6.00), (1_000, "B", 5.18, -6.00), (1_000, "C", 4.08, -6.00), (1_000, "D", 2.45, -6.00),
    (10_000, "A", 10.91, -10.91), (10_000, "B", 8.37, -10.91), (10_000, "C", 5.73, -10.91), (10_000, "D", 2.87, -10.91),
    (100_000, "A", 11.88, -11.88), (100_000, "B", 8.91, -11.88), (100_000, "C", 5.97, -11.88),
    (100_000, "D", 2.92, -11.88),
]  # fmt: skip


def load_of(state: str, diode: Diode = Diode.OK) -> PilotLoad | None:
    return None if state == "A" else PilotLoad(CAR_OHM[state], diode)


@pytest.mark.parametrize(("state", "diode", "high_v", "low_v"), LEVELS)
def test_levels_with_each_diode_are_those_of_the_reference(
    state: str, diode: Diode, high_v: float, low_v: float
) -> None:
    load = load_of(state, diode)

    assert node_voltage(12, load) == pytest.approx(high_v, abs=0.006)
    assert node_voltage(-12, load) == pytest.approx(low_v, abs=0.006)


@pytest.mark.parametrize(("shunt_ohm", "state", "high_v", "low_v"), SHUNTED)
def test_levels_with_a_shunt_are_those_of_the_reference(
    shunt_ohm: float, state: str, high_v: float, low_v: float
) -> None:
    load = load_of(state)

    assert node_voltage(12, load, shunt_ohm) == pytest.approx(high_v, abs=0.006)
    assert node_voltage(-12, load, shunt_ohm) == pytest.approx(low_v, abs=0.006)


def test_without_square_wave_there_is_no_low_phase() -> None:
    window = measure(Generator(drive=Drive.X1), load_of("C"))

    assert (window.high_mv, window.low_mv, window.samples_low) == (5996, None, 0)


def test_state_f_shows_the_low_level_only() -> None:
    window = measure(Generator(drive=Drive.F), load_of("B"))

    assert (window.high_mv, window.low_mv, window.samples_high) == (-12_000, -12_000, 0)
    assert state_shown(window) == "F"


@pytest.mark.parametrize(("duty", "high", "low"), [(500, 15, 465), (2666, 120, 360), (9600, 470, 10)])
def test_each_phase_keeps_as_many_samples_as_fit_between_the_edges(duty: int, high: int, low: int) -> None:
    window = measure(Generator(drive=Drive.X2, duty=duty), None)

    assert (window.samples_high, window.samples_low) == (high, low)


@pytest.mark.parametrize("state", ["A", "B", "C", "D"])
def test_a_voltmeter_shows_the_state_of_the_car(state: str) -> None:
    assert state_shown(measure(Generator(drive=Drive.X2, duty=5000), load_of(state))) == state


# duty in percent, amperes: the decode table of pilot.md 3.
DECODED = [
    (2.0, 0.0), (5.0, 0.0), (7.5, 0.0), (8.0, 6.0), (9.99, 6.0), (10.0, 6.0), (26.66, 15.996), (53.33, 31.998),
    (85.0, 51.0), (86.0, 55.0), (96.0, 80.0), (96.5, 80.0), (97.0, 80.0), (97.5, 0.0), (100.0, 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("duty_percent", "current_a"), DECODED)
def test_a_car_decodes_the_duty_as_the_standard_says(duty_percent: float, current_a: float) -> None:
    generator = Generator(drive=Drive.X2, duty=round(duty_percent * 100))

    assert offered_a(generator, measure(generator, load_of("B"))) == pytest.approx(current_a)


@given(st.sampled_from([Drive.X1, Drive.F]), st.integers(0, 10_000))
def test_a_steady_level_offers_nothing(drive: Drive, duty: int) -> None:
    generator = Generator(drive=drive, duty=duty)

    assert offered_a(generator, measure(generator, load_of("C"))) == 0


@given(st.integers(0, 10_000), st.sampled_from([0.0, 40.0, 80.0]))
def test_a_shorted_pilot_offers_nothing(duty: int, shunt_ohm: float) -> None:
    generator = Generator(drive=Drive.X2, duty=duty)

    assert offered_a(generator, measure(generator, load_of("C"), shunt_ohm)) == 0


@given(
    st.floats(-12.6, 12.6),
    st.one_of(st.none(), st.builds(PilotLoad, st.floats(50, 1e6), st.sampled_from(Diode))),
    st.one_of(st.none(), st.floats(1, 1e6)),
)
def test_no_load_lifts_the_pilot_above_its_generator(
    generator_v: float, load: PilotLoad | None, shunt_ohm: float | None
) -> None:
    voltage = node_voltage(generator_v, load, shunt_ohm)

    assert abs(voltage) <= abs(generator_v) + 1e-9
    assert voltage * generator_v >= 0 or abs(voltage) < 1e-9
