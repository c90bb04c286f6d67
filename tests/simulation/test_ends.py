"""The program ends in order during a charge, and begins again: no power in between, the same transaction afterwards."""

from __future__ import annotations

import asyncio

import pytest

from agent.app import ENDS_WITHIN_S
from tests.simulation.stage import Charger, tell

ORDINARY_END_S = 2.0
TROUBLES = ("mcu_hang", "meter_silent", "link_cut")


def has_closed(charger: Charger) -> bool:
    return any(outlet.contactor.main_closed for outlet in charger.stage.rig.world.outlets.values())


async def ends(charger: Charger) -> float:
    """As SIGTERM does; how long it took."""
    began = asyncio.get_running_loop().time()
    await charger.stage.charger.stop()
    return asyncio.get_running_loop().time() - began


async def is_told_once(charger: Charger) -> None:
    """The car leaves, and the network has heard of one charge that counted everything."""
    await charger.world("plug_out", connector=1)
    await charger.passes(30.0)
    (transaction,) = charger.transactions()
    assert (transaction["starts"], transaction["stops"]) == (1, 1)
    assert transaction["meter_start_wh"] == 0
    assert transaction["meter_stop_wh"] == charger.register_wh()


def test_a_charge_is_taken_up_again_after_the_end() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        await charger.passes(20.0)
        assert await ends(charger) <= ORDINARY_END_S
        assert not has_closed(charger)
        await charger.passes(20.0)
        await charger.stage.charger.start()
        await charger.world("wait", connector=1, until="charging", timeout_s=60)
        await is_told_once(charger)

    tell(story)


@pytest.mark.parametrize("name", TROUBLES)
def test_what_is_broken_at_the_end_costs_its_bound_and_no_charge(name: str) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        await charger.passes(20.0)
        wire = {"wire": "pilot"} if name == "link_cut" else {}
        await charger.world("fault", name=name, connector=1, **wire)
        assert await ends(charger) <= ENDS_WITHIN_S
        await charger.passes(10.0)
        assert not has_closed(charger)
        await charger.world("heal")
        if name == "mcu_hang":
            await charger.world("fault", name="mcu_reset", connector=1)
        await charger.stage.charger.start()
        await charger.passes(30.0)
        await is_told_once(charger)

    tell(story)
