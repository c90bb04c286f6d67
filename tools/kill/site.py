"""A charger that can lose its power: central system and files stay, agent and world are killed and started again."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path

from firmware_sim.board_kind import kind_words
from firmware_sim.firmware import load_module
from tools.json_lines import JsonLines
from tools.kill.cut import Cut
from tools.kill.witnesses import Witnesses
from tools.processes import ChildFailed
from tools.station import Bench, StationPlan, agent, bench, evsectl, world

CARD = "04A1B2C3D4CAFE"
SETTINGS: dict[str, int | str] = {"MeterValueSampleInterval": 1}
SETTLES_WITHIN_S = 60.0
LOOK_EVERY_S = 0.1


def board_without_memory() -> dict[str, int | str]:
    """A board killed every few seconds would, by its own count of short lives, rightly refuse to close again."""
    kind = kind_words(tethered=True)
    return {"has": int(kind["has"]) & ~int(load_module("kind").STORAGE)}


class Site:
    """One charger at connector 1. `async with AsyncExitStack() as stack: site = await Site.opened(stack, folder)`."""

    def __init__(self, running: Bench, stack: AsyncExitStack) -> None:
        self._plan = running.plan
        self._csms = running.ask_csms
        self._world = running.world
        self.witnesses = Witnesses(running.plan, running.ask_csms, running.ask_world)
        self._stack = stack

    @classmethod
    async def opened(cls, stack: AsyncExitStack, folder: Path) -> Site:
        """Start central system and world; raises ChildFailed."""
        plan = StationPlan(folder=folder, micropython="never", settings=SETTINGS, board_kind=board_without_memory())
        return cls(await stack.enter_async_context(bench(plan)), stack)

    async def run(self, cut: Cut) -> None:
        """One charge with its cut, and life afterwards until everything is told. Raises TimeoutError, ChildFailed."""
        async with agent(self._plan) as charger:
            async with asyncio.TaskGroup() as tasks:
                charge = tasks.create_task(self._charge(cut))
                await asyncio.sleep(cut.after_s)
                charge.cancel()
            if cut.with_board:
                await self._world.kill()
            await charger.kill()
        await asyncio.sleep(cut.dead_s)
        if cut.with_board:
            await self._start_world()
        await self._settle()

    async def _charge(self, cut: Cut) -> None:
        """As far as it comes before the cut."""
        last = await self._last_frame()
        await self.witnesses.ask_world.ask("plug_in", connector=1, current_a=32, ready_delay_s=0.3, draw_delay_s=0.2)
        await self._told(last, "Preparing")
        await asyncio.sleep(cut.card_after_s)
        await self.witnesses.ask_world.ask("swipe", token=CARD)
        await self._told(last, "Charging")
        await asyncio.sleep(cut.charge_lasts_s)
        await self.witnesses.ask_world.ask("swipe", token=CARD)
        await self._told(last, "Finishing")
        await self.witnesses.ask_world.ask("plug_out", connector=1)

    async def _settle(self) -> None:
        """Start the agent again; the car leaves; wait until the connector is free and the network knows everything."""
        last = await self._last_frame()
        async with agent(self._plan) as charger, asyncio.TaskGroup() as tasks:
            alive = tasks.create_task(charger.must_live())
            await self._csms.ask(
                "wait", until="message", action="BootNotification", after=last, timeout_s=SETTLES_WITHIN_S
            )
            if (await self.witnesses.outlet())["plugged"] is not None:
                await self.witnesses.ask_world.ask("plug_out", connector=1)
            await self._told(last, "Available")
            await self._everything_told()
            alive.cancel()

    async def _everything_told(self) -> None:
        async with asyncio.timeout(SETTLES_WITHIN_S):
            while True:
                if all(one.stop_wh is not None for one in await self.witnesses.told()) and await self._queue_is_empty():
                    return
                await asyncio.sleep(LOOK_EVERY_S)

    async def _queue_is_empty(self) -> bool:
        try:
            status = await evsectl(self._plan, "status")
        except ChildFailed:
            return False  # not listening yet
        return bool(status["network"]["queued_facts"] == 0)

    async def _start_world(self) -> None:
        self._world = await self._stack.enter_async_context(world(self._plan))
        await self._world.ready(SETTLES_WITHIN_S)
        self.witnesses.ask_world = await JsonLines.connected(self._plan.world / "control.sock")

    async def _told(self, after: int, status: str) -> None:
        """Wait until the newest status of the connector beyond frame `after` is this one."""
        async with asyncio.timeout(SETTLES_WITHIN_S):
            while True:
                asked = {"after": after, "action": "StatusNotification", "kind": "call"}
                frames = (await self._csms.ask("frames", **asked))["frames"]
                payloads = [json.loads(frame["text"])[3] for frame in frames]
                if [one["status"] for one in payloads if one["connectorId"] == 1][-1:] == [status]:
                    return
                await asyncio.sleep(LOOK_EVERY_S)

    async def _last_frame(self) -> int:
        return int((await self._csms.ask("frames", limit=1))["last"])
