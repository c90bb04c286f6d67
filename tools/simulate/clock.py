"""The agent's clock in a simulation: the virtual loop's time, a wall clock that runs along, boots on order."""

from __future__ import annotations

import asyncio

from agent.core.time import Instant

EPOCH_MS = 1_800_000_000_000
"""15 January 2027, when a simulation begins that does not say otherwise."""


class VirtualClock:
    """`SettableClock` of the agent. `boot` counts the controller's power cuts; `epoch_ms` is UTC at second 0."""

    def __init__(self, epoch_ms: int = EPOCH_MS) -> None:
        self.boot = 1
        self._epoch_ms = epoch_ms

    def now(self) -> Instant:
        seconds = asyncio.get_running_loop().time()
        return Instant(seconds, self._epoch_ms + round(seconds * 1000), f"boot-{self.boot}")

    def told(self, utc_ms: int) -> None:
        """This wall clock is trusted already."""
