"""Time as the core sees it: a value that comes in as an argument."""

from __future__ import annotations

from datetime import UTC, datetime

from agent.values import frozen


@frozen
class Instant:
    """One moment by two clocks.

    `monotonic_s` orders everything within one boot of the controller and drives every deadline; `boot_id` names that
    boot (the kernel's boot id). `utc_ms` is milliseconds since 1970 UTC, or None while the wall clock is not trusted; a
    record stamped without it is placed later through `boot_id` and `monotonic_s`.
    """

    monotonic_s: float
    utc_ms: int | None = None
    boot_id: str = ""

    def plus(self, seconds: float) -> Instant:
        """The same clocks `seconds` later."""
        utc_ms = None if self.utc_ms is None else self.utc_ms + round(seconds * 1000)
        return Instant(self.monotonic_s + seconds, utc_ms, self.boot_id)

    def since(self, earlier: Instant) -> float:
        """Seconds from `earlier` to here, by the monotonic clock; both must be of one boot."""
        return self.monotonic_s - earlier.monotonic_s

    def ms_since(self, earlier: Instant) -> int | None:
        """Milliseconds from `earlier` to here; None where neither clock spans it: another boot, and no time of day."""
        if earlier.boot_id == self.boot_id:
            return round(self.since(earlier) * 1000)
        if earlier.utc_ms is None or self.utc_ms is None:
            return None
        return self.utc_ms - earlier.utc_ms

    def wall_clock_set_by_s(self, earlier: Instant) -> float:
        """How far the wall clock was moved since, seconds, beyond the time that passed; 0 where nobody can tell."""
        if self.utc_ms is None or earlier.utc_ms is None or self.boot_id != earlier.boot_id:
            return 0.0
        return (self.utc_ms - earlier.utc_ms) / 1000 - self.since(earlier)


LONG_AGO = Instant(0.0)
"""Stands for a moment that has not come yet in a field that only matters once it has."""


def rfc3339(utc_ms: int) -> str:
    """A moment in milliseconds of Unix time, as people and other programs read it."""
    return datetime.fromtimestamp(utc_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
