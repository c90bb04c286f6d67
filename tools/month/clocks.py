"""Clocks of a month: a controller that keeps no time without power, a central system that lives in the same month."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from agent.core.time import Instant
from tools.csms.behaviour import Behaviour
from tools.simulate.clock import VirtualClock


class LosableClock(VirtualClock):
    """The wall clock is known at the first start, and after a power cut once the network has told it."""

    def __init__(self, epoch_ms: int) -> None:
        super().__init__(epoch_ms)
        self._known_in_boot = self.boot
        self._ahead_ms = 0

    def now(self) -> Instant:
        now = super().now()
        assert now.utc_ms is not None
        return replace(now, utc_ms=now.utc_ms + self._ahead_ms if self.boot == self._known_in_boot else None)

    def told(self, utc_ms: int) -> None:
        """Believed where nothing is known."""
        true_ms = super().now().utc_ms
        if self.boot != self._known_in_boot and true_ms is not None:
            self._known_in_boot, self._ahead_ms = self.boot, utc_ms - true_ms


class InTheMonth(Behaviour):
    """A central system that tells the month's time, whatever else it does."""

    def __init__(self, epoch_ms: int) -> None:
        self._epoch_ms = epoch_ms
        super().__init__()

    @property
    def clock_offset_s(self) -> float:
        """From the real clock to the month's."""
        return self._epoch_ms / 1000 + asyncio.get_running_loop().time() - time.time()

    @clock_offset_s.setter
    def clock_offset_s(self, _given: float) -> None:
        """Nobody turns it."""
