"""What is seen of the connector of an attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from agent.core.control_pilot import ContactorState
from agent.core.quantities import MeterSample
from agent.core.session.model import Session
from agent.drivers.interfaces import PilotReading
from agent.selftest.ports import Outlet
from agent.selftest.seen import Seen
from agent.selftest.surroundings import Surroundings

TIMER_S = 0.001
"""A timer may go off that much before its moment; waiting for the rest of it would be no wait at all."""
LOOKS_EVERY_S = 1.0
"""At what nobody reports: time itself."""


@dataclass(slots=True, kw_only=True)
class Place:
    """One connector in an attempt: its devices, their levels, and whether they are the test's to move."""

    outlet: Outlet
    seen: Seen
    may_move: Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching(Surroundings):
    """`place` None: a test of the whole charger."""

    place: Place | None

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def until(self, holds: Callable[[], bool], within_s: float) -> float | None:
        loop, seen = asyncio.get_running_loop(), self.here().seen
        began = loop.time()
        ends_at = began + within_s
        while not holds():
            if loop.time() >= ends_at - TIMER_S:
                return None
            try:
                async with asyncio.timeout_at(min(ends_at, loop.time() + LOOKS_EVERY_S)):
                    await seen.change()
            except TimeoutError:
                continue
        return loop.time() - began

    def pilot(self) -> PilotReading | None:
        return self.here().seen.pilot

    def contactor(self) -> ContactorState | None:
        return self.here().seen.contactor

    def faults(self) -> tuple[str, ...]:
        return tuple(fault.id for fault in self.here().seen.faults)

    def session(self) -> Session:
        return self.charger.session(self.connector)

    async def read_meter(self) -> MeterSample:
        return await self.here().outlet.meter.read()

    def here(self) -> Place:
        """Raises LookupError for a test of the whole charger."""
        if self.place is None:
            raise LookupError(f"{self.row.test} is of the whole charger")
        return self.place
