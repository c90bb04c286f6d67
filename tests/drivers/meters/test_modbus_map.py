"""Meters at the wire: who answers, what is believed, and what is told when it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.drivers.contract import MeterBench as ContractBench
from agent.drivers.contract import MeterContract
from agent.drivers.meters.maps import known_maps
from agent.drivers.meters.modbus_map import Options
from agent.errors import DriverError, DriverImplausible, DriverRejected, DriverUnavailable
from agent.tables import bind
from firmware_sim.meters.points import Reading
from firmware_sim.modbus_frames import refusal
from firmware_sim.virtual_loop import run
from tests.drivers.meters.bench import MeterBench, asked_blocks, over_rtu, over_tcp, reason, soon, with_a_meter
from tests.drivers.world import FIRST_WH

SDM630 = "eastron-sdm630"
WITHOUT_VOLTAGES = "eastron-sdm72d-m"
WITH_SHORT_VOLTAGES = "sunspec-meter"
"""Of one register, which has no words to swap."""


class TestOverRtu(MeterContract):
    def run(self, test: Callable[[ContractBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def on_a_line() -> None:
            async with over_rtu(missing=missing) as bench:
                await test(bench)

        run(on_a_line())


class TestOverTcp(MeterContract):
    def run(self, test: Callable[[ContractBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def behind_a_gateway() -> None:
            async with over_tcp(missing=missing) as bench:
                await test(bench)

        run(behind_a_gateway())


class TestCarloGavazziOverRtu(TestOverRtu):
    def run(self, test: Callable[[ContractBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def on_a_line() -> None:
            async with over_rtu("carlo-gavazzi-em24-din", missing=missing) as bench:
                await test(bench)

        run(on_a_line())


class TestSunSpecOverTcp(TestOverRtu):
    def run(self, test: Callable[[ContractBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def behind_a_gateway() -> None:
            async with over_tcp("sunspec-meter", missing=missing) as bench:
                await test(bench)

        run(behind_a_gateway())


class TestAbbOverRtu(TestOverRtu):
    def run(self, test: Callable[[ContractBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def on_a_line() -> None:
            async with over_rtu("abb-b2x", missing=missing) as bench:
                await test(bench)

        run(on_a_line())


# --- the good case


@pytest.mark.parametrize("map_id", known_maps())
def test_every_family_is_read_as_its_simulated_meter_shows(map_id: str) -> None:
    async def read(bench: MeterBench) -> None:
        sample = await bench.driver.read()

        assert sample.register_wh == FIRST_WH
        assert sample.power_w == 0
        if map_id != WITHOUT_VOLTAGES:
            assert sample.voltages_v[0] == pytest.approx(230, abs=1)
            assert sample.frequency_hz == pytest.approx(50)

    with_a_meter(read, map_id)


@pytest.mark.parametrize("map_id", known_maps())
def test_the_step_of_a_register_is_told_no_smaller_than_the_simulated_meter_moves_it(map_id: str) -> None:
    async def read(bench: MeterBench) -> None:
        await bench.driver.read()

        told = bench.driver.identity()
        assert told is not None and told.step_wh is not None
        assert told.step_wh >= bench.site.meter.model.energy_step_wh

    with_a_meter(read, map_id)


@settings(max_examples=60)
@given(
    map_id=st.sampled_from([id for id in known_maps() if id != WITHOUT_VOLTAGES]),
    amperes=st.tuples(*[st.integers(0, 320).map(lambda tenths: tenths / 10)] * 3),
    sign=st.sampled_from([1, -1]),
)
def test_any_load_is_told_as_it_is(map_id: str, amperes: tuple[float, float, float], sign: int) -> None:
    """Positive towards the car; amperes without a sign, as most families have them."""

    async def read(bench: MeterBench) -> None:
        honest = bench.site.meter._measure
        loads = [round(sign * 230 * current_a) for current_a in amperes]
        loaded: dict[str, Reading] = {"power_total": sum(loads)}
        for phase, current_a, power_w in zip((1, 2, 3), amperes, loads, strict=True):
            loaded |= {f"voltage_l{phase}": 230.0, f"current_l{phase}": current_a, f"power_l{phase}": power_w}
        bench.site.meter._measure = lambda: {**honest(), **loaded}

        sample = await bench.driver.read()

        phases = 3 if sample.voltages_v[1] is not None else 1
        assert sample.power_w == pytest.approx(sum(loads[:phases]))
        assert list(sample.currents_a[:phases]) == pytest.approx(list(amperes[:phases]))
        assert sample.voltages_v[:phases] == (230,) * phases
        assert sample.currents_a[phases:] == (None,) * (3 - phases)

    with_a_meter(read, map_id)


def test_a_second_reading_asks_only_for_the_plan() -> None:
    async def read(bench: MeterBench) -> None:
        await bench.driver.read()
        asked = asked_blocks(bench)

        await bench.driver.read()

        assert asked == [(4, 0, 76)]

    with_a_meter(read)


# --- blocks it does not answer


@pytest.mark.parametrize("silent", [True, False])
def test_a_unit_that_does_not_answer_long_reads_gets_short_ones(silent: bool) -> None:
    async def read(bench: MeterBench) -> None:
        meter = bench.site.meter
        bench.site.meter.model = replace(meter.model, longest_read=20)
        if silent:
            honest = meter.answer

            def answer(pdu: bytes) -> bytes:
                if pdu[0] == 4 and pdu[4] > 20:
                    meter.silent = True
                    asyncio.get_running_loop().call_later(0.3, setattr, meter, "silent", False)
                return honest(pdu)

            meter.answer = answer  # type: ignore[method-assign]  # silent where it would refuse
        sample = await bench.driver.read()
        asked = asked_blocks(bench)

        assert sample.register_wh == FIRST_WH
        assert (await bench.driver.read()).register_wh == FIRST_WH
        assert asked == [(4, 0, 18), (4, 0x34, 2), (4, 0x46, 4)]

    with_a_meter(read)


def test_a_meter_that_refuses_every_plan_is_told_as_refusing() -> None:
    async def read(bench: MeterBench) -> None:
        await bench.driver.read()
        bench.site.meter.answer = lambda pdu: refusal(pdu[0], 2)  # type: ignore[method-assign]

        text = await reason(bench, DriverRejected)

        assert text == (
            "address 1 on rs485 answers with exception 2 (address not known); check the map in the board file"
        )

    with_a_meter(read)


def test_a_meter_that_is_busy_is_unavailable_for_the_moment() -> None:
    async def read(bench: MeterBench) -> None:
        bench.site.meter.answer = lambda pdu: refusal(pdu[0], 6)  # type: ignore[method-assign]

        assert "exception 6 (device busy)" in await reason(bench, DriverUnavailable)

    with_a_meter(read)


# --- what it says wrongly


@pytest.mark.parametrize("map_id", [id for id in known_maps() if id not in (WITHOUT_VOLTAGES, WITH_SHORT_VOLTAGES)])
def test_swapped_words_are_told_with_the_order_to_set(map_id: str) -> None:
    async def read(bench: MeterBench) -> None:
        bench.site.meter.swapped = True
        text = await reason(bench, DriverImplausible)
        bench.site.meter.swapped = False

        first = "low" if bench.site.meter.model.low_word_first else "high"
        assert f"set the meter's register order so that the {first} word comes first" in text
        assert (await bench.driver.read()).register_wh == FIRST_WH

    with_a_meter(read, map_id)


def test_words_that_are_swapped_later_are_told_too() -> None:
    async def read(bench: MeterBench) -> None:
        await bench.driver.read()
        bench.site.meter.swapped = True

        assert "set the meter's register order so that the high word comes first" in await reason(
            bench, DriverImplausible
        )

    with_a_meter(read)


def test_phases_that_do_not_add_up_to_the_total_are_refused() -> None:
    async def read(bench: MeterBench) -> None:
        await bench.driver.read()
        honest = bench.site.meter._measure
        bench.site.meter._measure = lambda: {**honest(), "power_l2": 3_000.0}

        assert "phases that add up to 3000 W" in await reason(bench, DriverImplausible)

    with_a_meter(read)


def test_more_power_than_its_volts_and_amperes_make_is_refused() -> None:
    async def read(bench: MeterBench) -> None:
        await bench.driver.read()
        honest = bench.site.meter._measure
        bench.site.meter._measure = lambda: {**honest(), "power_l2": 3_000.0, "power_total": 3_000.0}

        assert "a power of 3000 W on L2, where" in await reason(bench, DriverImplausible)

    with_a_meter(read)


def test_a_meter_that_rests_under_load_is_told_as_frozen_and_believed_when_it_moves_again() -> None:
    async def read(bench: MeterBench) -> None:
        loaded = {"current_l1": 16.0, "power_l1": 3_600.0, "power_total": 3_600.0}
        honest = bench.site.meter._measure
        bench.site.meter._measure = lambda: {**honest(), **loaded}
        bench.site.meter.freeze(True)
        for _ in range(5):
            await bench.driver.read()
            await asyncio.sleep(11)
        await asyncio.sleep(5)

        text = await reason(bench, DriverImplausible)
        bench.site.meter.freeze(False)
        await asyncio.sleep(1)

        assert "tells the same values for 6" in text
        assert "while the 3600 W they tell make 6" in text
        assert (await bench.driver.read()).power_w == 3_600

    with_a_meter(read)


@pytest.mark.parametrize("knob", ["without_values", "all_zero"])
def test_a_meter_that_wakes_up_without_values_is_not_read_as_zero(knob: str) -> None:
    async def read(bench: MeterBench) -> None:
        setattr(bench.site.meter, knob, True)
        await reason(bench, DriverImplausible)
        setattr(bench.site.meter, knob, False)

        assert (await soon(bench)).register_wh == FIRST_WH

    with_a_meter(read)


def test_garbage_is_no_reading_and_is_counted() -> None:
    async def read(bench: MeterBench) -> None:
        await bench.driver.read()
        bench.site.meter.garbage = True
        await reason(bench, DriverUnavailable)
        bench.site.meter.garbage = False

        assert (await soon(bench)).register_wh == FIRST_WH
        counted = bench.line.statistics()["unit 1"]
        assert counted["damaged"] + counted["foreign"] + counted["timeouts"] > 0

    with_a_meter(read)


@settings(max_examples=25)
@given(flip_rate=st.sampled_from([0.001, 0.01]), seconds=st.integers(5, 30))
def test_bit_errors_never_become_a_wrong_register(flip_rate: float, seconds: int) -> None:
    async def read(bench: MeterBench) -> None:
        bench.site.meter_wire.flip_rate = flip_rate
        for _ in range(seconds):
            with suppress(DriverError):
                assert (await bench.driver.read()).register_wh == FIRST_WH
            await asyncio.sleep(1)
        bench.site.meter_wire.flip_rate = 0.0
        assert (await soon(bench)).register_wh == FIRST_WH

    with_a_meter(read)


@settings(max_examples=40)
@given(late_s=st.lists(st.floats(0, 4), min_size=2, max_size=8), map_id=st.sampled_from(known_maps()))
def test_however_late_a_meter_answers_its_register_is_the_register(late_s: list[float], map_id: str) -> None:
    """The mandatory regression of field-problems.md section 3, for whole meters: power never becomes energy."""

    async def read(bench: MeterBench) -> None:
        for delay_s in late_s:
            bench.site.meter.late_s = delay_s
            try:
                sample = await bench.driver.read()
            except DriverError:
                continue
            assert sample.register_wh == FIRST_WH
            assert sample.power_w == 0
        bench.site.meter.late_s = 0.0
        await asyncio.sleep(5)
        assert (await soon(bench)).register_wh == FIRST_WH

    with_a_meter(read, map_id)


# --- nobody there


def test_nobody_at_the_address_is_told_with_what_to_check() -> None:
    async def read(bench: MeterBench) -> None:
        assert await reason(bench, DriverUnavailable) == (
            "no answer from address 9 on rs485; check that A and B are not swapped, the baud rate, the address and "
            "the power"
        )

    with_a_meter(read, address=9)


def test_a_missing_adapter_is_told_with_what_to_check_and_found_later() -> None:
    async def read(bench: MeterBench) -> None:
        assert "is not there; check that the adapter is plugged in" in await reason(bench, DriverUnavailable)
        bench.site.meter_wire.appear()
        await bench.appear()

        assert (await bench.driver.read()).register_wh == FIRST_WH

    with_a_meter(read, missing=True)


def test_an_unknown_map_is_refused_with_the_nearest_one() -> None:
    _, (problem,) = bind(Options, {"bus": "rs485", "map": "eastron-sdm63", "address": 1})

    assert problem.key == ("map",)
    assert problem.what == 'there is no map "eastron-sdm63"; did you mean "eastron-sdm630"?'
