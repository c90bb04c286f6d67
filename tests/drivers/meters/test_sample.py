"""Values to one sample, and values that cannot be true."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.time import Instant
from agent.drivers.meters.maps import Value, load_map
from agent.drivers.meters.sample import Implausible, check_apparent, check_sum, sample_of

SDM630 = load_map("eastron-sdm630")
SDM72 = load_map("eastron-sdm72d-m")
NOW = Instant(12.0)
CHARGING: dict[str, Value] = {
    "voltage_l1": 230.1,
    "voltage_l2": 229.8,
    "voltage_l3": 231.0,
    "current_l1": 16.0,
    "current_l2": 15.9,
    "current_l3": 16.1,
    "power_l1": 3680.0,
    "power_l2": 3650.0,
    "power_l3": 3720.0,
    "power_total": 11050.0,
    "frequency": 49.98,
    "energy_import_total": 1_234_560,
    "meter_code": 0x70,
    "model": "B23",
}


def test_a_plausible_reading_becomes_a_sample() -> None:
    sample = sample_of(CHARGING, SDM630, NOW)

    assert sample.at == NOW
    assert (sample.register_wh, sample.power_w, sample.frequency_hz) == (1_234_560, 11050.0, 49.98)
    assert sample.voltages_v == (230.1, 229.8, 231.0)
    assert sample.currents_a == (16.0, 15.9, 16.1)


@pytest.mark.parametrize("name", ["voltage_l2", "current_l1", "power_total", "frequency", "energy_import_total"])
def test_a_value_that_is_not_there_is_none_and_spoils_nothing(name: str) -> None:
    sample = sample_of(CHARGING | {name: None}, SDM630, NOW)

    values = (*sample.voltages_v, *sample.currents_a, sample.power_w, sample.frequency_hz, sample.register_wh)
    assert values.count(None) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (dict.fromkeys(["voltage_l1", "voltage_l2", "voltage_l3"], 0.0), "voltages that are no mains"),
        (dict.fromkeys(["voltage_l1", "voltage_l2", "voltage_l3"], 1.6e-23), "voltages that are no mains"),
        (dict.fromkeys(["voltage_l1", "voltage_l2", "voltage_l3"], None), "voltages that are no mains"),
        ({"voltage_l3": 1.2e9}, "a voltage of 1.2e"),
        ({"current_l2": 131.0}, "a current of 131 A, above 130 A"),
        ({"current_l2": -131.0}, "a current of -131 A, above 130 A"),
        ({"power_total": 117_001.0}, "a power of 117001 W"),
        ({"power_l1": -4e8}, "a power of -4e"),
        ({"frequency": 44.9}, "a frequency of 44.9 Hz"),
        ({"frequency": 0.0}, "a frequency of 0 Hz"),
        ({"energy_import_total": -100}, "an import register of -100 Wh"),
    ],
)
def test_what_physics_rules_out_is_refused_in_words(changes: dict[str, Value], words: str) -> None:
    with pytest.raises(Implausible, match=words):
        sample_of(CHARGING | changes, SDM630, NOW)


def test_a_single_phase_is_enough_and_an_idle_one_may_show_induced_volts() -> None:
    sample = sample_of(CHARGING | {"voltage_l2": 40.0, "voltage_l3": 0.0}, SDM630, NOW)

    assert sample.voltages_v == (230.1, 40.0, 0.0)


def test_a_frequency_ten_times_too_large_is_set_right() -> None:
    assert sample_of(CHARGING | {"frequency": 499.8}, SDM630, NOW).frequency_hz == pytest.approx(49.98)


def test_a_meter_without_voltages_is_not_asked_for_them() -> None:
    sample = sample_of({"power_total": 0.0, "energy_import_total": 10}, SDM72, NOW)

    assert sample.voltages_v == (None, None, None)
    assert sample.register_wh == 10


def test_phases_and_total_of_one_request_must_agree() -> None:
    check_sum(CHARGING)
    check_sum(CHARGING | {"power_l2": None})
    check_sum(CHARGING | {"power_total": 11050.0 + 300})
    with pytest.raises(Implausible, match="phases that add up to 11050 W"):
        check_sum(CHARGING | {"power_total": -11050.0})


# --- power is at most U·I


@given(
    volts=st.floats(80, 300),
    amperes=st.floats(0, 100),
    power_factor=st.floats(-1, 1),
    phase=st.sampled_from(["l1", "l2", "l3"]),
)
def test_any_power_that_volts_and_amperes_can_make_is_believed(
    volts: float, amperes: float, power_factor: float, phase: str
) -> None:
    values: dict[str, Value] = {
        f"voltage_{phase}": volts,
        f"current_{phase}": amperes,
        f"power_{phase}": volts * amperes * power_factor,
    }

    check_apparent(values, SDM630)


@given(
    volts=st.floats(80, 300),
    amperes=st.floats(1, 100),
    times=st.sampled_from([10, 1000, 65_536]),
    sign=st.sampled_from([1, -1]),
)
def test_a_power_in_another_unit_is_refused(volts: float, amperes: float, times: int, sign: int) -> None:
    values: dict[str, Value] = {"voltage_l2": volts, "current_l2": amperes, "power_l2": sign * times * volts * amperes}

    with pytest.raises(Implausible, match=r"W on L2, where .* VA at most; check the map in the board file"):
        check_apparent(values, SDM630)


@pytest.mark.parametrize("quantity", ["voltage_l1", "current_l1", "power_l1"])
def test_what_the_meter_does_not_give_is_not_held_against_the_rest(quantity: str) -> None:
    check_apparent({"voltage_l1": 230.0, "current_l1": 0.0, "power_l1": 3680.0} | {quantity: None}, SDM630)


def test_the_power_of_a_whole_device_is_not_held_against_coarse_amperes() -> None:
    coarse = load_map("sunspec-meter")

    check_apparent({"voltage_l1": 300.0, "current_l1": 0.0, "power_l1": 150.0}, coarse)


@given(st.dictionaries(st.sampled_from(sorted(CHARGING)), st.none() | st.floats(allow_nan=False) | st.just("text")))
def test_any_values_are_a_sample_within_bounds_or_refused(values: dict[str, Value]) -> None:
    try:
        sample = sample_of(values, SDM630, NOW)
    except Implausible:
        return
    assert all(voltage is None or abs(voltage) <= 300 for voltage in sample.voltages_v)
    assert all(current is None or abs(current) <= 130 for current in sample.currents_a)
