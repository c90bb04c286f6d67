"""A charger on the virtual clock for a measure: agent, world and central system in one process, nothing breaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from firmware_sim import verbs
from firmware_sim.scenario import Plan
from tools.simulate.run import Options, Stage

CARD = "04A1B2C3"
SETTLED_AFTER_S = 60.0
READY_DELAY_S = 0.5
"""From the offer to the car's asking for power."""
PLUGGED_FOR_S = 10.0


@asynccontextmanager
async def charger(
    folder: Path, *, flush: bool = False, more_site: str = "", storage: Path | None = None
) -> AsyncIterator[Stage]:
    """Booted and settled. `flush` makes each commit reach the disk, as on a charger.

    `more_site`: further sections of its site file; `storage`: where it keeps what it keeps, if not in `folder`.
    """
    plan = Plan(seed=1, connectors=(1,), duration_s=0.0, actions=())
    async with AsyncExitStack() as stack:
        stage = await Stage.set_up(plan, Options(flush=flush, more_site=more_site, storage=storage), folder, stack)
        await asyncio.sleep(SETTLED_AFTER_S)
        yield stage
        await stage.charger.stop()


async def plug_in(stage: Stage) -> None:
    """A car arrives, and its plug is seen."""
    arguments: dict[str, object] = {"connector": 1, "current_a": 16.0, "ready_delay_s": READY_DELAY_S}
    await verbs.perform(stage.rig.world, "plug_in", arguments)
    await asyncio.sleep(PLUGGED_FOR_S)


async def show_card(stage: Stage) -> float:
    """A card is shown; the virtual seconds until the contactor has closed."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await verbs.perform(stage.rig.world, "swipe", {"token": CARD})
    await verbs.perform(stage.rig.world, "wait", {"connector": 1, "until": "closed"})
    return loop.time() - began


async def leave(stage: Stage) -> None:
    """The card again, the plug out, and the rest of it."""
    await verbs.perform(stage.rig.world, "swipe", {"token": CARD})
    await asyncio.sleep(PLUGGED_FOR_S)
    await verbs.perform(stage.rig.world, "plug_out", {"connector": 1})
    await asyncio.sleep(PLUGGED_FOR_S)
