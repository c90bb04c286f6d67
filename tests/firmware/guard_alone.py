"""One guard without a board around it: readings go in, its verdicts come out; looked at densely, or when due."""

from __future__ import annotations

from collections.abc import Callable

from guard import NOTHING, Guard
from kind import Kind
from situation import Situation


class Alone:
    """`sparse` lets it look when a reading changed or it asked to; otherwise at every moment of the script."""

    def __init__(self, make: Callable[[Kind, int], Guard], kind: Kind, *, sparse: bool) -> None:
        self.guard = make(kind, 0)
        self.situation = Situation(0, "power", kind, (self.guard,))
        self.situation.inputs.mirror_open = True
        self._sparse = sparse
        self._due: int | None = None

    def look(self, now: int, *, changed: bool) -> None:
        """The clock shows `now`, in milliseconds; whether a reading is another one than at the last look."""
        if changed or not self._sparse or (self._due is not None and now >= self._due):
            self._due = self.guard.observe(self.situation, now)
            assert self._due is None or self._due > now

    def present(self) -> set[int]:
        """Codes whose condition is there."""
        return {check.code for check in self.guard.checks if check.present(self.situation)}

    def is_in_the_way(self, now: int) -> bool:
        """Something stands between now and closing."""
        return self.guard.obstacle(self.situation, now)[0] != NOTHING
