"""A charger that is offline finds out why by itself, and forgets it once the central system is back."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from firmware_sim.virtual_loop import run
from tools.simulate.room import NOTHING
from tools.simulate.run import Options, Stage
from tools.sites import networks


@pytest.mark.parametrize(
    ("broken", "says"),
    [("unavailable", "HTTP 503"), ("name_unknown", "no such name")],
)
def test_the_cause_is_known_after_a_minute_and_a_half_and_gone_with_the_trouble(
    tmp_path: Path, broken: str, says: str
) -> None:
    async def story() -> None:
        async with AsyncExitStack() as stack:
            way = await networks.laid(broken, Options(), tmp_path, stack)
            stage = await Stage.set_up(NOTHING, way.options, tmp_path, stack, url=way.url)
            assert stage.charger.agent is not None
            look = stage.charger.agent.upkeep.offline
            await asyncio.sleep(60)
            early = look.found
            await asyncio.sleep(90)
            late = look.found
            assert way.options.behaviour is not None
            way.options.behaviour.refused_status = None
            for _ in range(45 if broken == "unavailable" else 0):
                await asyncio.sleep(20)
                if look.found is None:
                    break
            after = look.found
            await stage.charger.stop()

        assert early is None
        assert late is not None
        assert says in late.says
        assert late.next
        assert (after is None) == (broken == "unavailable")

    run(story())
