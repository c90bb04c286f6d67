"""The only reader of clocks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol, runtime_checkable

from agent.core.time import Instant

KERNEL_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
NOT_BEFORE_MS = 1_767_225_600_000
"""2026-01-01, before this software existed: an earlier wall clock is a controller without time."""


class Clock(Protocol):
    def now(self) -> Instant: ...


class SettableClock(Clock, Protocol):
    """A clock that listens to the network."""

    def told(self, utc_ms: int) -> None: ...


@runtime_checkable
class ToldClock(Protocol):
    """A clock may be one of these too: it knows whether its time of day is the network's word alone."""

    def is_told(self) -> bool: ...


def time_quality(clock: Clock) -> str:
    """What is behind the time of day: "none", "csms" (the central system's word) or "clock" (the controller's own)."""
    if clock.now().utc_ms is None:
        return "none"
    return "csms" if isinstance(clock, ToldClock) and clock.is_told() else "clock"


class SystemClock:
    """The controller's clocks. The wall clock counts as trusted once it is past the day this software was built.

    Before that, the time the network told stands in for it: good enough to date a record, and never worse than none.
    """

    def __init__(self) -> None:
        self._boot_id = KERNEL_BOOT_ID.read_text().strip() if KERNEL_BOOT_ID.exists() else "unknown"
        self._told_at_boot_ms: int | None = None

    def now(self) -> Instant:
        """The present moment by both clocks."""
        monotonic_s = time.monotonic()
        utc_ms: int | None = time.time_ns() // 1_000_000
        if utc_ms is not None and utc_ms < NOT_BEFORE_MS:
            told = self._told_at_boot_ms
            utc_ms = None if told is None else told + round(monotonic_s * 1000)
        return Instant(monotonic_s, utc_ms, self._boot_id)

    def is_told(self) -> bool:
        """Its own wall clock is one of a controller without time."""
        return time.time_ns() // 1_000_000 < NOT_BEFORE_MS and self._told_at_boot_ms is not None

    def told(self, utc_ms: int) -> None:
        """The network says that it is `utc_ms` now. A time before this software existed is not believed."""
        if utc_ms >= NOT_BEFORE_MS:
            self._told_at_boot_ms = utc_ms - round(time.monotonic() * 1000)
