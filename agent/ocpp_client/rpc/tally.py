"""Counts what goes wrong, and says when it is time to tell. Pure."""

from __future__ import annotations

from collections import Counter

AT_MOST_EVERY_S = 300.0
LONGEST_LIST = 64
"""Kinds that are told apart. A peer can invent ever new ones; the rest is counted together."""
OTHERS = "others"


class Tally:
    """Each kind is told when it first happens, then with its count, not more often than `AT_MOST_EVERY_S`."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._told: dict[str, tuple[int, float]] = {}

    def note(self, what: str, now_s: float) -> int:
        """One more of `what`: how many to tell of now, 0 for none."""
        kind = what if what in self.counts or len(self.counts) < LONGEST_LIST else OTHERS
        self.counts[kind] += 1
        told, told_at = self._told.get(kind, (0, -AT_MOST_EVERY_S))
        if now_s - told_at < AT_MOST_EVERY_S:
            return 0
        self._told[kind] = (self.counts[kind], now_s)
        return self.counts[kind] - told
