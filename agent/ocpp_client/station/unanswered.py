"""Facts the network is silent about while it answers everything else: counted, set aside, told again. Pure.

A central system may trip over one message for ever and be well otherwise. Such a fact is not lost and holds up nobody
else's: it stays in the ledger, what does not need it goes past, and it is told again once nothing else waits, over each
new connection and every hour. Times are monotonic seconds.
"""

from __future__ import annotations

from agent.values import mutable

AGAIN_EVERY_S = 3600.0
"""Proposed: a central system is mended by people, within hours."""
MOST_ASIDE = 100
"""Proposed. Where so many are unanswered the network takes no facts at all, and going on would only be noise."""


@mutable
class Silences:
    """How often the network was silent about a fact. `again_s`: set aside until then; None while it is not."""

    count: int = 0
    again_s: float | None = None


class Unanswered:
    """By the fact's place in the ledger. Kept in memory only: a new program tries each fact anew."""

    def __init__(self) -> None:
        self._known: dict[int, Silences] = {}

    def aside(self) -> frozenset[int]:
        """All that are set aside, also those that are due again."""
        return frozenset(seq for seq, silences in self._known.items() if silences.again_s is not None)

    def resting(self, now_s: float) -> frozenset[int]:
        """Those that are not due yet."""
        return frozenset(seq for seq, again_s in self._times().items() if again_s > now_s)

    def due_s(self) -> float | None:
        """When the first of them is due again."""
        return min(self._times().values(), default=None)

    def count(self, seq: int) -> int:
        """The network was silent about it and answered something else since; how often that has been."""
        silences = self._known.setdefault(seq, Silences())
        silences.count += 1
        return silences.count

    def set_aside(self, seq: int, now_s: float) -> bool:
        """Leave it for later, from now on. False where too many are already."""
        if len(self.aside() - {seq}) >= MOST_ASIDE:
            return False
        self._known.setdefault(seq, Silences()).again_s = now_s + AGAIN_EVERY_S
        return True

    def answered(self, seq: int) -> bool:
        """The network said something about it: whether it had been set aside. Then it is mended, and all are due."""
        silences = self._known.pop(seq, None)
        was_aside = silences is not None and silences.again_s is not None
        if was_aside:
            self.all_are_due()
        return was_aside

    def all_are_due(self) -> None:
        """Tell them again (a new connection)."""
        for silences in self._known.values():
            if silences.again_s is not None:
                silences.again_s = 0.0

    def forget_due(self, now_s: float) -> None:
        """The ledger does not hold them any more (a sample that was thinned out)."""
        gone = self.aside() - self.resting(now_s)
        self._known = {seq: silences for seq, silences in self._known.items() if seq not in gone}

    def _times(self) -> dict[int, float]:
        known = self._known.items()
        return {seq: silences.again_s for seq, silences in known if silences.again_s is not None}
