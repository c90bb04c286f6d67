"""What a link to a controller on Modbus does for its drivers: permissions, plugs, faults, ends, and a pilot alone."""

from __future__ import annotations

import asyncio

import pytest

from agent.core.control_pilot import ContactorState, PilotState
from agent.drivers import loader
from agent.drivers.modbus_evse import control_pilot
from agent.drivers.watching import comes_true, until
from agent.drivers.wish import Claims
from agent.errors import ConfigError, DriverRejected
from firmware_sim.ev import Car
from firmware_sim.evse_units.unit import ModbusEvse
from firmware_sim.modbus_unit import Table
from tests.drivers.modbus_evse.bench import BOARDS, BUS, EvseBench, on_a_controller

each_board = pytest.mark.parametrize("board", BOARDS)


@each_board
def test_a_charge_is_told_as_it_goes(board: str) -> None:
    async def body(bench: EvseBench) -> None:
        await bench.charges(16)
        state = bench.state()
        assert (state.pilot.state, state.pilot.offered_a) == (PilotState.C, 16)
        assert state.contactor is ContactorState.CLOSED

        await bench.contactor.permit(False)
        await comes_true(lambda: not bench.is_live())
        await until(bench.contactor.states(), lambda contactor: contactor is ContactorState.OPEN)

    on_a_controller(body, board)


@each_board
def test_a_permission_for_a_plug_that_left_is_rejected(board: str) -> None:
    async def body(bench: EvseBench) -> None:
        bench.plug_in()
        gone = (await until(bench.pilot.states(), lambda reading: reading.state.plugged)).plug
        bench.plug_out()
        await until(bench.pilot.states(), lambda reading: reading.state is PilotState.A)
        bench.plug_in()
        await until(bench.pilot.states(), lambda reading: reading.state.plugged)

        with pytest.raises(DriverRejected, match="has left"):
            await bench.contactor.permit(True, gone)

    on_a_controller(body, board)


def test_a_charger_that_was_not_commissioned_gives_no_permission() -> None:
    async def body(bench: EvseBench) -> None:
        bench.link.commission(False)
        with pytest.raises(DriverRejected, match="commissioned"):
            await bench.contactor.permit(True)

    on_a_controller(body)


GIVES_POWER = {
    "sim-simple-evse": {1000: 16},
    "sim-phoenix-serial": {4000: 3, 20000: 1},
    "sim-phoenix-ethernet": {400: 1},
    "sim-bender": {1000: 16},
}


@each_board
def test_a_charge_that_is_found_at_the_start_is_ended(board: str) -> None:
    def charging(evse: ModbusEvse) -> None:
        for address, value in GIVES_POWER[board].items():
            evse.write(Table.COILS if (Table.COILS, address) in evse.values else Table.HOLDING, address, value)
        assert evse.is_permitted()

    async def body(bench: EvseBench) -> None:
        bench.plug_in()
        await asyncio.sleep(3)

        assert not bench.is_permitted()
        assert not bench.is_live()

    on_a_controller(body, board, prepare=charging)


@each_board
def test_as_a_pilot_alone_an_offer_is_all_it_needs_and_is_for_the_plug_that_is_in(board: str) -> None:
    async def body(bench: EvseBench) -> None:
        bench.link.claims = Claims(BUS, "a controller")
        pilot = control_pilot.create("pilot", control_pilot.Options(bus=BUS), bench.buses)
        bench.plug_in()
        await until(pilot.states(), lambda reading: reading.state.plugged)
        await pilot.offer(16)
        await comes_true(lambda: bench.offered_a() > 15.9)

        bench.plug_out()
        await until(pilot.states(), lambda reading: reading.state is PilotState.A)
        bench.plug_in()
        await until(pilot.states(), lambda reading: reading.state.plugged)
        await asyncio.sleep(12)

        assert bench.offered_a() == 0

    on_a_controller(body, board)


def test_held_open_opens_a_simple_evse_under_load_at_once() -> None:
    async def body(bench: EvseBench) -> None:
        await bench.charges()
        assert isinstance(bench.site.outlet.plugged, Car)
        bench.site.outlet.plugged.ignores_stop = True
        await bench.pilot.stand(operative=True, held_open=True)
        await asyncio.sleep(1.0)

        assert not bench.is_live()
        assert bench.written(1004) == [1]

    on_a_controller(body)


@pytest.mark.parametrize("board", ["sim-simple-evse", "sim-phoenix-serial"])
def test_residual_current_is_a_fault_of_the_device(board: str) -> None:
    async def body(bench: EvseBench) -> None:
        await bench.charges()
        bench.site.outlet.parts.residual.leak(ac_ma=40.0)
        await asyncio.sleep(2)

        assert bench.fault_ids() == ["rcd.ac_trip"]
        assert not bench.is_live()

    on_a_controller(body, board)


def test_a_weld_is_told_by_a_phoenix_that_watches_for_it() -> None:
    async def body(bench: EvseBench) -> None:
        await bench.charges()
        bench.site.outlet.contactor.weld()
        await bench.contactor.permit(False)
        await asyncio.sleep(8)

        assert bench.state().contactor is ContactorState.WELDED
        assert "contactor.welded" in bench.fault_ids()
        bench.site.outlet.contactor.unweld()

    on_a_controller(body, "sim-phoenix-serial")


def test_two_connectors_cannot_share_a_controller() -> None:
    async def body(bench: EvseBench) -> None:
        with pytest.raises(ConfigError, match="a SimpleEVSE has one"):
            bench.link.claims.add("contactor")

    on_a_controller(body)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"controller": "simple-evs"}, 'did you mean "simple-evse"'),
        ({"controller": "bender", "safe_current_a": 3}, "cannot be offered"),
        ({"controller": "simple-evse", "timeout_s": 20}, "does nothing by itself"),
        ({"controller": "bender", "timeout_s": 1}, "timeout_s"),
        ({"controller": "bender", "address": 0}, "address"),
    ],
)
def test_what_a_bus_table_may_not_say(words: dict[str, object], problem: str) -> None:
    problems = loader.check_bus("modbus_evse", {"bus": "rs485", "address": 1, **words}, "modbus_rtu")

    assert any(problem in f"{one.key} {one.what}" for one in problems), problems


@each_board
def test_what_was_asked_and_written_is_counted(board: str) -> None:
    async def body(bench: EvseBench) -> None:
        await bench.charges()

        assert bench.counted("looks") > 10
        assert bench.counted("writes") >= 1
        assert bench.counted("set_points_not_kept") == 0
        assert bench.counted("disobediences") == 0

    on_a_controller(body, board)
