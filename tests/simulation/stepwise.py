"""The stage on which a central system says anything: the whole agent in its world, stepwise, on the virtual clock."""

from __future__ import annotations

import asyncio
import gc
import tempfile
from collections import Counter, OrderedDict, deque
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from firmware_sim import verbs
from firmware_sim.virtual_loop import VirtualLoop
from tests.simulation.hostile_office import HostileOffice, Respond
from tests.simulation.maintenance import SITE
from tests.simulation.stage import NOTHING
from tools.kill.account import problems as account
from tools.kill.ledger import kept
from tools.simulate.run import Options, Stage

SETTINGS = {
    "MeterValueSampleInterval": 5,
    "MessageTimeout": 2,
    "TransactionMessageAttempts": 3,
    "TransactionMessageRetryInterval": 1,
    "MinimumStatusDuration": 0,
    "HeartbeatInterval": 20,
}
"""Impatient, so that a run of minutes has everything in it."""
BACK_WITHIN_S = 1200.0
STEP_S, AWAY_S = 0.1, 3.0
"""What a step takes at least: so long that our haste is forgiven again; longer where nobody is there."""
LARGEST = 1000
"""Things in one list, dictionary or set that the agent keeps: its longest by design hold no more."""


class Stepwise:
    """`do` runs a coroutine in the loop in which everything lives; between two steps time stands still."""

    def __init__(self, respond: Respond) -> None:
        super().__init__()
        self.loop = VirtualLoop()
        self.office = HostileOffice(respond)
        self.is_plugged = False
        self.stage: Stage
        self._over = asyncio.Event()
        self._is_set_up = asyncio.Event()
        self._folder = tempfile.TemporaryDirectory(prefix="evse-hostile-")
        self._main = self.loop.create_task(self._live())
        self.loop.run_until_complete(self._set_up())

    async def _live(self) -> None:
        async with AsyncExitStack() as stack:
            url = await self.office.open()
            stack.push_async_callback(self.office.close)
            folder = Path(self._folder.name)
            self.stage = await Stage.set_up(NOTHING, Options(settings=SETTINGS, more_site=SITE), folder, stack, url=url)
            self._is_set_up.set()
            await self._over.wait()
            await self.stage.charger.stop()
            await asyncio.sleep(3.0)

    async def _set_up(self) -> None:
        waiting = asyncio.ensure_future(self._is_set_up.wait())
        await asyncio.wait([waiting, self._main], return_when=asyncio.FIRST_COMPLETED)
        assert self._is_set_up.is_set(), self._main.exception()
        await asyncio.sleep(5.0)

    def do(self, step: Coroutine[Any, Any, None]) -> None:
        """One step, and all answers it is owed."""

        async def told() -> None:
            await step
            await self.office.settled()
            await asyncio.sleep(STEP_S if self.office.is_connected else AWAY_S)

        self.loop.run_until_complete(told())

    async def world(self, verb: str, **given: object) -> None:
        await verbs.perform(self.stage.rig.world, verb, dict(given))

    async def back(self) -> None:
        """The charger has connected again, by itself."""
        async with asyncio.timeout(BACK_WITHIN_S):
            while not self.office.is_connected:  # noqa: ASYNC110
                await asyncio.sleep(0.5)

    def is_in_order(self) -> bool:
        return not self._main.done() and not self.office.found

    def nothing_is_found(self) -> None:
        """Now; with the latest frames for whoever looks for the reason."""
        found = [*self.office.found, *self.stage.breaches()]
        assert not found, "\n".join([*found, "", *self.office.latest])
        assert not self._main.done(), "the agent has ended"

    async def calm(self) -> None:
        """Nobody is at the charger, everybody behaves: everything is told, and nothing that is kept has grown."""
        if self.is_plugged:
            await self.world("plug_out", connector=1)
        await self.back()
        for _ in range(int(BACK_WITHIN_S)):
            if self._is_at_rest():
                break
            await asyncio.sleep(1.0)
        else:
            self.office.found.append(f"not everything was told {BACK_WITHIN_S} s after the calm: {self._state()}")
        await self.office.settled()
        gc.collect()
        self.office.found += [f"{name} holds {size} things" for name, size in _sizes() if size > LARGEST]
        self._register_wh = int(self.stage.rig.world.status()["connectors"][0]["meter"]["register_wh"])

    def end(self) -> None:
        """The agent ends in order."""
        self._over.set()
        self.loop.run_until_complete(asyncio.wait_for(self._main, 120.0))

    def accounts_agree(self) -> None:
        """Meter, ledger and what the central system heard; after `calm` and `end`."""
        found = [*self.office.found, *self.stage.breaches()]
        assert not found, "\n".join(found)
        rows = kept(self.stage.ledger_file).get(1, [])
        assert Counter(self.office.facts.starts) == Counter((1, row.start_wh) for row in rows)
        assert Counter(self.office.facts.stops) == Counter(row.stop_wh for row in rows)
        assert account(rows, rows, 0, self._register_wh) == []

    def clean_up(self) -> None:
        self.loop.close()
        self._folder.cleanup()

    def _state(self) -> str:
        agent = self.stage.charger.agent
        if agent is None:
            return "no agent"
        phases = [(one.phase, one.transaction) for one in agent.station.sessions()]
        return f"{agent.station.store.ledger.queued()} facts, {phases}, connected: {self.office.is_connected}"

    def _is_at_rest(self) -> bool:
        agent = self.stage.charger.agent
        if agent is None or agent.station.store.ledger.queued() or not self.office.is_connected:
            return False
        return all(session.transaction is None for session in agent.station.sessions())


def _sizes() -> Iterator[tuple[str, int]]:
    """Everything of the agent's own objects that holds things, and how many."""
    for thing in gc.get_objects():
        if type(thing).__module__.startswith("agent."):
            for name, value in _fields(thing):
                if isinstance(value, dict | set | list | deque | OrderedDict):
                    yield f"{type(thing).__qualname__}.{name}", len(value)


def _fields(thing: object) -> list[tuple[str, Any]]:
    if hasattr(thing, "__dict__"):
        return list(vars(thing).items())
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    return [(name, getattr(thing, name, None)) for name in slots]
