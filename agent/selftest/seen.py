"""The latest levels of one connector's devices, followed for as long as an attempt lasts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from agent.core.control_pilot import ContactorState
from agent.drivers.interfaces import DeviceFault, PilotReading
from agent.errors import DriverError
from agent.selftest.ports import Outlet

Level = TypeVar("Level")

LOOK_AGAIN_S = 0.2
"""After a device fell silent. A board that restarts is back within a second."""


class Seen:
    """What holds now; each is None, or empty, before its first level and while the device is silent."""

    def __init__(self) -> None:
        self.pilot: PilotReading | None = None
        self.contactor: ContactorState | None = None
        self.faults: tuple[DeviceFault, ...] = ()
        self.changes = 0
        """How often anything of this changed."""
        self._changed = asyncio.Event()

    async def change(self) -> None:
        """Until anything changes; whoever waits looks before and after."""
        self._changed.clear()
        await self._changed.wait()

    def took_pilot(self, reading: PilotReading | None) -> None:
        self.pilot = reading
        self._note()

    def took_contactor(self, state: ContactorState | None) -> None:
        self.contactor = state
        self._note()

    def took_faults(self, faults: tuple[DeviceFault, ...] | None) -> None:
        if faults is not None:  # a silent device takes nothing back
            self.faults = faults
            self._note()

    def _note(self) -> None:
        self.changes += 1
        self._changed.set()


@asynccontextmanager
async def watched(outlet: Outlet) -> AsyncIterator[Seen]:
    """The levels of `outlet`, kept up to date inside."""
    seen = Seen()
    try:
        async with asyncio.TaskGroup() as tasks:
            following = [
                tasks.create_task(_follow(outlet.pilot.states, seen.took_pilot)),
                tasks.create_task(_follow(outlet.contactor.states, seen.took_contactor)),
                tasks.create_task(_follow(outlet.pilot.faults, seen.took_faults)),
            ]
            try:
                yield seen
            finally:
                for task in following:
                    task.cancel()
    except BaseExceptionGroup as group:
        # What ended the block is what its caller waits for, and not a group of one.
        if len(group.exceptions) == 1:
            raise group.exceptions[0] from None
        raise


async def _follow(levels: Callable[[], AsyncIterator[Level]], took: Callable[[Level | None], None]) -> None:
    while True:
        try:
            async for level in levels():
                took(level)
        except DriverError:
            took(None)
        await asyncio.sleep(LOOK_AGAIN_S)
