"""Three meters on one line of 9600 baud: how old their values become, whatever one of them does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.virtual_loop import run
from tests.drivers.meters.shared_line import FIRST_WH, POWER_W, UNITS, SharedLine, shared_line
from tests.searching import costly

SETTLED_S = 10.0
MINUTE_S = 60.0
A_TURN_S = 0.26
"""Of an SDM630 at 9600 baud: 8 + 157 bytes, 20 ms of its own, and 60 ms of silence in front."""
PATIENCE_S = 0.5


def read_for_a_minute(
    disturb: Callable[[SharedLine], Awaitable[None] | None], judge: Callable[[SharedLine], None]
) -> None:
    """All three settled, then disturbed for a minute, then judged."""

    async def body() -> None:
        async with shared_line() as line:
            await asyncio.sleep(SETTLED_S)
            disturb(line)
            await asyncio.sleep(MINUTE_S)
            judge(line)

    run(body())


def nothing(_line: SharedLine) -> None:
    """A good day."""


def all_values_are_true(line: SharedLine) -> bool:
    """Whatever was told was so: the meters share one load, and its register is known at every moment."""
    return all(
        sample.power_w == pytest.approx(POWER_W)
        and sample.currents_a == pytest.approx((10.0, 10.0, 10.0))
        # It was true when the meter put it into its answer, a turn before the answer was here.
        and sample.register_wh == pytest.approx(FIRST_WH + POWER_W * sample.at.monotonic_s / 3600, abs=5)
        for samples in line.samples.values()
        for sample in samples
    )


def test_energy_power_and_currents_of_three_meters_are_new_once_a_second() -> None:
    def judge(line: SharedLine) -> None:
        for unit in UNITS:
            assert max(line.gaps_s(unit, SETTLED_S)) < 1.001
        assert all_values_are_true(line)

    read_for_a_minute(nothing, judge)


def test_a_dead_meter_costs_its_neighbours_one_wait_every_five_seconds() -> None:
    def die(line: SharedLine) -> None:
        line.meters[3].silent = True

    def judge(line: SharedLine) -> None:
        for unit in (1, 2):
            gaps_s = line.gaps_s(unit, SETTLED_S)
            assert median(gaps_s) == pytest.approx(1.0)
            # Patience for 76 registers, the silence behind it, and the turns of both.
            assert max(gaps_s) < 2 * PATIENCE_S + 0.17 + 2 * A_TURN_S
            assert len(gaps_s) > 55
        assert line.bus.statistics()["unit 3"]["timeouts"] < 20

    read_for_a_minute(die, judge)


def test_a_meter_whose_answers_come_after_its_time_costs_no_more() -> None:
    def slow_down(line: SharedLine) -> None:
        line.meters[3].late_s = PATIENCE_S + 0.1

    def judge(line: SharedLine) -> None:
        for unit in (1, 2):
            gaps_s = line.gaps_s(unit, SETTLED_S)
            assert median(gaps_s) == pytest.approx(1.0)
            assert max(gaps_s) < 2.2
        assert all_values_are_true(line)

    read_for_a_minute(slow_down, judge)


def test_a_meter_that_is_slow_and_answers_gets_its_time_and_no_more() -> None:
    def slow_down(line: SharedLine) -> None:
        line.meters[3].late_s = PATIENCE_S - 0.1

    def judge(line: SharedLine) -> None:
        for unit in UNITS:
            assert max(line.gaps_s(unit, SETTLED_S + 5)) < 3 * A_TURN_S + 0.4 + 0.01
        assert all_values_are_true(line)

    read_for_a_minute(slow_down, judge)


def test_a_dead_meter_that_is_back_is_read_within_six_seconds() -> None:
    async def body() -> None:
        async with shared_line() as line:
            await asyncio.sleep(SETTLED_S)
            line.meters[3].silent = True
            await asyncio.sleep(MINUTE_S)
            heard = len(line.samples[3])
            line.meters[3].silent = False
            await asyncio.sleep(6.0)

            assert len(line.samples[3]) > heard

    run(body())


def test_meters_that_are_all_silent_are_asked_as_often_as_ever() -> None:
    """Nobody is there who would want the line, and whoever comes back first is heard first."""

    async def body() -> None:
        async with shared_line() as line:
            await asyncio.sleep(SETTLED_S)
            for meter in line.meters.values():
                meter.silent = True
            await asyncio.sleep(MINUTE_S)
            line.meters[2].silent = False
            heard = len(line.samples[2])
            await asyncio.sleep(5.0)

            assert len(line.samples[2]) > heard

    run(body())


@costly(30, search=1_000)
@given(
    unit=st.sampled_from(UNITS),
    knob=st.sampled_from(["silent", "garbage", "swapped", "without_values", "all_zero", "late_s"]),
    late_s=st.floats(0.0, 3.0),
)
def test_whatever_one_meter_does_the_others_are_read_and_true(unit: int, knob: str, late_s: float) -> None:
    def break_it(line: SharedLine) -> None:
        setattr(line.meters[unit], knob, late_s if knob == "late_s" else True)

    def judge(line: SharedLine) -> None:
        for other in set(UNITS) - {unit}:
            assert max(line.gaps_s(other, SETTLED_S)) < 2.6
        assert all_values_are_true(line)

    read_for_a_minute(break_it, judge)
