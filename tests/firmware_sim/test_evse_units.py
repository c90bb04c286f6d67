"""The simulated controllers on Modbus do what their papers say, also where that is odd; nobody talks to them here."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from firmware_sim.arguments import BadArgument, NotNow
from firmware_sim.breakage import NEEDS_MODBUS_EVSE
from firmware_sim.evse_units.bender import Bender
from firmware_sim.evse_units.phoenix import PhoenixEthernet, PhoenixSerial
from firmware_sim.evse_units.simple_evse import SimpleEvse
from firmware_sim.evse_units.unit import ModbusEvse
from firmware_sim.modbus_frames import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE
from firmware_sim.modbus_unit import Table
from firmware_sim.verbs import perform
from firmware_sim.virtual_loop import run
from tests.drivers.world import Charger, charger

Make = TypeVar("Make", bound=ModbusEvse)
BOARDS = {
    SimpleEvse: "sim-simple-evse",
    PhoenixSerial: "sim-phoenix-serial",
    PhoenixEthernet: "sim-phoenix-ethernet",
    Bender: "sim-bender",
}
HOLDING, COILS = Table.HOLDING, Table.COILS


def alone(make: type[Make], test: Callable[[Charger, Make], Awaitable[None]]) -> None:
    """A controller that nobody talks to; where there is a cut-off, somebody holds it."""

    async def body() -> None:
        async with charger(name=BOARDS[make]) as site:
            assert isinstance(site.board, make)
            site.outlet.switch_cut_off(True)
            await asyncio.sleep(1)
            await test(site, site.board)

    run(body())


def asked(evse: ModbusEvse, function: int, address: int, value: int) -> bytes:
    answer = evse.unit.answer(struct.pack(">BHH", function, address, value))
    assert answer is not None
    return answer


# --- SimpleEVSE


def test_a_simple_evse_left_alone_serves_anybody_and_goes_on_for_ever() -> None:
    async def wait(site: Charger, _evse: SimpleEvse) -> None:
        site.plug_in()
        await asyncio.sleep(600)

        assert site.outlet.is_live
        assert site.outlet.offered_a() == pytest.approx(32, abs=0.1)

    alone(SimpleEvse, wait)


@pytest.mark.parametrize("amps", [1, 5])
def test_less_than_six_amperes_are_taken_and_offer_nothing(amps: int) -> None:
    async def set_little(site: Charger, evse: SimpleEvse) -> None:
        evse.write(HOLDING, 1000, amps)
        site.plug_in()
        await asyncio.sleep(3)

        assert evse.read(HOLDING, 1000) == amps
        assert site.outlet.offered_a() == 0

    alone(SimpleEvse, set_little)


def test_after_a_loss_of_power_it_offers_what_was_set_for_that() -> None:
    async def restart(site: Charger, evse: SimpleEvse) -> None:
        site.plug_in()
        for at_start, offered_a in ((0, 0), (10, 10)):
            evse.write(HOLDING, 2000, at_start)
            evse.reset("power")
            assert site.outlet.offered_a() == 0
            await asyncio.sleep(3)
            assert site.outlet.offered_a() == pytest.approx(offered_a, abs=0.1)

    alone(SimpleEvse, restart)


@pytest.mark.parametrize(("version", "bit"), [(15, 0x20), (8, 0x10)])
def test_the_bit_of_a_residual_current_depends_on_the_firmware(version: int, bit: int) -> None:
    async def leak(site: Charger, evse: SimpleEvse) -> None:
        evse.version = version
        site.plug_in()
        await asyncio.sleep(5)
        site.outlet.parts.residual.leak(ac_ma=40.0)
        await asyncio.sleep(1)

        assert evse.read(HOLDING, 1007) == bit
        assert evse.read(HOLDING, 1002) == 5
        assert not site.outlet.is_live

    alone(SimpleEvse, leak)


def test_it_knows_two_functions() -> None:
    async def ask(_site: Charger, evse: SimpleEvse) -> None:
        assert asked(evse, 3, 1000, 10)[0] == 3
        assert asked(evse, 4, 1000, 10) == bytes((0x84, ILLEGAL_FUNCTION))
        assert asked(evse, 3, 1000, 11) == bytes((0x83, ILLEGAL_ADDRESS))

    alone(SimpleEvse, ask)


# --- Phoenix


def test_a_serial_phoenix_as_delivered_asks_its_input_and_not_its_coil() -> None:
    async def enable(site: Charger, evse: PhoenixSerial) -> None:
        site.plug_in()
        evse.write(COILS, 20000, 1)
        await asyncio.sleep(3)
        before = site.outlet.is_live
        evse.write(HOLDING, 4000, 3)
        await asyncio.sleep(4)

        assert (before, site.outlet.is_live) == (False, True)
        assert evse.read(HOLDING, 24000) == 0x4332

    alone(PhoenixSerial, enable)


def test_a_serial_phoenix_loses_its_leave_with_its_power() -> None:
    async def restart(site: Charger, evse: PhoenixSerial) -> None:
        evse.write(HOLDING, 4000, 3)
        evse.write(COILS, 20000, 1)
        evse.reset("power")
        site.plug_in()
        await asyncio.sleep(5)

        assert (evse.read(HOLDING, 4000), evse.read(COILS, 20000)) == (3, 0)
        assert not site.outlet.is_live

    alone(PhoenixSerial, restart)


def test_a_serial_phoenix_refuses_what_no_pilot_can_say_and_counts_the_seconds_of_the_plug() -> None:
    async def plug(site: Charger, evse: PhoenixSerial) -> None:
        assert asked(evse, 6, 22000, 5) == bytes((0x86, ILLEGAL_VALUE))
        site.plug_in()
        await asyncio.sleep(3_700)
        assert (evse.read(HOLDING, 24020), evse.read(HOLDING, 24019) >> 8) == (1, 1)

        site.plug_out()
        await asyncio.sleep(1)
        assert (evse.read(HOLDING, 24020), evse.read(HOLDING, 24019)) == (0, 0)

    alone(PhoenixSerial, plug)


def test_tenths_in_a_device_of_whole_amperes_are_clipped_to_all_it_has() -> None:
    async def set_tenths(site: Charger, evse: PhoenixEthernet) -> None:
        evse.write(HOLDING, 528, 160)
        evse.write(COILS, 400, 1)
        site.plug_in()
        await asyncio.sleep(2)

        assert site.outlet.offered_a() == pytest.approx(32, abs=0.1)

    alone(PhoenixEthernet, set_tenths)


# --- Bender


def test_a_bender_that_hears_nothing_falls_to_its_safe_current_and_comes_back_with_a_word() -> None:
    async def fall_silent(site: Charger, evse: Bender) -> None:
        evse.write(HOLDING, 131, 0)
        evse.write(HOLDING, 132, 10)
        evse.write(HOLDING, 1000, 16)
        asked(evse, 3, 122, 1)
        site.plug_in()
        await asyncio.sleep(9)
        before = site.outlet.is_live
        await asyncio.sleep(8)
        assert (before, site.outlet.is_live) == (True, False)

        asked(evse, 3, 122, 1)
        await asyncio.sleep(1)
        assert site.outlet.offered_a() == pytest.approx(16, abs=0.1)

    alone(Bender, fall_silent)


# --- all of them


@pytest.mark.parametrize("make", BOARDS)
def test_a_car_that_does_not_stop_is_opened_under_load(make: type[ModbusEvse]) -> None:
    async def ignore(site: Charger, evse: ModbusEvse) -> None:
        for address, value in {4000: 3, 20000: 1, 400: 1, 1000: 16}.items():
            for table in (HOLDING, COILS):
                if (table, address) in evse.values:
                    evse.write(table, address, value)
        site.plug_in()
        await asyncio.sleep(5)
        was_live = site.outlet.is_live
        site.outlet.plugged.ignores_stop = True  # type: ignore[union-attr]  # a car
        for address in (20000, 400, 1000):
            for table in (HOLDING, COILS):
                if (table, address) in evse.values:
                    evse.write(table, address, 0)
        await asyncio.sleep(7)

        assert was_live
        assert not site.outlet.is_live

    alone(make, ignore)


PASSING = ("evse_other_master", "evse_swallows")
"""Over when they have happened."""
MAKE_OF = {
    "evse_letter": PhoenixSerial,
    "evse_exchanged": PhoenixEthernet,
    "evse_time_out_dead": Bender,
}


@pytest.mark.parametrize("name", NEEDS_MODBUS_EVSE)
def test_each_way_to_break_one_can_be_mended_and_needs_one(name: str) -> None:
    async def story(site: Charger, _evse: ModbusEvse) -> None:
        await perform(site.world, "fault", {"name": name, "connector": 1})
        broken = [fault["name"] for fault in site.world.status()["faults"]]
        assert broken == ([] if name in PASSING else [name])
        await perform(site.world, "heal", {})
        assert site.world.status()["faults"] == []

    async def without() -> None:
        async with charger() as site:
            with pytest.raises(NotNow, match="run a board that has"):
                await perform(site.world, "fault", {"name": name, "connector": 1})

    alone(MAKE_OF.get(name, SimpleEvse), story)
    run(without())


def test_a_way_of_one_make_is_refused_by_another_and_a_register_must_be_there() -> None:
    async def story(site: Charger, _evse: SimpleEvse) -> None:
        with pytest.raises(NotNow, match="only phoenix-serial"):
            await perform(site.world, "fault", {"name": "evse_letter", "connector": 1})
        with pytest.raises(BadArgument, match="no 77"):
            await perform(site.world, "fault", {"name": "evse_other_master", "connector": 1, "address": 77})

    alone(SimpleEvse, story)
