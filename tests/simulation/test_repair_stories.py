"""How long a failure took until the charger told it, until somebody acted, and until the port served again."""

from __future__ import annotations

import pytest

from agent.core.uptime.figures import figures_of
from agent.core.uptime.repairs import RepairFigures
from tests.control.calling import Desk
from tests.simulation.stage import Charger, tell

SERVES_WITHIN_S = 15.0
"""A board that is back is asked again after some seconds, and is not believed before it is quiet."""


async def repairs(charger: Charger) -> RepairFigures:
    figures = await charger.agent.upkeep.service.computed(figures_of)
    return next(one.repairs for one in figures.reliability if one.port == 1)


async def asked(charger: Charger, verb: str, **arguments: str | int) -> None:
    desk = Desk(None, None, charger.agent.config.control.socket)  # type: ignore[arg-type]
    await desk.replies(verb, arguments)


def test_whoever_comes_for_a_case_acknowledges_the_failure_and_a_mended_wire_ends_it() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(60.0)
        await charger.plug_in()
        await charger.world("fault", name="link_cut", connector=1)
        await charger.passes(300.0)
        await asked(charger, "maintenance visit", case="C-17")
        await charger.passes(200.0)
        await charger.world("heal", name="link_cut", connector=1)
        await charger.passes(60.0)

        found = await repairs(charger)
        assert (found.repaired, found.acknowledged, found.unattended) == (1, 1, 0)
        assert found.detect_s == 0
        assert found.acknowledge_s == pytest.approx(300, abs=5)
        assert found.repair_s == pytest.approx(200, abs=SERVES_WITHIN_S)

    tell(story)


def test_a_failure_that_nobody_touched_is_told_apart() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(60.0)
        await charger.plug_in()
        await charger.world("fault", name="link_cut", connector=1)
        await charger.passes(100.0)
        await asked(charger, "status")
        await charger.passes(100.0)
        await charger.world("heal", name="link_cut", connector=1)
        await charger.passes(60.0)

        found = await repairs(charger)
        assert (found.repaired, found.acknowledged, found.unattended) == (1, 0, 1)
        assert found.unattended_s == pytest.approx(200, abs=SERVES_WITHIN_S)

    tell(story)


def test_a_restart_that_the_central_system_asks_for_acknowledges_it() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(60.0)
        await charger.plug_in()
        await charger.world("fault", name="link_cut", connector=1)
        await charger.passes(120.0)
        await charger.network("call", action="Reset", payload={"type": "Soft"})
        await charger.passes(20.0)
        if charger.stage.charger.agent is None:
            await charger.stage.charger.start()
        await charger.passes(100.0)
        await charger.world("heal", name="link_cut", connector=1)
        await charger.passes(60.0)

        found = await repairs(charger)
        assert (found.repaired, found.acknowledged) == (1, 1)
        assert found.acknowledge_s == pytest.approx(120, abs=10)

    tell(story)
