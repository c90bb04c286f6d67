"""What of the queue is in memory: its oldest facts, those that are on no record yet, and how far one has gone past."""

from __future__ import annotations

from collections.abc import Callable

from agent.core.facts import QueuedFact, TransactionSampled
from agent.store import queue
from agent.store.gone_past import GonePast
from agent.store.held import Held, may_wait
from agent.store.queue import QueueChange
from agent.store.writer import Writer


class Front:
    """Belongs to the loop; changes in the order of the commits."""

    def __init__(self, writer: Writer, changed: Callable[[QueueChange], None]) -> None:
        """Reads what is on record. `changed` hears what comes of `held`."""
        self.on_record = queue.count(writer.connection)
        self.appending = 0
        """Facts on their way to the disk, also where nobody waits for that any more."""
        self.gone_past = GonePast()
        self.held = Held(writer, changed)
        self._facts = queue.front(writer.connection)

    def queued(self) -> int:
        return self.on_record + len(self.held)

    def takes(self, fact: TransactionSampled) -> bool:
        """Whether it is the very next to be told and may wait for that in memory alone."""
        return may_wait(fact) and self.held.has_room() and self.on_record == 0 and self.appending == 0

    def appended(self, _outcome: object) -> None:
        """One of those on their way has arrived, or was refused."""
        self.appending -= 1

    def oldest(self) -> QueuedFact | None:
        ends = (self._facts[0] if self._facts else None, self.held.oldest())
        return min((one for one in ends if one is not None), key=lambda one: one.seq, default=None)

    def behind(self, seq: int) -> QueuedFact | None:
        """What is the oldest fact once `seq`, which is it now, is settled; None where it is not in memory yet."""
        return self._facts[1] if len(self._facts) > 1 and self._facts[0].seq == seq and not self.held else None

    def left(self, seq: int) -> None:
        """It was told, or is gone."""
        self.held.left([seq])
        self._facts = tuple(queued for queued in self._facts if queued.seq != seq)

    def took(self, change: QueueChange) -> None:
        self.on_record += change.added
        if change.front is not None:
            self._facts = change.front
