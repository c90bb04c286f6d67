"""A contactor made of a plain switch and a pilot: closed for a car that asks, is permitted, and is heard."""

from __future__ import annotations

import asyncio

import pytest

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.identity import PlugIdentity
from agent.drivers.interfaces import AssembledContactor
from agent.drivers.power_path.joining import joined
from agent.drivers.power_path.switched import SwitchedContactor
from agent.drivers.watching import becomes_unavailable, first, until
from agent.errors import DriverRejected, DriverUnavailable
from tests.drivers.power_path.paper import PLUG, PaperPilot, PaperSwitch, kept, reading


class Bench:
    def __init__(self) -> None:
        self.pilot, self.switch = PaperPilot(), PaperSwitch()
        contactor = joined(self.switch, self.pilot, None)
        assert isinstance(contactor, SwitchedContactor)
        self.contactor = contactor

    def is_closed(self) -> bool:
        return self.switch.closed.value

    async def plug_in(self) -> None:
        self.pilot.tell(reading(PilotState.B))
        await asyncio.sleep(0.01)

    async def charge(self) -> None:
        await self.plug_in()
        await self.contactor.permit(True, PLUG)
        self.pilot.tell(reading(PilotState.C, 16.0))
        await asyncio.sleep(0.01)
        assert self.is_closed()


def test_a_plain_switch_becomes_a_contactor_of_parts() -> None:
    assert isinstance(Bench().contactor, AssembledContactor)


def test_permission_and_request_close_it_in_whatever_order() -> None:
    bench = Bench()

    async def story() -> None:
        await bench.plug_in()
        bench.pilot.tell(reading(PilotState.C, 16.0))
        await asyncio.sleep(0.01)
        assert not bench.is_closed()
        await bench.contactor.permit(True, PLUG)
        assert bench.is_closed()
        assert await first(bench.contactor.states()) in (ContactorState.OPEN, ContactorState.CLOSED)
        await until(bench.contactor.states(), lambda state: state is ContactorState.CLOSED)
        await bench.contactor.permit(False)
        assert not bench.is_closed()

    kept(bench.contactor, story)


@pytest.mark.parametrize("state", [PilotState.A, PilotState.B, PilotState.D, PilotState.E, PilotState.UNKNOWN])
def test_it_opens_when_the_car_leaves_state_c(state: PilotState) -> None:
    bench = Bench()

    async def story() -> None:
        await bench.charge()
        bench.pilot.tell(reading(state))
        await asyncio.sleep(0.01)
        assert not bench.is_closed()

    kept(bench.contactor, story)


def test_it_opens_when_the_pilot_falls_silent_and_takes_a_new_permission_then() -> None:
    bench = Bench()

    async def story() -> None:
        await bench.charge()
        bench.pilot.tell(None)
        await asyncio.sleep(0.01)
        assert not bench.is_closed()
        with pytest.raises(DriverUnavailable, match=r"pilot is not heard.*check"):
            await bench.contactor.permit(True, PLUG)

        bench.pilot.tell(reading(PilotState.C, 16.0))
        await asyncio.sleep(2.0)
        assert not bench.is_closed()
        await bench.contactor.permit(True, PLUG)
        assert bench.is_closed()

    kept(bench.contactor, story)


def test_a_car_that_is_offered_nothing_any_more_is_cut_after_three_seconds() -> None:
    bench = Bench()

    async def story() -> None:
        await bench.charge()
        bench.pilot.tell(reading(PilotState.C, 0.0))
        await asyncio.sleep(2.9)
        assert bench.is_closed()
        await asyncio.sleep(0.2)
        assert not bench.is_closed()

    kept(bench.contactor, story)


def test_held_open_it_is_open_for_everybody_and_takes_a_new_permission_afterwards() -> None:
    bench = Bench()

    async def story() -> None:
        await bench.charge()
        await bench.contactor.hold_open(True)
        assert not bench.is_closed()
        with pytest.raises(DriverRejected, match=r"held open; check"):
            await bench.contactor.permit(True, PLUG)
        await bench.contactor.hold_open(False)
        bench.pilot.tell(reading(PilotState.C, 15.0))
        await asyncio.sleep(1.0)
        assert not bench.is_closed()
        await bench.contactor.permit(True, PLUG)
        assert bench.is_closed()

    kept(bench.contactor, story)


def test_a_closing_that_was_refused_is_ordered_anew_by_the_next_permission() -> None:
    bench = Bench()

    async def story() -> None:
        await bench.plug_in()
        bench.pilot.tell(reading(PilotState.C, 16.0))
        await asyncio.sleep(0.01)
        bench.switch.refusals = 1
        with pytest.raises(DriverUnavailable, match="check"):
            await bench.contactor.permit(True, PLUG)
        bench.pilot.tell(reading(PilotState.C, 15.0))
        await asyncio.sleep(1.0)
        assert not bench.is_closed()

        await bench.contactor.permit(True, PLUG)
        assert bench.is_closed()

    kept(bench.contactor, story)


def test_a_closing_that_was_refused_when_the_car_asked_is_ordered_anew_by_its_next_word() -> None:
    bench = Bench()

    async def story() -> None:
        await bench.plug_in()
        await bench.contactor.permit(True, PLUG)
        bench.switch.refusals = 1
        bench.pilot.tell(reading(PilotState.C, 16.0))
        await asyncio.sleep(1.0)
        assert not bench.is_closed()

        bench.pilot.tell(reading(PilotState.C, 15.0))
        await asyncio.sleep(0.01)
        assert bench.is_closed()

    kept(bench.contactor, story)


def test_a_permission_for_another_plug_is_refused() -> None:
    bench = Bench()

    async def story() -> None:
        await bench.plug_in()
        with pytest.raises(DriverRejected, match="has left"):
            await bench.contactor.permit(True, PlugIdentity("boot", 2))

    kept(bench.contactor, story)


def test_a_switch_that_is_gone_is_a_fault_and_takes_no_permission() -> None:
    bench = Bench()

    async def story() -> None:
        await bench.charge()
        bench.switch.reached.set(False)
        assert "check" in await becomes_unavailable(bench.contactor.states())
        assert not bench.is_closed()
        (fault,) = await until(bench.contactor.faults(), lambda faults: faults != ())
        assert (fault.id, dict(fault.evidence)["device"]) == ("mcu.comm", "switch")
        with pytest.raises(DriverUnavailable):
            await bench.contactor.permit(True, PLUG)

        bench.switch.reached.set(True)
        await until(bench.contactor.faults(), lambda faults: faults == ())
        await bench.contactor.permit(True, PLUG)
        assert bench.is_closed()

    kept(bench.contactor, story)


def test_it_is_open_once_nobody_keeps_its_parts_together() -> None:
    bench = Bench()

    async def story() -> None:
        await bench.charge()

    kept(bench.contactor, story)

    assert not bench.is_closed()
