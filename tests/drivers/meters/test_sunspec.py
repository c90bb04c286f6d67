"""SunSpec devices: the list of models is found and walked, and its meter read as its own powers of ten say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.meters.maps import EXPONENTS, Value, load_map
from agent.drivers.meters.modbus_map import Options
from agent.drivers.meters.sunspec import MODELS_AT_MOST, NoSunSpec, places
from agent.drivers.modbus.answers import Refused
from agent.drivers.modbus.block import Block
from agent.errors import DriverError, DriverImplausible, DriverRejected, DriverUnavailable
from firmware_sim.meters.points import MeterModel
from firmware_sim.meters.sunspec import COMMON, INVERTER, LENGTHS, WYE, WYE_IN_FLOATS, sunspec_meter
from firmware_sim.virtual_loop import run
from tests.drivers.meters.bench import MeterBench, asked_blocks, over_rtu, over_tcp, reason, silent_to
from tests.drivers.world import FIRST_WH

Wire = Callable[[str], AbstractAsyncContextManager[MeterBench]]
NUMBERS = load_map("sunspec-meter")
MAP_OF = {WYE: "sunspec-meter", WYE_IN_FLOATS: "sunspec-meter-float"}
BEHIND_AN_OPTION = sunspec_meter("sunspec-meter", models=(COMMON, INVERTER, INVERTER, WYE))
HEADER = 1000
"""Where the model of the pure tests lies."""


@pytest.mark.parametrize("wire", [over_rtu, over_tcp], ids=["rtu", "tcp"])
@pytest.mark.parametrize("base", [40_000, 0, 50_000])
@pytest.mark.parametrize("model", MAP_OF)
def test_the_meter_is_found_behind_each_base(base: int, model: int, wire: Wire) -> None:
    async def body() -> None:
        async with wire(MAP_OF[model]) as bench:
            bench.site.meter.become(sunspec_meter("any", base=base, models=(COMMON, INVERTER, model)))

            sample = await bench.driver.read()

            assert sample.register_wh == FIRST_WH
            assert list(sample.voltages_v) == pytest.approx([230, 230, 230], abs=1)
            assert sample.frequency_hz == pytest.approx(50)
            assert sample.power_w == 0

    run(body())


def told(model: MeterModel, *, number: int = 1) -> str:
    """What the driver says of this device, for which nobody would look twice."""

    async def body() -> str:
        async with over_tcp("sunspec-meter", number=number) as bench:
            bench.site.meter.become(model)
            return await reason(bench, DriverImplausible)

    return run(body())


def test_a_meter_in_floats_is_named_with_its_map() -> None:
    assert told(sunspec_meter("any", models=(COMMON, WYE_IN_FLOATS))) == (
        "address 1 on rs485 is no sunspec-meter: it should have 1 of the SunSpec models 201, 202, 203, 204, and its "
        "models are 1, 213; it looks like sunspec-meter-float: check the address, or write map = "
        '"sunspec-meter-float"'
    )


def test_a_device_with_fewer_meters_than_asked_for_says_what_it_has() -> None:
    text = told(sunspec_meter("any", models=(COMMON, WYE, WYE)), number=3)

    assert "it should have 3 of the SunSpec models 201, 202, 203, 204, and its models are 1, 203, 203" in text


def test_the_second_meter_of_a_device_is_the_second() -> None:
    async def body() -> None:
        async with over_tcp("sunspec-meter", number=2) as bench:
            model = sunspec_meter("any", models=(COMMON, WYE, WYE))
            first = next(point.address for point in model.points if point.name == "model_1")
            bench.site.meter.become(model)
            asked = asked_blocks(bench)

            assert (await bench.driver.read()).register_wh == FIRST_WH
            assert asked[-1] == (3, first + 2 + LENGTHS[WYE], 55)

    run(body())


def test_only_a_sunspec_device_has_several_meters() -> None:
    with pytest.raises(ValueError, match="number: only SunSpec devices have several meters; leave it out"):
        Options(bus="rs485", map="eastron-sdm630", address=1, number=2)


def test_a_device_without_the_marker_is_told_where_it_was_looked_for() -> None:
    silent = MeterModel(id="any", points=sunspec_meter("any").points[1:], identity={})

    assert "is no sunspec-meter: no SunSpec marker at 40000, 0, 50000; check address and map" in told(silent)


def test_a_device_that_is_silent_to_all_of_it_is_unavailable() -> None:
    async def body() -> None:
        async with over_rtu("sunspec-meter") as bench:
            silent_to(bench, function=3)

            assert "no answer from address 1" in await reason(bench, DriverUnavailable)

    run(body())


@pytest.mark.parametrize(
    ("to", "kind", "words"),
    [
        (BEHIND_AN_OPTION, DriverImplausible, "another SunSpec model where the meter was; it is looked for again"),
        (sunspec_meter("sunspec-meter", base=0), DriverRejected, "exception 2"),
    ],
    ids=["behind an option", "to another base"],
)
def test_a_meter_that_moved_is_found_at_its_new_place(to: MeterModel, kind: type[DriverError], words: str) -> None:
    async def body() -> None:
        async with over_tcp("sunspec-meter") as bench:
            await bench.driver.read()
            bench.site.meter.become(to)

            assert words in await reason(bench, kind)
            assert (await bench.driver.read()).register_wh == FIRST_WH

    run(body())


# --- numbers and their powers of ten


def values(registers: dict[int, int]) -> dict[str, Value]:
    """Of the model in whole numbers with these registers, counted from its header; the others read 0."""
    here = NUMBERS.at(HEADER)
    (block,) = here.plans[0]
    return here.values(block, [registers.get(offset, 0) & 0xFFFF for offset in range(block.count)])


@given(raw=st.integers(-32_767, 32_767), exponent=st.sampled_from(EXPONENTS))
def test_a_value_is_its_number_times_the_power_beside_it(raw: int, exponent: int) -> None:
    found = values({19: raw, 22: exponent, 8: raw, 15: exponent})

    assert found["power_l1"] == pytest.approx(raw * 10.0**exponent)
    assert found["voltage_l1"] == pytest.approx(raw * 10.0**exponent)


@given(raw=st.integers(1, 0x7FFF_FFFF), exponent=st.integers(-3, 3))
def test_a_counter_is_whole_watt_hours_in_any_power_of_ten(raw: int, exponent: int) -> None:
    found = values({46: raw >> 16, 47: raw & 0xFFFF, 54: exponent})["energy_import_total"]

    assert found == (raw * 10**exponent if exponent >= 0 else raw // 10**-exponent)


@given(st.integers(-32_768, 32_767).filter(lambda exponent: exponent not in EXPONENTS))
def test_what_is_no_power_of_ten_makes_no_value(exponent: int) -> None:
    found = values({8: 2301, 15: exponent, 47: 1000, 54: exponent})

    assert (found["voltage_l1"], found["energy_import_total"]) == (None, None)


@pytest.mark.parametrize("pattern", [0, 0xFFFF_FFFF, 0x8000_0000])
def test_a_counter_that_a_device_does_not_have_is_none(pattern: int) -> None:
    assert values({46: pattern >> 16, 47: pattern & 0xFFFF, 54: 0})["energy_import_total"] is None


def test_a_number_that_a_device_does_not_have_is_none() -> None:
    found = values({3: 1602, 4: 0x8000, 6: -2})

    assert (found["current_l1"], found["current_l2"]) == (16.02, None)


# --- lists as no standard has them


async def walked(content: dict[int, int]) -> tuple[int, list[int]]:
    """How often a device with these registers is asked, and which models are found."""
    asked = 0

    async def ask(block: Block) -> tuple[int, ...]:
        nonlocal asked
        asked += 1
        registers = range(block.address, block.address + block.count)
        if any(one not in content for one in registers):
            raise Refused(2)
        return tuple(content[one] for one in registers)

    try:
        found = await places(ask)
    except NoSunSpec:
        found = ()
    return asked, [place.model for place in found]


MARKED = {0: 0x5375, 1: 0x6E53}


def test_a_list_without_an_end_ends_where_the_registers_do() -> None:
    assert asyncio.run(walked(MARKED | {2: 1, 3: 2, 4: 0, 5: 0, 6: 203, 7: 105}))[1] == [1, 203]


@given(st.lists(st.integers(0, 0xFFFF), min_size=2, max_size=400))
def test_whatever_stands_behind_the_marker_is_walked_in_few_steps(words: list[int]) -> None:
    asked, found = asyncio.run(walked(MARKED | dict(enumerate(words, start=2))))

    assert len(found) <= asked <= MODELS_AT_MOST + 5


def test_a_list_that_never_ends_is_left() -> None:
    content = dict.fromkeys(range(2, 1000), 0)

    assert len(asyncio.run(walked(MARKED | content))[1]) == MODELS_AT_MOST
