"""Where the moments of all boots lie on one axis of UTC milliseconds.

Within a boot the monotonic clock alone counts, so a wall clock that is set changes no length. A boot lies where its
last word of the wall clock puts it (core/metrics/timeline.py). One that never knew the time ends where the next one
begins, the latest it can have been; and boots keep their order: where clocks contradict each other, the later boot is
believed, because its clock was set since, and the earlier one lies right before it.
"""

from __future__ import annotations

from collections.abc import Iterable

from agent.core.metrics.timeline import Timeline
from agent.core.time import Instant

FIRST_MS, LAST_MS = 0, 200_000_000_000_000
"""1970, and the year 8307: before and beyond, no charger was running, whatever its clock says."""
LONGEST_BOOT_S = 1e10
"""Some 300 years."""


class Axis:
    """Of one charger. `moments` are all that is on record; boots follow each other as `order` names them first."""

    def __init__(self, order: Iterable[Instant], moments: Iterable[Instant]) -> None:
        all_of = list(moments)
        time = Timeline(all_of)
        spans: dict[str, tuple[float, float]] = {}
        for at in all_of:
            low, high = spans.get(at.boot_id, (at.monotonic_s, at.monotonic_s))
            spans[at.boot_id] = min(low, at.monotonic_s), max(high, at.monotonic_s)
        self._zero_ms: dict[str, int] = {}
        self.moved: tuple[str, ...] = ()
        """Boots whose clock contradicts a later one; they lie before it."""
        next_ms: int | None = None
        for boot in reversed(list(dict.fromkeys(at.boot_id for at in order))):
            low_s, high_s = spans.get(boot, (0.0, 0.0))
            known_ms = time.utc_ms(Instant(0.0, None, boot))
            latest_ms = None if next_ms is None else next_ms - _ms(high_s)
            if known_ms is None or (latest_ms is not None and known_ms > latest_ms):
                self.moved = (boot, *self.moved) if known_ms is not None else self.moved
                known_ms = latest_ms
            if known_ms is not None:
                self._zero_ms[boot] = known_ms
                next_ms = known_ms + _ms(low_s)

    def ms(self, at: Instant) -> int | None:
        """UTC milliseconds; None where neither its boot nor any later one ever knew the time."""
        zero_ms = self._zero_ms.get(at.boot_id)
        found_ms = None if zero_ms is None else zero_ms + _ms(at.monotonic_s)
        return found_ms if found_ms is not None and FIRST_MS <= found_ms < LAST_MS else None


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
