"""The agent's clock in a simulation: the virtual loop's time, a wall clock that runs along, boots on order."""

from __future__ import annotations

import asyncio

from agent.core.time import Instant

EPOCH_MS = 1_800_000_000_000
"""15 January 2027, when every simulation begins."""


class VirtualClock:
    """`SettableClock` of the agent. `boot` counts the controller's power cuts."""

    def __init__(self) -> None:
        self.boot = 1

    def now(self) -> Instant:
        seconds = asyncio.get_running_loop().time()
        return Instant(seconds, EPOCH_MS + round(seconds * 1000), f"boot-{self.boot}")

    def told(self, utc_ms: int) -> None:
        """This wall clock is trusted already."""
