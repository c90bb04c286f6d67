"""A socket whose lock Linux drives, told as people would: held while it charges, and nobody charges unheld."""

from __future__ import annotations

from agent.core.session.effects import Signal
from tests.drivers.indicators.watching_lamps import signal_shown
from tests.simulation.stage import Charger, tell
from tests.simulation.test_socket_stories import holds_plug, unlocked

BOARD = "sim-motor-lock"


def abuse(charger: Charger) -> list[str]:
    return charger.stage.rig.world.locks[1].abuse


async def shown(charger: Charger) -> Signal | None:
    """What the lamp says."""
    return await signal_shown(charger.stage.rig.world.lamps[1])


def test_the_plug_is_held_during_a_charge_and_let_go_after_it() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        assert holds_plug(charger)
        assert await shown(charger) is Signal.CHARGING

        await charger.network("remote_stop")
        await charger.passes(20.0)

        assert not holds_plug(charger)
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)
        assert len(charger.transactions()) == 1
        assert await shown(charger) is Signal.AVAILABLE
        assert abuse(charger) == []

    tell(story, board=BOARD)


def test_unlock_connector_ends_the_charge_and_lets_the_plug_go() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()

        assert await unlocked(charger) == "Unlocked"

        assert not holds_plug(charger)
        (transaction,) = charger.transactions()
        assert transaction["stop_reason"] == "UnlockCommand"

    tell(story, board=BOARD)


def test_a_plug_that_cannot_be_locked_gets_no_power_and_is_told() -> None:
    async def story(charger: Charger) -> None:
        await charger.world("fault", name="lock_jam", connector=1)
        await charger.plug_in()
        await charger.swipe()
        await charger.passes(30.0)

        assert charger.outlet()["contactor"] == "open"
        assert charger.transactions() == []
        assert "ConnectorLockFailure" in [payload["errorCode"] for payload in charger.told("StatusNotification")]
        assert abuse(charger) == []

        await charger.world("heal", name="lock_jam", connector=1)
        await charger.world("plug_out", connector=1)
        await charger.passes(30.0)
        assert charger.session().faults.ids == ()
        await charger.charge()
        assert holds_plug(charger)

    tell(story, board=BOARD)


def test_a_bolt_that_is_levered_out_under_load_opens_the_contactor() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(30.0)

        await charger.world("fault", name="lock_forced", connector=1)
        await charger.passes(10.0)

        assert charger.outlet()["contactor"] == "open"
        assert "lock.unexpected_open" in charger.session().faults.ids

    tell(story, board=BOARD)


def test_a_plug_under_tension_is_let_go_once_somebody_moves_it() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.world("fault", name="lock_jam", connector=1)
        await charger.network("remote_stop")
        await charger.passes(30.0)
        assert holds_plug(charger)
        assert charger.session().faults.ids == ("lock.unlock_failed",)

        await charger.world("heal", name="lock_jam", connector=1)
        await charger.passes(60.0)
        assert not holds_plug(charger)
        assert charger.session().faults.ids == ()
        assert abuse(charger) == []

    tell(story, board=BOARD)
