"""A charger with an OpenEVSE, told as people would: the whole agent, and the controller at the end of a real line."""

from __future__ import annotations

import pytest

from firmware_sim.openevse import OpenEvse, Posture
from tests.simulation.stage import Charger, tell

BOARD = "sim-openevse"


def controller(charger: Charger) -> OpenEvse:
    board = charger.stage.rig.world.boards[1]
    assert isinstance(board, OpenEvse)
    return board


def test_a_charge_from_the_plug_to_the_receipt() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        await charger.passes(600.0)
        assert charger.outlet()["pilot"]["offered_a"] == pytest.approx(32, abs=0.1)

        await charger.swipe()
        await charger.passes(10.0)
        assert charger.outlet()["contactor"] == "open"
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)

        (transaction,) = charger.transactions()
        assert (transaction["stop_reason"], transaction["meter_stop_wh"]) == ("Local", charger.register_wh())
        assert transaction["energy_wh"] > 3_000
        assert charger.statuses() == [
            "Available", "Preparing", "SuspendedEV", "Charging", "Finishing", "Available",
        ]  # fmt: skip

    tell(story, board=BOARD)


def test_the_network_lowers_the_limit_pauses_and_goes_on() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        for limit_a, offered_a in ((10.9, 10), (0, 0), (16, 16)):
            await charger.network("limit", connector=1, amps=limit_a)
            await charger.passes(30.0)
            assert charger.outlet()["pilot"]["offered_a"] == pytest.approx(offered_a, abs=0.1)
        assert len(charger.transactions()) == 1

    tell(story, board=BOARD)


def test_a_car_that_leaves_ends_its_charge_and_the_next_one_has_no_power_without_a_card() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)
        await charger.plug_in()
        await charger.passes(60.0)

        assert charger.outlet()["contactor"] == "open"
        (transaction,) = charger.transactions()
        assert transaction["stop_reason"] == "EVDisconnected"

    tell(story, board=BOARD)


def test_a_line_that_is_away_for_some_seconds_does_not_end_a_charge() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(120.0)

        await charger.world("fault", name="link_gone", connector=1, for_s=6)
        await charger.passes(45.0)

        assert charger.outlet()["contactor"] == "closed"
        assert [transaction["stopped_at"] for transaction in charger.transactions()] == [None]
        assert "Faulted" in charger.statuses()
        assert charger.statuses()[-1] == "Charging"

    tell(story, board=BOARD)


def test_a_controller_that_starts_anew_ends_its_charge_as_a_loss_of_power_and_gives_nobody_power_by_itself() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(60.0)

        await charger.world("fault", name="mcu_reset", connector=1)
        await charger.passes(60.0)

        assert charger.outlet()["contactor"] == "open"
        (transaction,) = charger.transactions()
        assert (transaction["stop_reason"], transaction["meter_stop_wh"]) == ("PowerLoss", charger.register_wh())
        assert len(await charger.events("board.restarted")) == 1

    tell(story, board=BOARD)


def test_residual_current_ends_the_charge_and_is_told_to_the_network() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.world("fault", name="rcd_ac", connector=1)
        await charger.passes(30.0)

        assert charger.outlet()["contactor"] == "open"
        assert "GroundFailure" in [payload["errorCode"] for payload in charger.told("StatusNotification")]

    tell(story, board=BOARD)


def test_an_agent_that_ends_leaves_the_controller_asleep() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.stage.charger.stop()
        # Its relay is told as it was driven; the contacts themselves need their time.
        await charger.passes(0.1)

        assert controller(charger).posture is Posture.ASLEEP
        assert charger.outlet()["contactor"] == "open"

    tell(story, board=BOARD)
