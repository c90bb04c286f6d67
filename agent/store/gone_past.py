"""Up to where a look for the next fact would find only what is gone past anyway. Pure.

With many starts set aside each look walked past all of their samples; nothing that is recorded later comes before them.
"""

from __future__ import annotations


class GonePast:
    """`past`: places of facts that are set aside, and with a start all of its transaction is."""

    def __init__(self) -> None:
        self._past: frozenset[int] = frozenset()
        self._begin = 0
        self._changes = 0

    def look(self, past: frozenset[int]) -> tuple[int, int]:
        """Where a look that leaves out `past` may begin, and what to tell of it to `found`."""
        if not past >= self._past:
            # One of them is to be told after all, and all of its transaction.
            self.forget()
        self._past = past
        return self._begin, self._changes

    def found(self, seq: int, look: int) -> None:
        """Before `seq` there was only what is gone past; counts for nothing where that changed since `look`."""
        if look == self._changes:
            self._begin = seq

    def leaves(self, seq: int) -> None:
        """The fact is about to be told or given up: was it a start that is gone past, its samples are due then.

        To be called before the writer gets it, so that a look that is before it in the writer's order counts no more.
        """
        if seq in self._past:
            self.forget()

    def forget(self) -> None:
        """The next look begins at the oldest fact."""
        self._begin = 0
        self._changes += 1
