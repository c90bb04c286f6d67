"""Where moments of several boots lie to each other. Within one boot by the monotonic clock alone.

A wall clock that is set does not move what lies in the same boot. Between boots the last word of each boot's wall clock
counts: what it said before it was corrected is not used.
"""

from __future__ import annotations

from collections.abc import Iterable

from agent.core.time import Instant


class Timeline:
    """Of one charger. `moments` are all that is on record of it, in any order."""

    def __init__(self, moments: Iterable[Instant]) -> None:
        last: dict[str, tuple[float, int]] = {}
        for at in moments:
            if at.utc_ms is not None and (at.monotonic_s, at.utc_ms) > last.get(at.boot_id, (float("-inf"), 0)):
                last[at.boot_id] = at.monotonic_s, at.utc_ms
        self._zero_ms = {boot: utc_ms - round(monotonic_s * 1000) for boot, (monotonic_s, utc_ms) in last.items()}

    def utc_ms(self, at: Instant) -> int | None:
        """UTC milliseconds of `at`; None where its boot never knew the time."""
        zero_ms = self._zero_ms.get(at.boot_id)
        return at.utc_ms if zero_ms is None else zero_ms + round(at.monotonic_s * 1000)

    def order(self, at: Instant) -> tuple[bool, int, str, float]:
        """For sorting: what has a known time by that, and behind it the rest, boot by boot."""
        utc_ms = self.utc_ms(at)
        return utc_ms is None, utc_ms or 0, at.boot_id, at.monotonic_s

    def between(self, earlier: Instant, later: Instant) -> float | None:
        """Seconds from one to the other, negative where they are the other way round; None where nobody can tell."""
        if earlier.boot_id == later.boot_id and earlier.boot_id:
            return later.monotonic_s - earlier.monotonic_s
        one, other = self.utc_ms(earlier), self.utc_ms(later)
        return None if one is None or other is None else (other - one) / 1000

    def quality(self, at: Instant) -> str:
        """ "clock": read with a wall clock; "placed": by another moment of its boot; "unknown"."""
        if at.utc_ms is not None:
            return "clock"
        return "unknown" if self.utc_ms(at) is None else "placed"
