"""Who the meter is: the configured one is read, another one is named, and nothing is believed of a stranger."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.drivers.meters.maps import known_maps, load_map
from agent.errors import DriverError, DriverImplausible, DriverUnavailable
from firmware_sim.meter_models import MODELS
from tests.drivers.meters.bench import MeterBench, asked_blocks, reason, silent_to, with_a_meter
from tests.drivers.world import FIRST_WH

SDM630 = "eastron-sdm630"
TWINS = {("eastron-sdm120", "eastron-sdm230")}
"""Configured and present: no register tells them apart, and those that are read are the same."""


def test_another_model_at_the_address_is_named_with_the_map_that_fits() -> None:
    async def meet(bench: MeterBench) -> None:
        text = await reason(bench, DriverImplausible)

        assert text == (
            "address 1 on rs485 is no eastron-sdm630: its meter_code reads 0x0089; it looks like eastron-sdm72d-m-v2: "
            'check the address, or write map = "eastron-sdm72d-m-v2"'
        )

    with_a_meter(meet, SDM630, "eastron-sdm72d-m-v2")


@pytest.mark.parametrize("configured", known_maps())
def test_only_the_configured_family_is_believed(configured: str) -> None:
    """Any other is named where a register of its tells it, and never read."""

    async def meet(bench: MeterBench) -> None:
        for present, model in MODELS.items():
            if (configured, present) in TWINS:
                continue
            bench.site.meter.become(model)
            bench.start_anew()
            if configured == present:
                assert (await bench.driver.read()).register_wh == FIRST_WH
                continue
            text = await reason(bench, DriverError)
            assert f"is no {configured}: " in text or "check the map in the board file" in text
            assert present in text or not is_known_for_sure(present)

    with_a_meter(meet, configured)


def is_known_for_sure(map_id: str) -> bool:
    return bool(load_map(map_id).models or load_map(map_id).sunspec_models)


def test_the_stranger_is_asked_for_its_name_only_once() -> None:
    async def meet(bench: MeterBench) -> None:
        await reason(bench, DriverImplausible)
        asked = asked_blocks(bench)

        await reason(bench, DriverImplausible)

        assert len(asked) == 1

    with_a_meter(meet, SDM630, "abb-b2x")


def test_an_early_sdm630_without_a_code_is_known_by_its_voltages() -> None:
    async def meet(bench: MeterBench) -> None:
        model = bench.site.meter.model
        bench.site.meter.model = replace(model, identity={**model.identity, "meter_code": 0})

        assert (await bench.driver.read()).register_wh == FIRST_WH

    with_a_meter(meet)


def test_another_model_is_believed_as_soon_as_it_is_the_configured_one() -> None:
    async def exchange(bench: MeterBench) -> None:
        bench.site.meter.become(MODELS["carlo-gavazzi-em340"])
        assert "it looks like carlo-gavazzi-em340" in await reason(bench, DriverImplausible)

        bench.site.meter.become(MODELS["carlo-gavazzi-em24-din"])

        assert (await bench.driver.read()).register_wh == FIRST_WH

    with_a_meter(exchange, "carlo-gavazzi-em24-din")


@pytest.mark.parametrize("answer", ["refusal", "silence", "zero"])
def test_a_code_that_a_unit_does_not_have_is_no_reason_to_refuse_it(answer: str) -> None:
    async def meet(bench: MeterBench) -> None:
        model = MODELS["eastron-sdm120"]
        if answer == "zero":
            bench.site.meter.become(replace(model, identity={**model.identity, "meter_code": 0}))
        else:
            bench.site.meter.become(replace(model, points=tuple(one for one in model.points if one.function == 4)))
        if answer == "silence":
            silent_to(bench, function=3)

        assert (await bench.driver.read()).register_wh == FIRST_WH

    with_a_meter(meet, "eastron-sdm120")


def test_a_meter_without_a_code_is_not_believed_where_another_of_its_maker_is_known() -> None:
    async def meet(bench: MeterBench) -> None:
        assert await reason(bench, DriverImplausible) == (
            "address 1 on rs485 is no eastron-sdm230: another map of its maker knows it; it looks like "
            'eastron-sdm630: check the address, or write map = "eastron-sdm630"'
        )

    with_a_meter(meet, "eastron-sdm230", "eastron-sdm630")


def test_a_meter_that_was_exchanged_is_not_read_on() -> None:
    async def exchange(bench: MeterBench) -> None:
        await bench.driver.read()
        await bench.vanish()
        await reason(bench, DriverUnavailable)
        model = bench.site.meter.model
        bench.site.meter.model = replace(model, identity={**model.identity, "serial_number": 9})
        await bench.appear()

        text = await reason(bench, DriverImplausible)

        assert "has serial number 9, and until now it was 4711001" in text

    with_a_meter(exchange)
