"""What the pilot board is told about the station's being in service, and a board that holds itself until a person says
that it may serve again."""

from __future__ import annotations

from typing import Any

import pytest

from agent.control.wire import Done, Refused
from tests.simulation.stage import Charger, tell
from tests.simulation.test_board_stories import asked, body

RESTARTS = "mcu.restarts"
REASON = {"reason": "supply exchanged"}


def is_told_in_service(charger: Charger) -> bool:
    """The board's own view of its last wish."""
    board: Any = charger.stage.rig.world.boards[1]
    return bool(board._program.interlock.situation.lease.commissioned)


@pytest.mark.parametrize(("commissioning", "is_told"), [("lab", True), ("required", False)])
def test_the_board_is_told_what_the_configuration_says(commissioning: str, is_told: bool) -> None:
    async def story(charger: Charger) -> None:
        await charger.plug_in()
        await charger.passes(20.0)

        assert is_told_in_service(charger) is is_told

    tell(story, commissioning=commissioning)


async def lives_short(charger: Charger, times: int = 3) -> None:
    """So often in a row, and then long enough for everything else to be settled."""
    for _ in range(times):
        await charger.world("fault", name="mcu_reset", connector=1, cause="power")
        await charger.passes(5.0)
    await charger.passes(120.0)


def test_three_short_lives_hold_the_board_until_a_person_confirms_it() -> None:
    async def story(charger: Charger) -> None:
        await lives_short(charger)
        assert charger.session().faults.ids == (RESTARTS,)
        await charger.plug_in()
        await charger.swipe()
        await charger.passes(120.0)
        assert charger.outlet()["contactor"] == "open"
        assert charger.transactions() == []
        explained = str(await body(charger, "explain"))
        assert f"fault {RESTARTS}: third start in a row" in explained
        assert f"evsectl faults clear {RESTARTS}" in explained
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)
        (listed,) = (await body(charger, "faults list"))["faults"]
        assert (listed["id"], listed["clearable"]) == (RESTARTS, True)
        assert "until a person says" in listed["clears"]

        cleared = await body(charger, "faults clear", id=RESTARTS, **REASON)

        assert (cleared["cleared"], cleared["left"]) == (RESTARTS, [])
        assert charger.session().faults.ids == ()
        await charger.charge()

    tell(story)


def test_nothing_but_a_person_ends_it() -> None:
    async def story(charger: Charger) -> None:
        await lives_short(charger)

        await charger.world("fault", name="mcu_reset", connector=1, cause="power")
        await charger.passes(120.0)
        await charger.stage.charger.stop()
        await charger.passes(30.0)
        await charger.stage.charger.start()
        await charger.passes(120.0)
        await charger.stage.charger.kill()
        await charger.passes(30.0)
        await charger.stage.charger.start()
        await charger.passes(600.0)

        assert charger.session().faults.ids == (RESTARTS,)

    tell(story)


def test_a_charger_that_is_not_in_service_has_nothing_to_confirm() -> None:
    async def story(charger: Charger) -> None:
        await lives_short(charger)

        refused = await asked(charger, "faults clear", id=RESTARTS, **REASON)

        assert isinstance(refused, Refused)
        assert "not commissioned" in refused.text
        assert RESTARTS in charger.session().faults.ids

    tell(story, commissioning="required")


def test_a_confirmed_board_that_has_lived_its_minute_may_restart_once_more() -> None:
    async def story(charger: Charger) -> None:
        await lives_short(charger)
        assert isinstance(await asked(charger, "faults clear", id=RESTARTS, **REASON), Done)
        await charger.passes(70.0)

        await lives_short(charger, times=1)

        assert charger.session().faults.ids == ()
        await charger.charge()

    tell(story)
