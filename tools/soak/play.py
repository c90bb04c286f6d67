"""Plays a soak: visits one after the other, trouble now and then, and after each turn whether all is well by itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tools.json_lines import JsonLines, Refused
from tools.kill.witnesses import Witnesses
from tools.processes import Child, ChildFailed, end_in_order_when_told
from tools.soak.gauges import Look, look
from tools.soak.plan import POWER_CUT, Place, Trouble, Turn, turns
from tools.station import READY_TIMEOUT_S, Bench, StationPlan, agent, bench, evsectl, world

CARD = "04A1B2C3D4CAFE"
SETTINGS: dict[str, int | str] = {"MeterValueSampleInterval": 5, "LocalPreAuthorize": "true"}
CARD_AFTER_S = 7.0
"""Behind the plug. A card that is shown again within 5 s was never taken away (agent/drivers/token_readers/)."""
TROUBLE_LASTS_S = 20.0
DEAD_S = 3.0
WELL_WITHIN_S = 420.0
"""The longest wait between two tries to connect is six minutes; a minute more to tell everything."""
LOOKS_EVERY_S = 1.0
DRAWS_WITHIN_S = 30.0
TURN_S = 65.0
"""At least: a pilot board lets its contactor close ten times in ten minutes (docs/safety.md)."""


@dataclass(slots=True)
class Tally:
    """What the hours came to."""

    turns: int = 0
    charges: int = 0
    energy_wh: int = 0
    repeats: int = 0
    longest_recovery_s: float = 0.0
    troubles: Counter[str] = field(default_factory=Counter)
    looks: list[Look] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


Report = Callable[[Turn, Tally], None]


async def soak(folder: Path, seed: int, duration_s: float, report: Report) -> Tally:
    """Play until the time is over, and make the account. Raises ChildFailed, TimeoutError, Refused, ConnectionError."""
    end_in_order_when_told()
    async with AsyncExitStack() as stack:
        plan = StationPlan(folder=folder, micropython="never", settings=SETTINGS)
        charger = Charger(await stack.enter_async_context(bench(plan)), stack)
        await charger.start()
        for turn in turns(seed, _shares(duration_s)):
            await charger.take(turn)
            report(turn, charger.tally)
            if charger.tally.wrong:
                break
        await charger.conclude()
        return charger.tally


def _shares(duration_s: float) -> Iterator[float]:
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    while (passed_s := loop.time() - began_s) < duration_s:
        yield passed_s / duration_s


class Charger:
    """Connector 1 of a charger whose programs can be ended and started again."""

    def __init__(self, running: Bench, stack: AsyncExitStack) -> None:
        self.tally = Tally()
        self._plan = running.plan
        self._csms = running.ask_csms
        self._world = running.world
        self._stack = stack
        self._witnesses = Witnesses(running.plan, running.ask_csms, running.ask_world)
        self._agent: Child
        self._began_s = self._next_s = asyncio.get_running_loop().time()

    async def start(self) -> None:
        """The agent; raises TimeoutError when all is not well in time."""
        self._agent = await self._stack.enter_async_context(agent(self._plan))
        await self._well()

    async def take(self, turn: Turn) -> None:
        """One visit with its trouble; afterwards all has to be well by itself."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._next_s - loop.time())
        self._next_s = loop.time() + TURN_S
        before_wh = await self._witnesses.register_wh()
        async with asyncio.TaskGroup() as tasks:
            visit = tasks.create_task(self._visit(turn))
            if turn.trouble is not None:
                await asyncio.sleep(turn.after_s)
                await self._trouble(turn.trouble)
                self.tally.troubles[str(turn.trouble)] += 1
                # Whoever waits for a charge that was prevented waits in vain.
                visit.cancel()
        await self._leave()
        with suppress(TimeoutError):
            await self._well()
            await self._judge(turn, before_wh)
            return
        self.tally.wrong.append(
            f"turn {turn.number} ({turn.trouble}): not well after {WELL_WITHIN_S:.0f} s; see agent.log"
        )

    async def _judge(self, turn: Turn, before_wh: int) -> None:
        drawn_wh = await self._witnesses.register_wh() - before_wh
        self.tally.turns += 1
        self.tally.charges += drawn_wh > 0
        self.tally.energy_wh += drawn_wh
        if drawn_wh == 0 and turn.trouble is None:
            self.tally.wrong.append(f"turn {turn.number}: nothing was wrong, and nothing was charged")
        self.tally.looks.append(look(self._agent.pid, asyncio.get_running_loop().time() - self._began_s))

    async def _visit(self, turn: Turn) -> None:
        ask = self._witnesses.ask_world.ask
        with suppress(ConnectionError, Refused):  # the power is cut
            await ask("plug_in", connector=1, current_a=turn.current_a, ready_delay_s=0.5, draw_delay_s=0.5)
            await asyncio.sleep(CARD_AFTER_S)
            await ask("swipe", token=CARD)
            with suppress(TimeoutError):
                await self._draws()
            await asyncio.sleep(turn.charge_s)
            if turn.ends_by_card:
                await ask("swipe", token=CARD)
                await asyncio.sleep(2.0)

    async def _draws(self) -> None:
        async with asyncio.timeout(DRAWS_WITHIN_S):
            while True:
                if max((await self._witnesses.outlet())["current_a"]) >= 1:
                    return
                await asyncio.sleep(LOOKS_EVERY_S)

    async def _leave(self) -> None:
        if (await self._witnesses.outlet())["plugged"] is not None:
            await self._witnesses.ask_world.ask("plug_out", connector=1)

    async def _trouble(self, trouble: Trouble) -> None:
        match trouble.place:
            case Place.NETWORK:
                await self._csms.ask(trouble.word, **dict(trouble.arguments))
                await asyncio.sleep(TROUBLE_LASTS_S)
                await self._csms.ask("heal")
            case Place.WORLD:
                await self._witnesses.ask_world.ask("fault", name=trouble.word, connector=1)
                await asyncio.sleep(TROUBLE_LASTS_S)
                await self._witnesses.ask_world.ask("heal")
            case Place.PROGRAM:
                await self._end_and_start(with_board=trouble == POWER_CUT)

    async def _end_and_start(self, *, with_board: bool) -> None:
        if with_board:
            await self._world.kill()
            await self._agent.kill()
            await asyncio.sleep(DEAD_S)
            self._world = await self._stack.enter_async_context(world(self._plan))
            await self._world.ready(READY_TIMEOUT_S)
            self._witnesses.ask_world = await JsonLines.connected(self._plan.world / "control.sock")
        else:
            await self._agent.stop()
        self._agent = await self._stack.enter_async_context(agent(self._plan))

    async def _well(self) -> None:
        """Connected, everything told, the connector free. Raises TimeoutError, and ChildFailed when a program died."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        async with asyncio.timeout(WELL_WITHIN_S):
            while True:
                if await self._is_well():
                    break
                await asyncio.sleep(LOOKS_EVERY_S)
        self.tally.longest_recovery_s = max(self.tally.longest_recovery_s, loop.time() - began_s)

    async def _is_well(self) -> bool:
        if self._agent.process.returncode is not None:
            raise ChildFailed(
                f"the agent ended by itself with code {self._agent.process.returncode}", self._agent.tail()
            )
        try:
            status = await evsectl(self._plan, "status")
        except ChildFailed:
            return False  # not listening yet
        network, connector = status["network"], status["connectors"][0]
        is_told = all(one.stop_wh is not None for one in await self._witnesses.told())
        is_up = network["connected"] and network["registration"] == "Accepted" and network["queued_facts"] == 0
        return bool(is_up and is_told and connector["status"] == "Available")

    async def conclude(self) -> None:
        """The account of all Wh, once the agent has ended in order."""
        await self._agent.stop()
        self.tally.repeats = await self._witnesses.repeats()
        self.tally.wrong += await self._witnesses.account()
