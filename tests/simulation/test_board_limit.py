"""A pilot board that reduces by itself, and what people and the central system are told of it."""

from __future__ import annotations

import pytest

from agent.core.faults.catalogue import CATALOGUE
from agent.core.limits import LimitSource
from tests.simulation.stage import Charger, tell
from tests.simulation.test_board_stories import body

EMERGENCY_STOP = "safety.emergency_stop"
STEP_A = 1.1
"""The board reduces by an ampere at a time, and tells it with its next status."""


def test_a_hot_connector_is_named_as_the_limit_and_nobody_is_told_more_than_is_offered() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        await charger.world("fault", name="overtemp", connector=1, sensor="connector", celsius=85)
        for _ in range(120):
            await charger.passes(2.0)
            encoded_a = charger.outlet()["pilot"]["offered_a"]
            assert charger.session().encoded_a <= encoded_a + STEP_A

        encoded_a = charger.outlet()["pilot"]["offered_a"]
        assert 6 <= encoded_a < 32
        (connector,) = (await body(charger, "status"))["connectors"]
        assert connector["offered_a"] == pytest.approx(encoded_a, abs=0.2)
        assert connector["limit"]["source"] == LimitSource.PILOT_BOARD.value
        explained = (await body(charger, "config explain", key="current"))["connectors"][0]["now"]
        assert (explained["source"], explained["offered_a"]) == ("pilot_board", connector["offered_a"])

    tell(story)


def test_an_emergency_stop_is_acknowledged_by_unplugging_and_not_by_a_card_alone() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=16)
        await charger.world("fault", name="estop", connector=1)
        await charger.passes(5.0)
        await charger.world("heal", name="estop", connector=1)
        await charger.passes(30.0)
        await charger.swipe()
        await charger.passes(30.0)
        assert charger.session().faults.ids == (EMERGENCY_STOP,)
        assert charger.outlet()["contactor"] == "open"
        assert "then unplug" in CATALOGUE[EMERGENCY_STOP].remedy

        await charger.world("plug_out", connector=1)
        await charger.passes(30.0)
        assert charger.session().faults.ids == ()
        await charger.charge(current_a=16)

    tell(story)
