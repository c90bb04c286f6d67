"""A socket with its lock, told as people would: the plug is held while it charges and let go when somebody asks."""

from __future__ import annotations

from tests.simulation.stage import Charger, tell


async def unlocked(charger: Charger) -> str:
    answer = await charger.network("call", action="UnlockConnector", payload={"connectorId": 1})
    return str(answer["answer"]["status"])


def holds_plug(charger: Charger) -> bool:
    lock = charger.stage.rig.world.outlets[1].parts.lock
    return lock is not None and lock.holds_plug


def test_the_plug_is_held_during_a_charge_and_let_go_after_it() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        assert holds_plug(charger)

        await charger.network("remote_stop")
        await charger.passes(15.0)

        assert not holds_plug(charger)
        assert len(charger.transactions()) == 1

    tell(story, board="sim-socket")


def test_unlock_connector_ends_the_charge_and_lets_the_plug_go() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()

        assert await unlocked(charger) == "Unlocked"

        assert not holds_plug(charger)
        (transaction,) = charger.transactions()
        assert transaction["stop_reason"] == "UnlockCommand"

    tell(story, board="sim-socket")


def test_unlock_connector_of_a_jammed_lock_fails() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.world("fault", name="lock_jam", connector=1)

        assert await unlocked(charger) == "UnlockFailed"

        assert holds_plug(charger)

    tell(story, board="sim-socket")


def test_a_plug_that_cannot_be_locked_gets_no_power() -> None:
    async def story(charger: Charger) -> None:
        await charger.world("fault", name="lock_jam", connector=1)
        await charger.plug_in()
        await charger.swipe()
        await charger.passes(20.0)

        assert charger.outlet()["contactor"] == "open"
        assert charger.transactions() == []

    tell(story, board="sim-socket")


def end_of(charger: Charger) -> dict[str, object]:
    """The last status of connector 1 that the network was told, and the words beside it."""
    told = [payload for payload in charger.told("StatusNotification") if payload["connectorId"] == 1][-1]
    return {"status": told["status"], "info": told.get("info", "")}


LEFT = {"status": "Finishing", "info": "EV side disconnected"}


def test_a_car_leaves_its_cable_which_is_let_go_and_the_connector_free_once_it_is_out() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.world("plug_out", leaves_cable=True)
        await charger.passes(15.0)

        assert [one["stop_reason"] for one in charger.transactions()] == ["EVDisconnected"]
        assert (end_of(charger), holds_plug(charger)) == (LEFT, False)
        await charger.world("plug_out")
        await charger.passes(5.0)
        assert end_of(charger)["status"] == "Available"

        await charger.charge()
        await charger.world("plug_out", leaves_cable=True)
        await charger.passes(10.0)
        await charger.plug_in()
        assert charger.statuses()[-2:] == ["Finishing", "Preparing"], "a car that comes back begins anew"

    tell(story, board="sim-socket")


def test_a_cable_that_is_not_let_go_with_the_car_waits_for_the_token_or_the_network() -> None:
    async def story(charger: Charger) -> None:
        await charger.network("change_configuration", key="UnlockConnectorOnEVSideDisconnect", value="false")
        for lets_go in ("token", "network"):
            await charger.charge()
            await charger.world("plug_out", leaves_cable=True)
            await charger.passes(60.0)
            assert (end_of(charger), holds_plug(charger)) == (LEFT, True)

            if lets_go == "token":
                await charger.swipe()
            else:
                assert await unlocked(charger) == "Unlocked"
            await charger.passes(5.0)
            assert (end_of(charger), holds_plug(charger)) == (LEFT, False)
            await charger.world("plug_out")
            await charger.passes(5.0)
            assert end_of(charger)["status"] == "Available"
        assert [one["stop_reason"] for one in charger.transactions()] == ["EVDisconnected"] * 2

    tell(story, board="sim-socket")


def test_a_transaction_that_outlasts_its_car_keeps_the_cable_until_somebody_ends_it() -> None:
    async def story(charger: Charger) -> None:
        await charger.network("change_configuration", key="StopTransactionOnEVSideDisconnect", value="false")
        await charger.charge()
        await charger.world("plug_out", leaves_cable=True)
        await charger.passes(60.0)

        assert end_of(charger) == {"status": "SuspendedEV", "info": "EV side disconnected"}
        assert holds_plug(charger), "whatever the other key says"
        await charger.plug_in()
        await charger.world("wait", until="charging", timeout_s=90)
        await charger.passes(5.0)
        assert end_of(charger)["status"] == "Charging"
        assert len(charger.transactions()) == 1

    tell(story, board="sim-socket")
