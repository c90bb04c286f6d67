"""A contactor with a cut-off in series: a second switch that opens by itself when this program is dead."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress

from agent.core.control_pilot import ContactorState
from agent.core.identity import PlugIdentity
from agent.drivers.interfaces import AssembledContactor, Contactor, CutOff, DeviceFault
from agent.drivers.power_path.parts import REACH, PartFaults, out_of_reach
from agent.errors import DriverError, DriverRejected

log = logging.getLogger(__name__)

LETS_GO_AFTER_S = 7.0
"""A contactor whose permission was taken back opens within 6 s (pilot.md section 5, 10.2); then the cut-off opens
under load, whatever the contactor does."""
LOOKS_AGAIN_AFTER_S = 0.5


class ContactorInSeries:
    """An `AssembledContactor`. Nothing flows unless both are closed.

    The cut-off is held before the contactor is permitted, and let go once that has opened, so that the contactor does
    the switching. It is let go at once where the contactor is to be held open, is found welded, or cannot be reached
    any more: then nobody else opens it. Nor is it held for such a contactor, not even until that refuses.
    """

    def __init__(self, contactor: Contactor, cut_off: CutOff) -> None:
        self.name = contactor.name
        self._contactor = contactor
        self._cut_off = cut_off
        self._part_faults = PartFaults()
        self._is_permitted = False
        self._is_held_open = False
        self._loss: DriverError | None = None
        """Why the contactor cannot be reached."""
        self._state = ContactorState.UNKNOWN
        self._closing_ends_at: float | None = None
        self._news = asyncio.Event()

    async def open(self) -> None:
        await self._cut_off.open()
        await self._contactor.open()

    async def aclose(self) -> None:
        """The contactor first: it is made for opening under load."""
        self._is_permitted = False
        try:
            await self._contactor.aclose()
        finally:
            await self._cut_off.aclose()

    async def permit(self, permitted: bool, plug: PlugIdentity | None = None) -> None:
        """Raises what cut-off and contactor raise; where one refuses, neither has it."""
        if not permitted:
            self._withdrawn()
            await self._contactor.permit(False)
            return
        self._require()
        self._is_permitted, self._closing_ends_at = True, None
        try:
            await self._cut_off.hold(True)
            await self._contactor.permit(True, plug)
        except BaseException:
            await self._let_go()
            raise

    async def hold_open(self, held_open: bool) -> None:
        """Lets go at once. What was permitted is over, and nothing is meanwhile: it takes a new permission."""
        self._is_held_open = held_open
        if held_open:
            await self._let_go()
        if isinstance(self._contactor, AssembledContactor):
            await self._contactor.hold_open(held_open)

    def states(self) -> AsyncIterator[ContactorState]:
        """Of the contactor."""
        return self._contactor.states()

    def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        """Of the cut-off, and of the contactor where it has its own."""
        return self._part_faults.levels()

    async def run(self) -> None:
        """Follow the contactor, and let go of the cut-off once that has opened."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow_contactor())
                tasks.create_task(self._follow_clock())
                tasks.create_task(self._part_faults.follow(self._cut_off.name, self._cut_off.faults))
                if isinstance(self._contactor, AssembledContactor):
                    tasks.create_task(self._contactor.run())
                    tasks.create_task(self._part_faults.follow(self._contactor.name, self._contactor.faults))
        finally:
            with suppress(DriverError):
                await self._let_go()

    def _require(self) -> None:
        """Raises where closing the cut-off alone could give power."""
        if self._is_held_open:
            raise DriverRejected(self._cut_off.name, "it is held open; check what holds it: evsectl faults list")
        if self._state is ContactorState.WELDED:
            raise DriverRejected(self._cut_off.name, "the contactor is welded; check its contacts and replace it")
        if self._loss is not None:
            raise type(self._loss)(self._loss.driver, self._loss.what)

    def _withdrawn(self) -> None:
        if self._is_permitted:
            self._is_permitted = False
            self._closing_ends_at = asyncio.get_running_loop().time() + LETS_GO_AFTER_S
        self._news.set()

    async def _follow_contactor(self) -> None:
        while True:
            try:
                async for state in self._contactor.states():
                    self._part_faults.tell(REACH, ())
                    self._state, self._loss = state, None
                    self._news.set()
            except DriverError as error:
                # Nobody else opens it now; the fault lets the session permit anew once it can be reached again.
                self._part_faults.tell(REACH, (out_of_reach(self._contactor.name, error),))
                self._state, self._loss = ContactorState.UNKNOWN, error
                await self._let_go()
            await asyncio.sleep(LOOKS_AGAIN_AFTER_S)

    async def _follow_clock(self) -> None:
        while True:
            self._news.clear()
            if self._state is ContactorState.WELDED or (not self._is_permitted and self._is_over()):
                await self._let_go()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._closing_ends_at):
                    await self._news.wait()

    def _is_over(self) -> bool:
        """Nobody is permitted, and the contactor has opened or had its time for it."""
        if self._closing_ends_at is None:
            return True
        has_opened = self._state in (ContactorState.OPEN, ContactorState.NO_CLOSE)
        return has_opened or asyncio.get_running_loop().time() >= self._closing_ends_at

    async def _let_go(self) -> None:
        self._is_permitted, self._closing_ends_at = False, None
        try:
            await self._cut_off.hold(False)
        except DriverError as error:
            # Held by nobody it opens by itself: that is what it is for.
            log.warning("cut-off was not told", extra={"driver": self._cut_off.name, "reason": error.what})
