"""When things happen in the world: the loop's clock in integer microseconds, and timers on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

US_PER_S = 1_000_000


class Timeline:
    """The clock of one loop, real or virtual. Integers, so that energy over time is exact."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop

    def now_us(self) -> int:
        """Microseconds since an arbitrary start, never falling."""
        return round(self.loop.time() * US_PER_S)

    def after(self, delay_s: float, call: Callable[[], None]) -> asyncio.TimerHandle:
        """Call once, `delay_s` from now; cancel through the handle."""
        return self.loop.call_later(delay_s, call)


class Alarm:
    """One pending call at most: setting it again moves it, clearing it forgets it."""

    def __init__(self, timeline: Timeline, call: Callable[[], None]) -> None:
        self._timeline = timeline
        self._call = call
        self._handle: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        return self._handle is not None

    def set(self, delay_s: float) -> None:
        """Ring `delay_s` from now and not at the time set before."""
        self.clear()
        self._handle = self._timeline.after(max(0.0, delay_s), self._ring)

    def set_unless_set(self, delay_s: float) -> None:
        """Ring `delay_s` from now unless it is already going to ring."""
        if self._handle is None:
            self.set(delay_s)

    def clear(self) -> None:
        """Do not ring."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _ring(self) -> None:
        self._handle = None
        self._call()
