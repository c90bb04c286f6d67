"""A charger whose contactor hangs on a relay board beside the meter, told as people would: what Linux can do, and what
it cannot. The whole agent, and every device at the end of a real line.
"""

from __future__ import annotations

import pytest

from tests.simulation.stage import Charger, tell

BOARD = "sim-modbus-relay"
STAYS_CLOSED = ("contacts still closed",)
"""What a board that nobody reaches does with its relays."""
CLOSED_BY_OTHERS = (*STAYS_CLOSED, "the board closes")


def errors(charger: Charger) -> list[str]:
    return [payload["errorCode"] for payload in charger.told("StatusNotification")]


async def raised(charger: Charger) -> list[object]:
    return [event["id"] for event in await charger.events("fault.raised")]


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
        assert charger.statuses() == ["Available", "Preparing", "Charging", "Finishing", "Available"]

    tell(story, board=BOARD)


def test_nobody_has_power_without_a_card_and_a_car_that_leaves_ends_its_charge() -> None:
    async def story(charger: Charger) -> None:
        await charger.plug_in()
        await charger.passes(30.0)
        assert charger.outlet()["contactor"] == "open"

        await charger.swipe()
        await charger.world("wait", connector=1, until="charging", timeout_s=30)
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)
        (transaction,) = charger.transactions()
        assert transaction["stop_reason"] == "EVDisconnected"
        assert charger.outlet()["contactor"] == "open"

    tell(story, board=BOARD)


def test_a_pause_by_the_network_opens_the_contactor_and_its_end_closes_it_again() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        await charger.passes(10.0)
        for limit_a, contactor in ((0, "open"), (16, "closed")):
            await charger.network("limit", connector=1, amps=limit_a)
            await charger.passes(40.0)
            assert charger.outlet()["contactor"] == contactor
        assert len(charger.transactions()) == 1

    tell(story, board=BOARD)


def test_a_relay_board_that_falls_silent_in_a_charge_is_told_and_only_the_pilot_is_left_to_end_the_current() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=16)
        await charger.passes(60.0)

        await charger.world("fault", name="relay_silent", connector=1)
        await charger.passes(5.0)
        assert charger.outlet()["current_a"] == [0, 0, 0]
        assert charger.statuses()[-1] == "Faulted"
        await charger.passes(20.0)
        assert set(await raised(charger)) == {"mcu.comm", "enclosure.open"}
        # Nothing that Linux says moves this relay any more: that is why such a board never leaves the laboratory.
        assert charger.outlet()["contactor"] == "closed"

        await charger.world("heal", name="relay_silent", connector=1)
        await charger.passes(5.0)
        assert charger.outlet()["contactor"] == "open"
        await charger.passes(30.0)
        assert charger.statuses()[-1] == "Charging"
        assert len(charger.transactions()) == 1

    tell(story, board=BOARD, may_break=STAYS_CLOSED)


def test_a_relay_board_that_is_away_for_a_moment_does_not_end_a_charge() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=16)
        await charger.passes(30.0)
        await charger.world("fault", name="relay_silent", connector=1, for_s=1.5)
        await charger.passes(30.0)

        assert charger.outlet()["contactor"] == "closed"
        assert charger.statuses()[-1] == "Charging"

    tell(story, board=BOARD)


def test_a_relay_board_that_starts_anew_in_a_charge_closes_for_nobody_by_itself() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=16)
        await charger.passes(30.0)
        await charger.world("fault", name="relay_restart", connector=1)
        await charger.passes(30.0)
        assert charger.outlet()["contactor"] == "open"
        assert await raised(charger) == ["contactor.opened_alone"]
        (transaction,) = charger.transactions()
        assert transaction["meter_stop_wh"] == charger.register_wh()

    tell(story, board=BOARD)


def test_a_welded_contactor_is_told_to_the_network() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=16)
        await charger.passes(30.0)
        await charger.world("fault", name="weld", connector=1)
        await charger.swipe()
        await charger.passes(15.0)

        assert "contactor.welded" in await raised(charger)
        assert "PowerSwitchFailure" in errors(charger)
        await charger.world("heal")
        await charger.passes(5.0)

    tell(story, board=BOARD)


def test_a_relay_that_somebody_else_closes_is_opened_again_before_a_car_comes() -> None:
    async def story(charger: Charger) -> None:
        for name in ("relay_closed", "relay_held"):
            await charger.world("fault", name=name, connector=1)
            await charger.passes(3.0)
            assert charger.outlet()["contactor"] == "open"

    tell(story, board=BOARD, may_break=CLOSED_BY_OTHERS)


def test_a_board_counted_from_another_number_charges_nobody_and_says_why() -> None:
    async def story(charger: Charger) -> None:
        await charger.world("fault", name="relay_neighbour", connector=1)
        await charger.plug_in()
        await charger.swipe()
        await charger.passes(20.0)

        assert charger.outlet()["contactor"] == "open"
        assert "contactor.no_close" in await raised(charger)
        await charger.world("heal")

    tell(story, board=BOARD)


def test_an_open_door_at_its_input_pauses_the_charge_and_a_closed_one_lets_it_go_on() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=16)
        await charger.passes(20.0)
        await charger.world("press", what="door", for_s=10)
        await charger.passes(8.0)
        assert charger.outlet()["current_a"] == [0, 0, 0]
        assert "enclosure.open" in await raised(charger)

        await charger.passes(60.0)
        assert charger.outlet()["contactor"] == "closed"
        assert len(charger.transactions()) == 1

    tell(story, board=BOARD)


def test_after_a_restart_nobody_has_power_before_the_open_door_was_seen_and_a_closed_one_tells_nothing() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(10.0)
        assert await raised(charger) == []
        await charger.charge(current_a=16)
        await charger.stage.charger.kill()
        await charger.world("press", what="door", for_s=60)
        await charger.passes(10.0)
        closings = charger.outlet()["closings"]

        await charger.stage.charger.start()
        await charger.passes(10.0)
        assert "enclosure.open" in await raised(charger)
        await charger.swipe()
        await charger.passes(20.0)
        assert (charger.outlet()["contactor"], charger.outlet()["closings"]) == ("open", closings)

        await charger.passes(60.0)
        assert charger.session().faults.ids == ()
        await charger.swipe()
        await charger.world("wait", connector=1, until="charging", timeout_s=30)

    tell(story, board=BOARD, may_break=STAYS_CLOSED)


def test_an_agent_that_ends_leaves_the_relay_open() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.stage.charger.stop()
        await charger.passes(0.1)
        assert charger.outlet()["contactor"] == "open"

    tell(story, board=BOARD)


def test_a_meter_beside_a_relay_board_is_read_every_second_in_a_charge() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=16)
        samples = []
        for _ in range(60):
            await charger.passes(1.0)
            samples.append(charger.session().last_sample)

        assert len(dict.fromkeys(sample.at for sample in samples if sample is not None)) >= 58

    tell(story, board=BOARD)
