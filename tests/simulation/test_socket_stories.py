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
