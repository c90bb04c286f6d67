"""A central system that keeps the time of the simulated charger: its own clock is the machine's."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from tools.csms.behaviour import Behaviour
from tools.simulate.clock import EPOCH_MS


class SameTime(Behaviour):
    """`clock_offset_s` is against the charger's time, as long as nobody moved that one."""

    _wrong_by_s = 0.0

    @property
    def clock_offset_s(self) -> float:
        charger_s = EPOCH_MS / 1000 + asyncio.get_running_loop().time()
        return charger_s - datetime.now(UTC).timestamp() + self._wrong_by_s

    @clock_offset_s.setter
    def clock_offset_s(self, seconds: float) -> None:
        self._wrong_by_s = seconds
