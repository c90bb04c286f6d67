"""The only reader of clocks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol

from agent.core.time import Instant

KERNEL_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
NOT_BEFORE_MS = 1_767_225_600_000
"""2026-01-01, before this software existed: an earlier wall clock is a controller without time."""


class Clock(Protocol):
    def now(self) -> Instant: ...


class SystemClock:
    """The controller's clocks. The wall clock counts as trusted once it is past the day this software was built."""

    def __init__(self) -> None:
        self._boot_id = KERNEL_BOOT_ID.read_text().strip() if KERNEL_BOOT_ID.exists() else "unknown"

    def now(self) -> Instant:
        """The present moment by both clocks."""
        utc_ms = time.time_ns() // 1_000_000
        return Instant(time.monotonic(), utc_ms if utc_ms >= NOT_BEFORE_MS else None, self._boot_id)
