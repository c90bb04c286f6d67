"""The outlet joins pilot, car, contactor and meter; what it counts is what its cars take."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.energy import EnergyRegisters, MemoryRegisters
from firmware_sim.ev import Car, CarTraits
from firmware_sim.mains import Mains
from firmware_sim.outlet import Outlet
from firmware_sim.pilot_circuit import Drive
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run


def outlet_at(timeline: Timeline, *, tethered: bool = True) -> Outlet:
    made = Outlet(1, timeline, Mains(), EnergyRegisters(timeline, MemoryRegisters(), "m"), tethered=tethered)
    made.supervise(True)
    return made


ORDERS = st.one_of(
    st.tuples(st.just("offer"), st.floats(0, 51)),
    st.tuples(st.just("coil"), st.booleans()),
    st.tuples(st.just("volts"), st.floats(0, 300)),
    st.tuples(st.just("suspend"), st.booleans()),
    st.tuples(st.just("supervise"), st.booleans()),
    st.tuples(st.just("plug"), st.booleans()),
)


@given(st.lists(st.tuples(ORDERS, st.floats(0.01, 500)), max_size=25))
def test_the_meter_counts_exactly_what_the_cars_took(story: list[tuple[tuple[str, float], float]]) -> None:
    async def main() -> tuple[int, float]:
        timeline = Timeline(asyncio.get_running_loop())
        outlet = outlet_at(timeline)
        cars = [Car(timeline, CarTraits(), outlet.settle)]
        outlet.insert(cars[-1])
        for (order, value), lasts_s in story:
            match order:
                case "offer":
                    outlet.drive_pilot(Drive.X2 if value >= 6 else Drive.X1, round(value / 0.6 * 100))
                case "coil":
                    outlet.energise(bool(value))
                case "volts":
                    outlet.set_mains(Mains(volts=value))
                case "supervise":
                    outlet.supervise(bool(value))
                case "suspend":
                    cars[-1].suspend() if value else cars[-1].resume()
                case "plug" if outlet.plugged is None:
                    cars.append(Car(timeline, CarTraits(phases=1), outlet.settle))
                    outlet.insert(cars[-1])
                case "plug":
                    outlet.remove()
            await asyncio.sleep(lasts_s)
        return sum(outlet.registers.read_pj()), sum(car.energy_wh for car in cars) * 3.6e15

    counted_pj, taken_pj = run(main())

    assert abs(counted_pj - taken_pj) <= 1 + counted_pj * 1e-12


def test_the_coil_needs_the_safety_chain() -> None:
    async def main() -> list[bool]:
        outlet = outlet_at(Timeline(asyncio.get_running_loop()))
        seen = []
        outlet.energise(True)
        await asyncio.sleep(0.1)
        seen.append(outlet.contactor.main_closed)
        outlet.press_emergency_stop(True)
        await asyncio.sleep(0.1)
        seen.append(outlet.contactor.main_closed)
        outlet.press_emergency_stop(False)
        await asyncio.sleep(0.1)
        seen.append(outlet.contactor.main_closed)
        outlet.supervise(False)
        await asyncio.sleep(0.1)
        return [*seen, outlet.contactor.main_closed]

    assert run(main()) == [True, False, True, False]


def test_the_board_is_told_once_for_each_change_it_can_see() -> None:
    async def main() -> int:
        timeline = Timeline(asyncio.get_running_loop())
        outlet = outlet_at(timeline)
        told: list[int] = []
        outlet.board_notices = lambda: told.append(timeline.now_us())
        outlet.insert(Car(timeline, CarTraits(), outlet.settle))
        outlet.settle()
        outlet.settle()
        return len(told)

    assert run(main()) == 1


def test_a_disconnected_pilot_shows_the_car_nothing_and_the_board_its_own_level() -> None:
    async def main() -> tuple[float, int]:
        timeline = Timeline(asyncio.get_running_loop())
        outlet = outlet_at(timeline)
        outlet.insert(Car(timeline, CarTraits(), outlet.settle))
        outlet.drive_pilot(Drive.X2, 2666)
        outlet.disconnect_pilot(True)
        return outlet.offered_a(), outlet.pilot_window().high_mv

    assert run(main()) == (0.0, 12_000)


def test_a_socket_reads_the_cables_coding_and_a_tethered_outlet_has_none() -> None:
    async def main() -> list[int | None]:
        timeline = Timeline(asyncio.get_running_loop())
        socket, tethered = outlet_at(timeline, tethered=False), outlet_at(timeline)
        empty = socket.proximity_mv()
        socket.insert(Car(timeline, CarTraits(cable_a=20), socket.settle))
        return [empty, socket.proximity_mv(), tethered.proximity_mv()]

    assert run(main()) == [3_300, round(3_300 * 680 / 1_680), None]
