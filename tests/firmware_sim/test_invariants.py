"""Each rule is seen to be broken by an outlet that breaks it, and by no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from firmware_sim.energy import EnergyRegisters, MemoryRegisters
from firmware_sim.ev import Car, CarTraits
from firmware_sim.invariants import (
    CURRENT_ABOVE_OFFER,
    LIVE_BEHIND_SHUNT,
    LIVE_WITHOUT_CAR,
    LIVE_WITHOUT_OFFER,
    LIVE_WITHOUT_REQUEST,
    Breach,
    WorldRules,
)
from firmware_sim.mains import Mains
from firmware_sim.outlet import Outlet
from firmware_sim.pilot_circuit import Drive
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run
from firmware_sim.world import World


class Station:
    """An outlet whose pins the test drives, under the rules."""

    def __init__(self) -> None:
        timeline = Timeline(asyncio.get_running_loop())
        self.registers = MemoryRegisters()
        self.world = World(timeline, seed=1)
        registers = EnergyRegisters(timeline, self.registers, "m", first_wh=10)
        self.outlet = Outlet(1, timeline, Mains(), registers, tethered=True)
        self.world.add_outlet(self.outlet)
        self.rules = WorldRules(self.world)
        self.outlet.supervise(True)
        self.car = Car(timeline, CarTraits(ready_delay_s=0.5), self.outlet.settle)

    async def charging(self) -> None:
        self.outlet.insert(self.car)
        self.outlet.drive_pilot(Drive.X2, 2666)
        await asyncio.sleep(2)
        self.outlet.energise(True)
        await asyncio.sleep(5)
        assert any(self.outlet.phase_ma())

    def stop(self) -> None:
        self.outlet.drive_pilot(Drive.X1, 0)


def breaches(story: Callable[[Station], Awaitable[None]]) -> list[str]:
    async def main() -> list[str]:
        station = Station()
        await story(station)
        station.rules.look()
        return [breach.rule for breach in station.rules.breaches]

    return run(main())


def test_a_charge_by_the_book_breaks_nothing() -> None:
    async def story(station: Station) -> None:
        await station.charging()
        station.stop()
        await asyncio.sleep(0.35)
        station.outlet.energise(False)
        await asyncio.sleep(1)
        station.outlet.remove()
        await asyncio.sleep(60)

    assert breaches(story) == []


@pytest.mark.parametrize(("open_after_s", "broken"), [(0.07, []), (0.09, [LIVE_WITHOUT_CAR])])
def test_contacts_open_within_100_ms_of_unplugging(open_after_s: float, broken: list[str]) -> None:
    async def story(station: Station) -> None:
        await station.charging()
        station.outlet.remove()
        await asyncio.sleep(open_after_s)
        station.outlet.energise(False)
        await asyncio.sleep(10)

    assert breaches(story) == broken


@pytest.mark.parametrize(("open_after_s", "broken"), [(0.07, []), (0.09, [LIVE_WITHOUT_REQUEST])])
def test_contacts_open_within_100_ms_of_the_car_stopping_to_ask(open_after_s: float, broken: list[str]) -> None:
    async def story(station: Station) -> None:
        await station.charging()
        station.car.suspend()
        await asyncio.sleep(0.3 + open_after_s)
        station.outlet.energise(False)
        await asyncio.sleep(10)

    assert breaches(story) == broken


@pytest.mark.parametrize(("open_after_s", "broken"), [(1.1, []), (1.3, [LIVE_BEHIND_SHUNT])])
def test_a_shunt_at_the_pilot_gives_the_board_a_second_to_find_out(open_after_s: float, broken: list[str]) -> None:
    async def story(station: Station) -> None:
        await station.charging()
        station.outlet.faults.leak_ohm = 10_000
        station.outlet.remove()
        await asyncio.sleep(open_after_s)
        station.outlet.energise(False)
        await asyncio.sleep(10)

    assert breaches(story) == broken


@pytest.mark.parametrize(("open_after_s", "broken"), [(6.0, []), (6.2, [LIVE_WITHOUT_OFFER])])
def test_contacts_open_six_seconds_after_the_offer_whatever_the_car_does(
    open_after_s: float, broken: list[str]
) -> None:
    async def story(station: Station) -> None:
        await station.charging()
        station.car.misbehave(ignores_stop=True)
        station.stop()
        await asyncio.sleep(open_after_s)
        station.outlet.energise(False)
        await asyncio.sleep(10)

    assert breaches(story) == broken


def test_a_car_that_draws_more_than_offered_for_five_seconds_is_found() -> None:
    class Greedy(Car):
        @property
        def behaves(self) -> bool:
            return True

    async def story(station: Station) -> None:
        station.car.__class__ = Greedy
        station.car.misbehave(excess_a=2)
        await station.charging()
        await asyncio.sleep(6)

    assert breaches(story) == [CURRENT_ABOVE_OFFER]


def test_a_known_wrongdoer_is_excused() -> None:
    async def story(station: Station) -> None:
        station.car.misbehave(excess_a=2)
        await station.charging()
        await asyncio.sleep(60)

    assert breaches(story) == []


def test_closing_without_a_car_that_asks_is_found() -> None:
    async def story(station: Station) -> None:
        station.outlet.energise(True)
        await asyncio.sleep(0.01)
        station.outlet.energise(False)
        await asyncio.sleep(1)

    assert breaches(story) == ["the board closes although no car asks for power"]


def test_a_welded_contactor_is_nobodys_will() -> None:
    async def story(station: Station) -> None:
        await station.charging()
        station.outlet.contactor.weld()
        station.outlet.remove()
        station.outlet.energise(False)
        await asyncio.sleep(60)

    assert breaches(story) == []


def test_a_register_that_falls_is_found() -> None:
    async def story(station: Station) -> None:
        timeline = station.world.timeline
        station.outlet.registers = EnergyRegisters(timeline, MemoryRegisters(), "other", first_wh=3)
        station.outlet.settle()

    assert breaches(story) == ["the meter register fell"]


def test_a_breach_says_when_where_and_what() -> None:
    assert str(Breach(1_500_000, 2, "the meter register fell")) == "1.500000 s, connector 2: the meter register fell"
