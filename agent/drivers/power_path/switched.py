"""A contactor made of a plain switch and the pilot of its connector. When it closes: agent/core/switching.py."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace

from agent.core import switching
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.identity import PlugIdentity
from agent.core.switching import Heard, SwitchedPath
from agent.drivers.interfaces import ControlPilot, DeviceFault, PilotReading, Switch
from agent.drivers.level import Level, changes
from agent.drivers.power_path.parts import REACH, PartFaults, out_of_reach
from agent.errors import DriverError, DriverRejected, DriverUnavailable

log = logging.getLogger(__name__)

LISTENS_AGAIN_AFTER_S = 0.5
"""To a pilot that is silent, or to a switch that did not take an order; each has its own pace below."""

SwitchLevel = ContactorState | DriverError | None
"""The error that it cannot be reached with; None before its first word."""
Change = Callable[[SwitchedPath, float], SwitchedPath]


class SwitchedContactor:
    """An `AssembledContactor`. It alone tells the switch what to do; the pilot is somebody else's, and listened to."""

    def __init__(self, switch: Switch, pilot: ControlPilot) -> None:
        self.name = switch.name
        self._switch = switch
        self._pilot = pilot
        self._path = SwitchedPath()
        self._changed = asyncio.Event()
        self._state: Level[SwitchLevel] = Level(None)
        self._part_faults = PartFaults()

    async def open(self) -> None:
        await self._switch.open()

    async def aclose(self) -> None:
        """Open, then let go."""
        self._path = switching.withdraw(self._path, self._now())
        await self._order(closed=False)
        await self._switch.aclose()

    async def permit(self, permitted: bool, plug: PlugIdentity | None = None) -> None:
        """Raises DriverUnavailable where pilot or switch are silent, DriverRejected where another plug is in or it is
        held open. Where it raises, nobody has it.
        """
        if not permitted:
            await self._becomes(switching.withdraw)
            return
        heard = self._path.heard
        if heard is None:
            what = f"{self._pilot.name} is not heard, and without it {self.name} stays open; check that device first"
            raise DriverUnavailable(self.name, what)
        if self._path.held_open:
            raise DriverRejected(self.name, "it is held open; check what holds it: evsectl faults list")
        # A switch that is away would say so only when the car asks, and the session would wait for power.
        _reached(self._state.value)
        if plug is not None and heard.plug != plug:
            raise DriverRejected(self.name, "the plug that this permission was for has left")
        try:
            await self._becomes(lambda path, now_s: switching.permit(path, plug, now_s))
        except BaseException:
            self._path = switching.withdraw(self._path, self._now())
            raise

    async def hold_open(self, held_open: bool) -> None:
        """Opens at once, and what was permitted is over; raises DriverUnavailable where the switch could not be told,
        which is told again.
        """
        await self._becomes(lambda path, now_s: switching.hold_open(path, held_open, now_s))

    def states(self) -> AsyncIterator[ContactorState]:
        """Levels of the switch, as `run` hears them."""
        return changes(self._state, _reached, lambda state: state)

    def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        """Of the switch, and that it is out of reach."""
        return self._part_faults.levels()

    async def run(self) -> None:
        """Follow the pilot and the clock. While nobody does this, it is not permitted to anybody."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow_pilot())
                tasks.create_task(self._follow_switch())
                tasks.create_task(self._follow_clock())
                tasks.create_task(self._part_faults.follow(self._switch.name, self._switch.faults))
        finally:
            self._path = switching.lose(self._path, self._now())
            with suppress(DriverError):
                await self._order(closed=False)

    async def _follow_pilot(self) -> None:
        while True:
            try:
                async for reading in self._pilot.states():
                    heard = _heard(reading)
                    await self._tries(lambda path, now_s: switching.hear(path, heard, now_s))  # noqa: B023 - awaited
            except DriverError:
                await self._tries(switching.lose)
            await asyncio.sleep(LISTENS_AGAIN_AFTER_S)

    async def _follow_switch(self) -> None:
        while True:
            try:
                async for state in self._switch.states():
                    self._state.set(state)
                    self._part_faults.tell(REACH, ())
            except DriverError as error:
                # It is open as soon as it can be, and its fault lets the session permit anew once it is back.
                self._state.set(error)
                self._part_faults.tell(REACH, (out_of_reach(self._switch.name, error),))
                await self._tries(switching.withdraw)
            await asyncio.sleep(LISTENS_AGAIN_AFTER_S)

    async def _follow_clock(self) -> None:
        while True:
            self._changed.clear()
            due_at = self._path.due_at
            try:
                async with asyncio.timeout_at(due_at):
                    await self._changed.wait()
            except TimeoutError:
                await self._tries(switching.look_at_clock)

    async def _tries(self, change: Change) -> None:
        """What nobody asked for has nobody to hear that it failed: the faults and states of the switch say it."""
        try:
            await self._becomes(change)
        except DriverError as error:
            log.warning("switch was not told", extra={"driver": self.name, "reason": error.what})

    async def _becomes(self, change: Change) -> None:
        before = self._path.closed
        self._path = change(self._path, self._now())
        self._changed.set()
        # An opening is told whatever was told before: it costs nothing, and what was told may have been lost.
        if self._path.closed != before or not self._path.closed:
            await self._order(closed=self._path.closed)

    async def _order(self, *, closed: bool) -> None:
        try:
            await self._switch.set_closed(closed)
        except BaseException:
            # What was refused is not closed: the next change that wants it closed orders it anew.
            self._path = replace(self._path, closed=False)
            raise

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _reached(level: SwitchLevel) -> ContactorState | None:
    if isinstance(level, DriverError):
        raise type(level)(level.driver, level.what)
    return level


def _heard(reading: PilotReading) -> Heard:
    offers = reading.offered_a > 0
    return Heard(state=reading.state, plug=reading.plug if reading.state is not PilotState.A else None, offers=offers)
