"""What an OpenEVSE finds wrong, as faults of the catalogue."""

from __future__ import annotations

import asyncio

import pytest

from agent.core.control_pilot import ContactorState
from agent.drivers.watching import until
from firmware_sim.breakage import break_it, heal
from firmware_sim.ev import CarTraits
from firmware_sim.openevse import Posture
from tests.drivers.openevse.bench import OpenEvseBench, on_an_openevse


@pytest.mark.parametrize(
    ("way", "fault", "state"),
    [
        ("rcd_ac", "rcd.ac_trip", ContactorState.OPEN),
        ("pe_lost", "pe.lost", ContactorState.OPEN),
        ("cp_diode", "cp.diode", ContactorState.OPEN),
        ("overtemp", "temp.board_stop", ContactorState.OPEN),
        ("no_close", "contactor.no_close", ContactorState.NO_CLOSE),
    ],
)
def test_what_the_controller_finds_wrong_is_told_and_not_hidden_by_sleep(
    way: str, fault: str, state: ContactorState
) -> None:
    async def break_down(bench: OpenEvseBench) -> None:
        await bench.charges()
        break_it(bench.site.world, way, 1, {})

        told = await until(bench.pilot.faults(), lambda faults: bool(faults))
        await bench.contactor.permit(False)
        await asyncio.sleep(3)

        assert [each.id for each in told] == [fault]
        assert bench.state().contactor is state
        assert [each.id for each in bench.state().faults] == [fault]
        assert not bench.is_live()

    on_an_openevse(break_down)


def test_a_relay_that_sticks_is_told_once_the_car_has_left() -> None:
    async def weld(bench: OpenEvseBench) -> None:
        await bench.charges()
        break_it(bench.site.world, "weld", 1, {})
        bench.plug_out()

        await until(bench.contactor.states(), lambda state: state is ContactorState.WELDED)

        assert [each.id for each in bench.state().faults] == ["contactor.welded"]

    on_an_openevse(weld)


def test_a_relay_that_stuck_while_the_line_was_away_is_found_all_the_same() -> None:
    async def weld(bench: OpenEvseBench) -> None:
        await bench.charges()
        bench.controller.wire.vanish()
        break_it(bench.site.world, "weld", 1, {})
        await asyncio.sleep(5)
        bench.controller.sleep()
        bench.plug_out()
        await bench.appear()

        await until(bench.contactor.states(), lambda state: state is ContactorState.WELDED)

    on_an_openevse(weld)


def test_after_a_charge_the_controller_is_woken_once_to_look_at_its_relay() -> None:
    async def leave(bench: OpenEvseBench) -> None:
        await bench.charges()
        await bench.contactor.permit(False)
        await asyncio.sleep(20)
        bench.plug_out()
        await asyncio.sleep(60)

        assert [words for words in bench.controller.line.heard if words[0] in ("FE", "FS")][1:] == [
            ("FE",), ("FS",), ("FE",), ("FS",),
        ]  # fmt: skip
        assert bench.controller.posture is Posture.ASLEEP

    on_an_openevse(leave)


def test_an_agent_that_ends_while_the_controller_looks_leaves_it_asleep() -> None:
    async def end(bench: OpenEvseBench) -> None:
        await bench.charges()
        bench.plug_out()
        await asyncio.sleep(0.7)
        assert bench.is_permitted(), "it looks"

        await bench.link.aclose()

        assert not bench.is_permitted()

    on_an_openevse(end)


def test_a_car_that_comes_while_the_controller_looks_at_its_relay_gets_nothing() -> None:
    async def come(bench: OpenEvseBench) -> None:
        await bench.charges()
        bench.plug_out()
        await asyncio.sleep(0.7)
        assert bench.is_permitted(), "it looks"
        closings = bench.site.outlet.contactor.closings
        bench.plug_in(CarTraits(ready_delay_s=0.0))
        await asyncio.sleep(30)

        assert bench.site.outlet.contactor.closings == closings
        assert bench.controller.posture is Posture.ASLEEP

    on_an_openevse(come)


def test_after_a_fault_that_the_plug_ended_the_controller_serves_nobody_by_itself() -> None:
    async def trip(bench: OpenEvseBench) -> None:
        await bench.charges()
        break_it(bench.site.world, "cp_diode", 1, {})
        await until(bench.pilot.faults(), lambda faults: bool(faults))
        bench.plug_out()
        heal(bench.site.world, "cp_diode")
        await asyncio.sleep(1)
        bench.plug_in()
        await asyncio.sleep(15)

        assert bench.controller.posture is Posture.ASLEEP
        assert not bench.is_live()

    on_an_openevse(trip)
