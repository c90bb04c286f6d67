"""Chargers with a bought controller on Modbus, told as people would: the whole agent, and the device at a real line."""

from __future__ import annotations

import pytest

from firmware_sim.evse_units.unit import ModbusEvse
from tests.simulation.stage import Charger, tell

WITH_CUT_OFF = "sim-simple-evse"
KEEPS_CLOCK = "sim-phoenix-serial"
WITHOUT_TIME_OUT = "sim-phoenix-ethernet"
WITH_TIME_OUT = "sim-bender"
BOARDS = (WITH_CUT_OFF, KEEPS_CLOCK, WITHOUT_TIME_OUT, WITH_TIME_OUT)
every_board = pytest.mark.parametrize("board", BOARDS)


def controller(charger: Charger) -> ModbusEvse:
    board = charger.stage.rig.world.boards[1]
    assert isinstance(board, ModbusEvse)
    return board


def is_live(charger: Charger) -> bool:
    return charger.stage.rig.world.outlets[1].is_live


@every_board
def test_a_charge_from_the_plug_to_the_receipt(board: str) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        await charger.passes(600.0)
        assert charger.outlet()["pilot"]["offered_a"] == pytest.approx(32, abs=0.1)

        await charger.swipe()
        await charger.passes(12.0)
        assert charger.outlet()["contactor"] == "open"
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)

        (transaction,) = charger.transactions()
        assert (transaction["stop_reason"], transaction["meter_stop_wh"]) == ("Local", charger.register_wh())
        assert transaction["energy_wh"] > 3_000
        # Polled as seldom as it is, a car that asks at once is never seen to wait.
        told = [status for status in charger.statuses() if status != "SuspendedEV"]
        assert told == ["Available", "Preparing", "Charging", "Finishing", "Available"]

    tell(story, board=board)


@every_board
def test_the_network_lowers_the_limit_pauses_and_goes_on(board: str) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        for limit_a, offered_a in ((10.9, 10), (0, 0), (16, 16)):
            await charger.network("limit", connector=1, amps=limit_a)
            await charger.passes(30.0)
            assert charger.outlet()["pilot"]["offered_a"] == pytest.approx(offered_a, abs=0.1)
        assert len(charger.transactions()) == 1

    tell(story, board=board)


@every_board
def test_a_car_that_leaves_ends_its_charge_and_the_next_one_has_no_power_without_a_card(board: str) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)
        await charger.plug_in()
        await charger.passes(60.0)

        assert charger.outlet()["contactor"] == "open"
        (transaction,) = charger.transactions()
        assert transaction["stop_reason"] == "EVDisconnected"

    tell(story, board=board)


@pytest.mark.parametrize("board", [WITH_CUT_OFF, WITHOUT_TIME_OUT, WITH_TIME_OUT])
def test_a_silence_ends_the_charge_where_nobody_knows_whether_it_is_the_same_car(board: str) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(120.0)

        await charger.world("fault", name="evse_silent", connector=1, for_s=6)
        await charger.passes(60.0)

        assert charger.outlet()["contactor"] == "open"
        (transaction,) = charger.transactions()
        assert (transaction["stop_reason"], transaction["meter_stop_wh"]) == ("PowerLoss", charger.register_wh())
        assert "Faulted" in charger.statuses()

    tell(story, board=board)


def test_a_silence_does_not_end_the_charge_where_the_device_keeps_a_clock_of_the_car() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(120.0)

        await charger.world("fault", name="evse_silent", connector=1, for_s=6)
        await charger.passes(60.0)

        assert charger.outlet()["contactor"] == "closed"
        assert [transaction["stopped_at"] for transaction in charger.transactions()] == [None]
        assert charger.statuses()[-1] == "Charging"

    tell(story, board=KEEPS_CLOCK)


@every_board
def test_a_device_that_starts_anew_ends_its_charge_as_a_loss_of_power(board: str) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(60.0)

        await charger.world("fault", name="mcu_reset", connector=1)
        await charger.passes(60.0)

        assert charger.outlet()["contactor"] == "open"
        (transaction,) = charger.transactions()
        assert (transaction["stop_reason"], transaction["meter_stop_wh"]) == ("PowerLoss", charger.register_wh())

    tell(story, board=board)


@pytest.mark.parametrize("board", [WITH_CUT_OFF, KEEPS_CLOCK])
def test_residual_current_ends_the_charge_and_is_told_to_the_network(board: str) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.world("fault", name="rcd_ac", connector=1)
        await charger.passes(30.0)

        assert charger.outlet()["contactor"] == "open"
        assert "GroundFailure" in [payload["errorCode"] for payload in charger.told("StatusNotification")]

    tell(story, board=board)


@every_board
def test_an_agent_that_ends_leaves_the_device_without_an_offer(board: str) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.stage.charger.stop()
        await charger.passes(7.0)

        assert not controller(charger).is_permitted()
        assert charger.outlet()["contactor"] == "open"

    tell(story, board=board)


@pytest.mark.parametrize("board", [KEEPS_CLOCK, WITHOUT_TIME_OUT])
def test_a_killed_agent_leaves_a_device_without_a_time_out_at_its_current_which_is_why_it_stays_in_the_laboratory(
    board: str,
) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.stage.charger.kill()
        await charger.passes(60.0)
        left = is_live(charger)
        await charger.stage.charger.start()
        await charger.passes(30.0)

        assert left

    tell(story, board=board)


def test_a_killed_agent_opens_the_cut_off_although_the_device_goes_on() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.stage.charger.kill()
        await charger.passes(0.5)

        assert controller(charger).is_permitted()
        assert not is_live(charger)
        await charger.stage.charger.start()
        await charger.passes(30.0)

    tell(story, board=WITH_CUT_OFF)


def test_a_killed_agent_leaves_no_current_to_a_device_with_a_time_out() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.stage.charger.kill()
        await charger.passes(16.0)

        assert controller(charger).wanted_a() == 0
        assert not is_live(charger)
        await charger.stage.charger.start()
        await charger.passes(30.0)

    tell(story, board=WITH_TIME_OUT)


def test_what_another_master_sets_is_set_back() -> None:
    async def story(charger: Charger) -> None:
        await charger.plug_in()
        await charger.world("fault", name="evse_other_master", connector=1, address=1000, value=32)
        await charger.passes(3.0)

        assert not controller(charger).is_permitted()
        assert charger.outlet()["contactor"] == "open"

    tell(story, board=WITH_TIME_OUT)
