"""The agent's clock in a simulation: the virtual loop's time, a wall clock that runs along, boots on order."""

from __future__ import annotations

import asyncio
import time

from agent.core.time import Instant

EPOCH_MS = 1_800_000_000_000
"""15 January 2027, when a simulation begins that does not say otherwise."""


class VirtualClock:
    """`SettableClock` of the agent. `boot` counts the controller's power cuts; `epoch_ms` is UTC at second 0."""

    def __init__(self, epoch_ms: int = EPOCH_MS) -> None:
        self.boot = 1
        self.ahead_s = 0.0
        """How far somebody has set the wall clock ahead; negative: back."""
        self.is_trusted = True
        """Without it there is no time of day but what the network told."""
        self._told_at_0_ms: int | None = None
        self._epoch_ms = epoch_ms

    def now(self) -> Instant:
        seconds = asyncio.get_running_loop().time()
        zero_ms = self._epoch_ms + round(self.ahead_s * 1000) if self.is_trusted else self._told_at_0_ms
        utc_ms = None if zero_ms is None else zero_ms + round(seconds * 1000)
        return Instant(seconds, utc_ms, f"boot-{self.boot}")

    def is_told(self) -> bool:
        """The time of day is the network's word."""
        return not self.is_trusted and self._told_at_0_ms is not None

    def told(self, utc_ms: int) -> None:
        """Matters only where this wall clock is not trusted."""
        self._told_at_0_ms = utc_ms - round(asyncio.get_running_loop().time() * 1000)


def of_today() -> VirtualClock:
    """For a play in real time: its wall clock is that of this machine. To be called inside the loop."""
    return VirtualClock(round((time.time() - asyncio.get_running_loop().time()) * 1000))
