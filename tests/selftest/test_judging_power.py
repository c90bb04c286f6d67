"""What figures of supply, meter and warmth mean, whatever they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.commissioning.model import Outcome, Verdict
from agent.core.quantities import MeterIdentity
from agent.selftest.judging import directions, loaded, mains, metering, stiffness, warmth
from agent.selftest.judging.limits import outside
from agent.selftest.judging.loaded import LoadLook, LoadRun
from agent.selftest.judging.mains import MainsReading
from agent.selftest.judging.warmth import SensorLook, Warming

PASS, WARN, FAIL = Verdict.PASS, Verdict.WARN, Verdict.FAIL
NOMINAL_V = 230.0
volts = st.floats(1.0, 299.0) | st.floats(200.0, 260.0)
factors = st.floats(0.1, 3.0)


def reading(*each_v: float | None) -> MainsReading:
    return MainsReading(instrument="the board", voltages_v=each_v)


def is_sound(outcome: Outcome) -> bool:
    """What holds of every outcome: words end, a failure says what to do, and a pass has nothing out of its limits."""
    says = outcome.says.endswith(".") and (outcome.verdict in (PASS, Verdict.SKIP) or outcome.next.endswith("."))
    return says and (outcome.verdict is not PASS or not outside(outcome.measured))


# --- the supply


@given(st.lists(st.tuples(volts, volts, volts), min_size=1, max_size=4))
def test_a_voltage_passes_only_where_every_reading_of_every_phase_is_within_a_tenth(
    seen: Sequence[tuple[float, float, float]],
) -> None:
    outcome = mains.voltage([reading(*each) for each in seen], NOMINAL_V)

    flat = [round(one, 1) for each in seen for one in each]
    assert is_sound(outcome)
    assert (outcome.verdict is FAIL) == any(not 207.0 <= one <= 253.0 for one in flat)


@given(st.lists(st.floats(204.0, 256.0), min_size=1, max_size=3))
def test_one_reading_out_of_bounds_is_enough_whatever_the_mean(seen: Sequence[float]) -> None:
    outcome = mains.voltage([reading(each) for each in seen], NOMINAL_V)

    assert (outcome.verdict is FAIL) == any(not 207.0 <= round(one, 1) <= 253.0 for one in seen)


@given(st.floats(207.5, 252.5), st.floats(-0.09, 0.09))
def test_phases_apart_are_a_warning_from_a_twentieth_on(base: float, off: float) -> None:
    other = base * (1 + off)
    outcome = mains.voltage([reading(base, other)], NOMINAL_V)

    if 207 <= round(other, 1) <= 253:
        apart = 100 * abs(other - base) / ((other + base) / 2)
        assert (outcome.verdict is WARN) == (round(apart, 2) > 5.0)


@given(st.integers(0, 2), st.floats(0, 114.9))
def test_a_phase_below_half_the_voltage_is_gone_and_named(at: int, left_v: float) -> None:
    each: list[float | None] = [230.0, 230.0, 230.0]
    each[at] = left_v

    outcome = mains.voltage([reading(*each)], NOMINAL_V)

    assert outcome.cause == "mains.phase_loss"
    assert f"L{at + 1} carries" in outcome.says


@given(st.sampled_from([50, 60]), st.lists(st.floats(45, 65), min_size=1, max_size=5))
def test_the_worst_second_of_a_frequency_counts(nominal: int, seen: Sequence[float]) -> None:
    outcome = mains.frequency(seen, nominal, "the board")

    low, high = mains.FREQUENCY_HZ[nominal]
    assert is_sound(outcome)
    assert (outcome.verdict is FAIL) == any(not low <= round(hz, 3) <= high for hz in seen)


@given(st.floats(0, 300))
def test_neutral_far_from_earth_fails_and_a_little_off_warns(earth_v: float) -> None:
    outcome = mains.polarity(earth_v, 230.0, "the board")

    assert is_sound(outcome)
    if abs(earth_v - 50) > 0.1:
        assert (outcome.verdict is FAIL) == (earth_v > 50)
    assert (outcome.verdict is PASS) == (earth_v <= 10)


# --- the meter


def line(lost: int = 0, p95_s: float | None = 0.19, registers: Sequence[int] = (5, 5, 6)) -> Outcome:
    return metering.line(
        metering.LineLook(
            readings=50, failures=(), counted={"timeouts": lost}, p95_answer_s=p95_s, registers_wh=tuple(registers)
        )
    )


@given(st.integers(0, 60))
def test_one_lost_answer_is_a_warning_and_two_are_a_failure(lost: int) -> None:
    assert line(lost).verdict is (PASS if lost == 0 else WARN if lost == 1 else FAIL)


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=10))
def test_a_register_that_falls_is_no_meter(registers: Sequence[int]) -> None:
    falls = any(later < earlier for earlier, later in pairwise(registers))

    assert (line(registers=registers).cause == "meter.implausible") == falls


def test_a_slow_meter_fails_and_one_that_tells_no_times_is_judged_by_its_losses() -> None:
    assert (line(p95_s=0.45).verdict, line(p95_s=None).verdict) == (FAIL, PASS)


@pytest.mark.parametrize(
    ("label", "told", "verdict"),
    [("0004711", "4711", PASS), ("ab12", "AB12", PASS), ("4712", "4711", FAIL), ("4711", "", PASS)],
)
def test_a_serial_number_is_compared_without_its_leading_zeros(label: str, told: str, verdict: Verdict) -> None:
    outcome = metering.identity(MeterIdentity(model="m", serial_number=told), label, must_sign=False, signs=False)

    assert outcome.verdict is verdict


@given(st.floats(0, 0.2), st.floats(-30, 30), st.integers(0, 3), st.floats(-0.06, 0.06))
def test_a_meter_at_rest_sees_nothing_and_the_voltage_of_the_board(
    current_a: float, power_w: float, counted_wh: int, off: float
) -> None:
    looks = [
        metering.RestLook(
            voltages_v=(230 * (1 + off),), currents_a=(current_a,), power_w=power_w, register_wh=wh, board_v=(230.0,)
        )
        for wh in (100, 100 + counted_wh)
    ]

    outcome = metering.at_rest(looks)

    is_right = current_a <= 0.05 and abs(power_w) <= 10 and counted_wh == 0 and abs(round(100 * off, 2)) <= 3
    assert is_sound(outcome)
    assert (outcome.verdict is PASS) == is_right


def test_the_worst_voltage_counts_whichever_way_it_is_off() -> None:
    looks = [
        metering.RestLook(voltages_v=(v,), currents_a=(0.0,), power_w=0.0, register_wh=1, board_v=(230.0,))
        for v in (220.0, 232.0)
    ]

    assert metering.at_rest(looks).verdict is FAIL


# --- under load


def load_run(*, share: float = 1.0, clamp: float | None = None, phases: int = 1, board: bool = True) -> LoadRun:
    """8 A on 230 V for 100 s; the meter shows `share` of it, and counts what it shows."""
    amperes = tuple(8.0 if at < phases else 0.0 for at in range(3))
    power_w = share * sum(amperes) * 230
    looks = tuple(
        LoadLook(
            at_s=at_s,
            voltages_v=(230.0,) * 3,
            currents_a=tuple(abs(share) * a for a in amperes),
            power_w=power_w,
            register_wh=None,
            board_v=(230.0,) * 3 if board else (),
            board_a=amperes if board else (),
        )
        for at_s in (0.0, 50.0, 100.0)
    )
    gained_wh = max(0, round(power_w * 100 / 3600))
    return LoadRun(
        rest_v=(230.0,) * 3, looks=looks, loaded=phases, closed_s=100.0, gained_wh=gained_wh, clamp_a=clamp, step_wh=1
    )


@given(st.floats(-2, 2), st.sampled_from([1, 3]))
def test_a_meter_passes_within_three_percent_of_the_board(share: float, phases: int) -> None:
    outcome = loaded.accuracy(load_run(share=share, phases=phases))

    assert is_sound(outcome)
    assert (outcome.verdict is PASS) == (abs(round(100 * (share - 1), 2)) <= 3)
    assert (outcome.cause == "meter.sign_or_phase") == (share < 0)


def test_without_a_second_instrument_a_meter_is_not_proven_and_with_a_clamp_it_is() -> None:
    alone = loaded.accuracy(load_run(board=False))

    assert alone.verdict is WARN
    assert alone.evidence["power_w"] == pytest.approx(1840)
    assert loaded.accuracy(load_run(board=False, clamp=8.1)).verdict is PASS
    assert loaded.accuracy(load_run(board=False, clamp=9.0)).verdict is FAIL


def test_a_clamp_on_one_of_three_even_phases_stands_for_all() -> None:
    assert loaded.accuracy(load_run(board=False, clamp=8.0, phases=3)).verdict is PASS


@given(st.floats(0, 4.3))
def test_less_than_a_kilowatt_judges_no_meter(clamp_a: float) -> None:
    assert loaded.accuracy(load_run(board=False, clamp=clamp_a)).verdict is Verdict.SKIP


def test_a_register_that_does_not_count_what_the_power_tells_fails() -> None:
    run = load_run()

    def counted(wh: int) -> Verdict:
        return loaded.accuracy(replace(run, gained_wh=wh)).verdict

    assert [counted(wh) for wh in (0, 48, 51, 53, 55)] == [FAIL, FAIL, PASS, PASS, FAIL]


permutations = st.permutations([1, 2, 3])
signs = st.tuples(*[st.sampled_from([1.0, -1.0])] * 3)


@given(permutations, signs)
def test_a_map_of_phases_passes_only_in_order_and_forward(order: Sequence[int], forward: tuple[float, ...]) -> None:
    rows = [
        directions.PhaseRow(
            phase=phase,
            meter_a=tuple(8.0 if order[phase - 1] == at else 0.0 for at in (1, 2, 3)),
            power_w=1840 * forward[phase - 1],
            board_a=tuple(8.0 if phase == at else 0.0 for at in (1, 2, 3)),
        )
        for phase in (1, 2, 3)
    ]

    outcome = directions.phase_map(rows, 3)

    is_right = list(order) == [1, 2, 3] and forward == (1.0, 1.0, 1.0)
    assert is_sound(outcome)
    assert outcome.verdict is (PASS if is_right else FAIL)
    assert outcome.cause == ("" if is_right else "meter.sign_or_phase")


@given(permutations)
def test_where_the_board_agrees_with_the_meter_it_is_not_the_meter(order: Sequence[int]) -> None:
    rows = [
        directions.PhaseRow(phase=phase, meter_a=seen, power_w=1840.0, board_a=seen)
        for phase in (1, 2, 3)
        for seen in [tuple(8.0 if order[phase - 1] == at else 0.0 for at in (1, 2, 3))]
    ]

    assert directions.phase_map(rows, 3).cause == ("" if list(order) == [1, 2, 3] else "mains.rotation")


def test_a_board_that_agrees_in_one_phase_only_does_not_clear_the_meter() -> None:
    second, third = (0.0, 8.0, 0.0), (0.0, 0.0, 8.0)
    rows = [
        directions.PhaseRow(phase=1, meter_a=second, power_w=1840.0, board_a=second),
        directions.PhaseRow(phase=2, meter_a=third, power_w=1840.0, board_a=second),
    ]

    assert directions.phase_map(rows, 3).cause == "meter.sign_or_phase"


@pytest.mark.parametrize(("share", "words"), directions.TURNED)
def test_the_share_of_a_balanced_load_names_what_is_turned(share: float, words: str) -> None:
    outcome = directions.sign({"power_w": 5520 * share, "apparent_va": 5520.0, "gained_wh": 9, "loaded": 3})

    assert outcome.verdict is FAIL
    assert words in outcome.says


@given(st.floats(0, 3), st.floats(4, 32))
def test_the_resistance_of_a_supply_is_the_voltage_lost_over_the_current(ohm: float, step_a: float) -> None:
    found = stiffness.steps({"rest_v": [230.0], "load_v": [230.0 - ohm * step_a], "load_a": [step_a]})

    assert found[0].ohm == pytest.approx(ohm)
    outcome = stiffness.supply(found, 16.0, 5.0, "a rule")
    assert is_sound(outcome)
    if min(abs(ohm - limit) for limit in (0.6, 1.0)) > 0.001:
        expected = FAIL if ohm > 1.0 else WARN if ohm > 0.6 else PASS
        assert outcome.verdict is expected


def test_a_thin_supply_warns_by_its_drop_at_the_rated_current_before_its_resistance_does() -> None:
    found = stiffness.steps({"rest_v": [230.0], "load_v": [230.0 - 0.4 * 8], "load_a": [8.0]})

    assert stiffness.supply(found, 32.0, 5.0, "a rule").verdict is WARN
    assert stiffness.supply(found, 16.0, 5.0, "a rule").verdict is PASS


def test_a_load_that_is_too_small_tells_no_resistance() -> None:
    assert stiffness.steps({"rest_v": [230.0], "load_v": [229.0], "load_a": [3.9]}) == ()
    assert stiffness.supply((), 16.0, 5.0, "a rule").verdict is Verdict.SKIP


# --- warmth


@given(st.lists(st.floats(-60, 120), min_size=1, max_size=5), st.none() | st.floats(-20, 40))
def test_temperatures_pass_within_the_bounds_of_their_place(each_c: Sequence[float], ambient_c: float | None) -> None:
    looks = [SensorLook(name=f"s{at}", place=f"p{at}", celsius=celsius) for at, celsius in enumerate(each_c)]
    low, high = (-35, 60) if ambient_c is None else (ambient_c - 8, ambient_c + 8)

    outcome = warmth.plausible(looks, ambient_c)

    assert is_sound(outcome)
    assert (outcome.verdict is PASS) == all(low <= celsius <= high for celsius in each_c)


@given(st.floats(0, 50), st.floats(0, 50))
def test_two_sensors_of_one_place_lie_within_ten_kelvins(one_c: float, other_c: float) -> None:
    looks = [SensorLook(name=name, place="terminal", celsius=c) for name, c in (("a", one_c), ("b", other_c))]

    assert (warmth.plausible(looks, None).verdict is PASS) == (round(abs(one_c - other_c), 1) <= 10)


def test_a_sensor_without_a_word_fails_and_a_warm_processor_does_not() -> None:
    assert warmth.plausible([SensorLook(name="t", place="terminal", celsius=None)], None).cause == "temp.sensor"
    assert warmth.plausible([SensorLook(name="c", place="controller", celsius=71.0)], 20.0).verdict is PASS


@given(st.floats(0, 60), factors)
def test_a_rise_counts_as_it_would_be_at_the_rated_current(rise_k: float, load: float) -> None:
    curve = tuple((60.0 * at, 20 + rise_k * min(1.0, at / 10)) for at in range(21))

    outcome = warmth.rise([Warming(place="terminal", curve=curve)], 32.0 * load, 32.0)

    assert (outcome.verdict is FAIL) == (round(rise_k / load**2, 1) > 40)


def test_what_still_rises_at_the_end_is_not_judged_done() -> None:
    curve = tuple((60.0 * at, 20 + 1.2 * at) for at in range(21))

    assert warmth.rise([Warming(place="terminal", curve=curve)], 32.0, 32.0).verdict is WARN


def test_what_rose_in_the_beginning_and_stands_now_is_done() -> None:
    curve = tuple((60.0 * at, 20 + 3.0 * min(10, at)) for at in range(21))

    assert warmth.rise([Warming(place="terminal", curve=curve)], 32.0, 32.0).verdict is PASS


@given(st.integers(1, 19))
def test_a_sensor_that_falls_silent_on_the_way_has_not_stayed_cool(last: int) -> None:
    whole, short = (Warming(place=name, curve=tuple((60.0 * at, 20.0) for at in range(until + 1)))
                    for name, until in (("terminal", 20), ("contactor", last)))  # fmt: skip

    outcome = warmth.rise([whole, short], 32.0, 32.0)

    assert (outcome.verdict, outcome.cause, "contactor" in outcome.says) == (FAIL, "temp.sensor", True)
