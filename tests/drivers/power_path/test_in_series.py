"""A cut-off in series with a contactor: held before power, let go after it, at once where nobody else opens."""

from __future__ import annotations

import asyncio

import pytest

from agent.core.control_pilot import ContactorState
from agent.drivers.power_path.in_series import LETS_GO_AFTER_S, ContactorInSeries
from agent.drivers.power_path.joining import joined
from agent.drivers.watching import until
from agent.errors import DriverRejected, DriverUnavailable
from tests.drivers.power_path.paper import PLUG, PaperContactor, PaperCutOff, PaperPilot, PaperSwitch, kept


class Bench:
    def __init__(self) -> None:
        self.inner, self.cut_off = PaperContactor(), PaperCutOff()
        contactor = joined(self.inner, PaperPilot(), self.cut_off)
        assert isinstance(contactor, ContactorInSeries)
        self.contactor = contactor

    async def charge(self) -> None:
        await self.contactor.permit(True, PLUG)
        self.inner.state.set(ContactorState.CLOSED)
        await asyncio.sleep(1.0)
        assert self.cut_off.held
        assert self.inner.permitted


def test_it_is_let_go_once_the_contactor_has_opened() -> None:
    bench = Bench()

    async def story() -> None:
        await bench.charge()
        await bench.contactor.permit(False)
        await asyncio.sleep(2.0)
        assert not bench.inner.permitted
        assert bench.cut_off.held
        bench.inner.state.set(ContactorState.OPEN)
        await asyncio.sleep(0.01)
        assert not bench.cut_off.held

    kept(bench.contactor, story)


def test_a_contactor_that_does_not_open_is_waited_for_and_not_longer() -> None:
    bench = Bench()

    async def story() -> None:
        await bench.charge()
        await bench.contactor.permit(False)
        await asyncio.sleep(LETS_GO_AFTER_S - 0.1)
        assert bench.cut_off.held
        await asyncio.sleep(0.2)
        assert not bench.cut_off.held

    kept(bench.contactor, story)


def test_a_permission_that_comes_again_keeps_it() -> None:
    bench = Bench()

    async def story() -> None:
        await bench.charge()
        await bench.contactor.permit(False)
        await bench.contactor.permit(True, PLUG)
        await asyncio.sleep(2 * LETS_GO_AFTER_S)
        assert bench.cut_off.held

    kept(bench.contactor, story)


@pytest.mark.parametrize("state", [ContactorState.WELDED, None])
def test_it_is_let_go_at_once_where_nobody_else_opens(state: ContactorState | None) -> None:
    bench = Bench()

    async def story() -> None:
        await bench.charge()
        bench.inner.state.set(state)
        await asyncio.sleep(0.01)
        assert not bench.cut_off.held

    kept(bench.contactor, story)


def test_held_open_it_is_let_go_at_once_and_a_permission_is_refused() -> None:
    bench = Bench()

    async def story() -> None:
        await bench.charge()
        await bench.contactor.hold_open(True)
        assert not bench.cut_off.held
        with pytest.raises(DriverRejected, match="check"):
            await bench.contactor.permit(True, PLUG)
        await bench.contactor.hold_open(False)
        assert not bench.cut_off.held
        await bench.contactor.permit(True, PLUG)
        assert bench.cut_off.held

    kept(bench.contactor, story)


def test_it_is_never_held_for_a_contactor_that_is_welded() -> None:
    bench = Bench()

    async def story() -> None:
        bench.inner.state.set(ContactorState.WELDED)
        await asyncio.sleep(0.01)
        with pytest.raises(DriverRejected, match="check"):
            await bench.contactor.permit(True, PLUG)
        assert bench.cut_off.holds == 0
        bench.inner.state.set(ContactorState.OPEN)
        await asyncio.sleep(0.01)
        await bench.contactor.permit(True, PLUG)
        assert bench.cut_off.held

    kept(bench.contactor, story)


def test_it_is_not_held_even_for_a_moment_while_the_contactor_is_out_of_reach() -> None:
    bench = Bench()

    async def story() -> None:
        bench.inner.state.set(None)
        await asyncio.sleep(0.01)
        with pytest.raises(DriverUnavailable, match="check"):
            await bench.contactor.permit(True, PLUG)
        assert bench.cut_off.holds == 0
        bench.inner.state.set(ContactorState.OPEN)
        await asyncio.sleep(1.0)
        await bench.contactor.permit(True, PLUG)
        assert bench.cut_off.held

    kept(bench.contactor, story)


def test_where_one_refuses_neither_has_the_permission() -> None:
    bench = Bench()

    async def story() -> None:
        bench.inner.refuses = True
        with pytest.raises(DriverUnavailable):
            await bench.contactor.permit(True, PLUG)
        assert not bench.cut_off.held
        bench.inner.refuses = False
        bench.cut_off.reached.set(False)
        with pytest.raises(DriverUnavailable):
            await bench.contactor.permit(True, PLUG)
        assert not bench.inner.permitted

    kept(bench.contactor, story)


def test_a_part_that_cannot_be_reached_is_a_fault_with_its_name() -> None:
    bench = Bench()

    async def story() -> None:
        await until(bench.contactor.faults(), lambda faults: faults == ())
        bench.cut_off.reached.set(False)
        (fault,) = await until(bench.contactor.faults(), lambda faults: faults != ())
        assert (fault.id, dict(fault.evidence)["device"]) == ("mcu.comm", "cut-off")
        bench.cut_off.reached.set(True)
        await until(bench.contactor.faults(), lambda faults: faults == ())
        bench.inner.state.set(None)
        (fault,) = await until(bench.contactor.faults(), lambda faults: faults != ())
        assert dict(fault.evidence)["device"] == "contactor"

    kept(bench.contactor, story)


def test_it_is_let_go_once_nobody_keeps_the_parts_together() -> None:
    bench = Bench()

    async def story() -> None:
        await bench.charge()

    kept(bench.contactor, story)

    assert not bench.cut_off.held


def test_a_plain_switch_with_a_cut_off_has_both() -> None:
    switch, cut_off = PaperSwitch(), PaperCutOff()
    contactor = joined(switch, PaperPilot(), cut_off)

    assert isinstance(contactor, ContactorInSeries)
    assert contactor.name == "switch"
