"""The stage on which a central system says anything: the whole agent in its world, stepwise, on the virtual clock."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import tempfile
from collections import Counter, OrderedDict, deque
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

from firmware_sim import verbs
from firmware_sim.virtual_loop import NothingScheduled, TimeStandsStill, VirtualLoop
from tests.simulation.hostile_office import HostileOffice, Respond
from tests.simulation.maintenance import SITE
from tools.kill.account import problems as account
from tools.kill.ledger import kept
from tools.simulate.room import NOTHING
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
STEP_S, AWAY_S = 0.1, 1.0
"""What a step takes at least: so long that our haste is forgiven again; longer where nobody is there."""
DIES_WITHIN_S, LOOKS_EVERY_S = 2.0, 0.01
"""Seldomer looks would let the central system answer one that is dead (`LOST_WITHIN_S`)."""
RESTS_FOR_S = 5
LARGEST = 1000
"""Things in one list, dictionary or set that the agent keeps: its longest by design hold no more."""
TURNS_AT_ONE_INSTANT = 20_000
"""A step has hundreds. More of them without a moment passing: agent and office keep each other busy for ever."""


class Stepwise:
    """`do` runs a coroutine in the loop in which everything lives; between two steps time stands still."""

    def __init__(self, respond: Respond) -> None:
        super().__init__()
        self.loop = VirtualLoop(turns_without_time=TURNS_AT_ONE_INSTANT)
        self.office = HostileOffice(respond)
        self.is_plugged = False
        self.stage: Stage
        self._over = asyncio.Event()
        self._is_set_up = asyncio.Event()
        self._folder = tempfile.TemporaryDirectory(prefix="evse-hostile-")
        self._main = self.loop.create_task(self._live())
        self._alarm = self.loop.create_task(self.office.is_found.wait())
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
        """One step, and all answers it is owed; until something is found, and no longer than the agent runs."""

        async def told() -> None:
            await step
            await self.office.settled()
            await asyncio.sleep(STEP_S if self.office.is_connected else AWAY_S)

        self._until_done(told())

    def _until_done(self, step: Coroutine[Any, Any, None]) -> None:
        doing = self.loop.create_task(step)
        try:
            self.loop.run_until_complete(
                asyncio.wait([doing, self._alarm, self._main], return_when=asyncio.FIRST_COMPLETED)
            )
        except (TimeStandsStill, NothingScheduled) as standstill:
            self.office.find(f"the agent hangs: {standstill}")
        if doing.done():
            doing.result()
        else:
            doing.cancel()

    async def world(self, verb: str, **given: object) -> None:
        await verbs.perform(self.stage.rig.world, verb, dict(given))

    async def back(self) -> None:
        """The charger has connected again, by itself."""
        for _ in range(int(BACK_WITHIN_S / 0.5)):
            if self.office.is_connected:
                return
            await asyncio.sleep(0.5)
        self.office.find(f"the charger did not connect again within {BACK_WITHIN_S} s")

    async def power_fails(self, random: Random) -> None:
        """At once, or at one of the next commits, right before or after it; then power comes back."""
        charger = self.stage.charger
        if commits := random.randrange(4):
            charger.crash_at_commit(commits, random.choice(("before", "after")), with_power=True)
            for _ in range(int(DIES_WITHIN_S / LOOKS_EVERY_S)):
                if charger.is_dead:
                    break
                await asyncio.sleep(LOOKS_EVERY_S)
        self.office.tear()
        if not charger.is_dead:
            await charger.kill(with_power=True)
        await charger.ended()
        await asyncio.sleep(random.choice((0.1, 1.0, 5.0)))
        await charger.start()
        await asyncio.sleep(1.0)

    def is_in_order(self) -> bool:
        return not self._main.done() and not self.office.found

    def nothing_is_found(self) -> None:
        """Now; with the latest frames for whoever looks for the reason."""
        found = [*self.office.found, *self.stage.breaches()]
        assert not found, "\n".join([*found[:5], "", "the latest frames:", *self.office.latest])
        assert not self._main.done(), f"the agent has ended: {self._main.exception()!r}"

    def calms_down(self, meanwhile: Coroutine[Any, Any, None]) -> None:
        """`meanwhile`, then nobody is at the charger, everybody behaves: all is told, nothing kept has grown."""

        async def calm() -> None:
            await meanwhile
            if self.is_plugged:
                await self.world("plug_out", connector=1)
            await self.back()
            await self._comes_to_rest()
            await self.office.settled()
            gc.collect()
            for name, size in _sizes():
                if size > LARGEST:
                    self.office.find(f"{name} holds {size} things")
            self._register_wh = int(self.stage.rig.world.status()["connectors"][0]["meter"]["register_wh"])

        self._until_done(calm())
        self.nothing_is_found()

    async def _comes_to_rest(self) -> None:
        """For a while: what was answered just now may still begin a charge, which has to end and to be told, too."""
        rested_s = 0
        for _ in range(int(BACK_WITHIN_S)):
            rested_s = rested_s + 1 if self._is_at_rest() else 0
            if rested_s > RESTS_FOR_S:
                return
            await asyncio.sleep(1.0)
        self.office.find(f"not everything was told {BACK_WITHIN_S} s after the calm: {self._state()}")

    def end(self) -> None:
        """The agent ends in order."""
        self._over.set()
        self.loop.run_until_complete(asyncio.wait_for(self._main, 120.0))

    def accounts_agree(self) -> None:
        """Meter, ledger and what the central system heard; after `calms_down` and `end`."""
        found = [*self.office.found, *self.stage.breaches()]
        assert not found, "\n".join(found)
        rows = kept(self.stage.ledger_file).get(1, [])
        facts = self.office.facts
        told = [
            *_differences("starts at Wh", facts.starts, [(1, row.start_wh) for row in rows]),
            *_differences("stops at Wh", facts.stops, [row.stop_wh for row in rows]),
            *account(rows, rows, 0, self._register_wh),
        ]
        assert not told, "\n".join([*told, "", *self.office.latest])

    def clean_up(self) -> None:
        """Of a run that failed much is still under way: nobody may hear of that instead of the failure."""
        for task in (left := asyncio.all_tasks(self.loop)):
            task.cancel()
        if left:
            with contextlib.suppress(TimeStandsStill, NothingScheduled):
                self.loop.run_until_complete(asyncio.wait(left, timeout=60.0))
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


def _differences(what: str, heard: list[Any], written: list[Any]) -> Iterator[str]:
    """As multisets: two charges without energy look alike, and one must not stand for both."""
    if lost := list((Counter(written) - Counter(heard)).elements()):
        yield f"{what} are in the ledger and were never told: {lost}"
    if invented := list((Counter(heard) - Counter(written)).elements()):
        yield f"{what} were told and are not in the ledger: {invented}"


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
