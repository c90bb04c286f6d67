"""The car: waits for the offer, draws at most what is offered, follows, pauses, fills up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.energy import EnergyRegisters, MemoryRegisters
from firmware_sim.ev import Car, CarTraits
from firmware_sim.mains import Mains
from firmware_sim.outlet import Outlet
from firmware_sim.pilot_circuit import Drive
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run

T = TypeVar("T")


class Place:
    """A car at an outlet whose board does what the test says, at once."""

    def __init__(self, traits: CarTraits) -> None:
        timeline = Timeline(asyncio.get_running_loop())
        self.outlet = Outlet(1, timeline, Mains(), EnergyRegisters(timeline, MemoryRegisters(), "m"), tethered=True)
        self.car = Car(timeline, traits, self.outlet.settle)
        self.peak_a = 0.0
        self.outlet.settled = self._settled
        self.outlet.supervise(True)
        self.outlet.insert(self.car)

    def offer(self, current_a: float) -> None:
        self.outlet.drive_pilot(Drive.X2 if current_a else Drive.X1, round(current_a / 0.6 * 100))

    def close(self, closed: bool = True) -> None:
        self.outlet.energise(closed)

    @property
    def current_a(self) -> float:
        return max(self.outlet.phase_ma()) / 1000

    def _settled(self) -> None:
        self.peak_a = max(self.peak_a, self.current_a)


def play(story: Callable[[Place], Awaitable[T]], **traits: float) -> T:
    async def main() -> T:
        return await story(Place(CarTraits(**traits)))  # type: ignore[arg-type]

    return run(main())


def test_a_car_without_an_offer_never_asks() -> None:
    async def story(place: Place) -> bool:
        await asyncio.sleep(3_600)
        return place.car.asks_for_power

    assert play(story) is False


def test_a_car_asks_after_its_delay_once_there_is_an_offer() -> None:
    async def story(place: Place) -> tuple[bool, bool]:
        place.offer(16)
        await asyncio.sleep(1.9)
        before = place.car.asks_for_power
        await asyncio.sleep(0.2)
        return before, place.car.asks_for_power

    assert play(story, ready_delay_s=2.0) == (False, True)


def test_a_car_draws_nothing_while_the_contactor_is_open() -> None:
    async def story(place: Place) -> float:
        place.offer(16)
        await asyncio.sleep(60)
        return place.peak_a

    assert play(story) == 0


def test_a_car_draws_what_it_can_where_more_is_offered() -> None:
    async def story(place: Place) -> float:
        place.offer(32)
        place.close()
        await asyncio.sleep(20)
        return place.current_a

    assert play(story, current_a=13) == 13


@given(offered=st.floats(6, 51), own=st.floats(6, 32))
def test_a_car_never_draws_more_than_is_offered(offered: float, own: float) -> None:
    async def story(place: Place) -> tuple[float, float]:
        place.offer(offered)
        place.close()
        await asyncio.sleep(30)
        return place.peak_a, place.outlet.offered_a()

    peak_a, read_a = play(story, current_a=own)

    assert peak_a == pytest.approx(min(own, read_a), abs=0.001)
    assert peak_a <= read_a


@given(st.floats(6, 32), st.floats(6, 32), st.floats(0.1, 10))
def test_a_car_has_followed_a_lower_offer_after_five_seconds(first: float, second: float, between_s: float) -> None:
    async def story(place: Place) -> tuple[float, float]:
        place.offer(first)
        place.close()
        await asyncio.sleep(2 + between_s)
        place.offer(second)
        await asyncio.sleep(5)
        return place.current_a, place.outlet.offered_a()

    current_a, read_a = play(story, current_a=32)

    assert current_a <= read_a


def test_current_rises_in_steps_of_four_amperes() -> None:
    async def story(place: Place) -> list[float]:
        seen: list[float] = []
        place.outlet.settled = lambda: seen.append(place.current_a)
        place.offer(16)
        place.close()
        await asyncio.sleep(10)
        return sorted(dict.fromkeys(seen))

    assert play(story) == [0, 6, 10, 14, 16]


def test_a_car_stops_drawing_and_asking_soon_after_the_offer_goes() -> None:
    async def story(place: Place) -> tuple[float, bool, bool]:
        place.offer(16)
        place.close()
        await asyncio.sleep(10)
        place.offer(0)
        current_a = place.current_a
        await asyncio.sleep(0.2)
        asked = place.car.asks_for_power
        await asyncio.sleep(0.2)
        return current_a, asked, place.car.asks_for_power

    assert play(story) == (0, True, False)


def test_a_stubborn_car_draws_on_without_an_offer() -> None:
    async def story(place: Place) -> tuple[float, bool]:
        place.offer(16)
        place.close()
        await asyncio.sleep(10)
        place.car.misbehave(ignores_stop=True)
        place.offer(0)
        await asyncio.sleep(60)
        return place.current_a, place.car.behaves

    assert play(story) == (16, False)


def test_suspend_opens_the_switch_and_resume_closes_it() -> None:
    async def story(place: Place) -> list[tuple[bool, float]]:
        place.offer(16)
        place.close()
        await asyncio.sleep(10)
        place.car.suspend()
        seen = []
        await asyncio.sleep(1)
        seen.append((place.car.asks_for_power, place.current_a))
        place.car.resume()
        await asyncio.sleep(10)
        seen.append((place.car.asks_for_power, place.current_a))
        return seen

    assert play(story) == [(False, 0), (True, 16)]


@pytest.mark.parametrize("energy_wh", [1, 137.5, 2_000])
def test_a_full_car_stops_at_its_energy_to_the_microsecond(energy_wh: float) -> None:
    async def story(place: Place) -> tuple[float, bool, bool, float]:
        place.offer(16)
        place.close()
        await asyncio.sleep(3_600)
        counted_wh = sum(place.outlet.registers.read_pj()) / 3.6e15
        return place.car.energy_wh, place.car.is_full, place.car.asks_for_power, counted_wh

    taken_wh, is_full, asks, counted_wh = play(story, energy_wh=energy_wh)

    assert (is_full, asks) == (True, False)
    assert energy_wh <= taken_wh < energy_wh + 0.001
    assert counted_wh == taken_wh


def test_a_car_that_leaves_under_load_is_counted_and_takes_its_current_with_it() -> None:
    async def story(place: Place) -> tuple[int, float]:
        place.offer(16)
        place.close()
        await asyncio.sleep(10)
        place.outlet.remove()
        return place.outlet.unplugged_under_load, place.current_a

    assert play(story) == (1, 0)


def test_phases_that_are_missing_carry_nothing() -> None:
    async def story(place: Place) -> tuple[int, int, int]:
        place.offer(16)
        place.close()
        place.outlet.set_mains(Mains(phases=2))
        await asyncio.sleep(10)
        return place.outlet.phase_ma()

    assert play(story) == (16_000, 16_000, 0)


@pytest.mark.parametrize(
    ("traits", "complaint"),
    [
        ({"ready_delay_s": -1}, "a delay cannot be negative"),
        ({"current_a": 5}, "current_a: 5 is outside 6…80 A"),
        ({"phases": 4}, "phases: 4 is not 1, 2 or 3"),
        ({"energy_wh": 0}, "energy_wh: 0 must be above 0"),
        ({"cable_a": 16}, "cable_a: 16 is not a cable coding"),
    ],
)
def test_a_car_that_cannot_be_is_refused_in_words(traits: dict[str, float], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        CarTraits(**traits)  # type: ignore[arg-type]
