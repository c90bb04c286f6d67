"""Readings at the marks of the clock outside of any transaction, which wait for the network in memory for a moment.

A charger that nobody uses takes 35,000 of them a year, and nearly each is told at once: to put it on record and take it
off again would be most of what an idle charger writes. So it is only put on record where it was not told within some
seconds. A power cut costs what is here: a reading of an idle connector, of the last HELD_S, that nobody had heard of.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Collection
from functools import partial

from agent.core.facts import QueuedFact, TransactionSampled
from agent.core.quantities import ReadingContext
from agent.errors import StoreError
from agent.store import queue
from agent.store.queue import QueueChange
from agent.store.writer import Writer

log = logging.getLogger(__name__)

HELD_S = 10.0
HELD_AT_MOST = 16


def may_wait(fact: TransactionSampled) -> bool:
    """Whether nobody loses anything that was promised if a power cut takes it."""
    readings = fact.readings
    return fact.key is None and readings.context is ReadingContext.CLOCK and readings.at.utc_ms is not None


class Held:
    """In the order of recording. Nothing is taken unless `run` sees to it that nothing stays."""

    def __init__(self, writer: Writer, changed: Callable[[QueueChange], None]) -> None:
        """`changed` hears what happens to the queue on record, in the order of the commits."""
        self._writer = writer
        self._changed = changed
        self._is_open = False
        self._came = asyncio.Event()
        self._facts: dict[int, QueuedFact] = {}
        self._asked: set[int] = set()
        """Of these the store was asked to put them on record."""

    def __len__(self) -> int:
        return len(self._facts)

    def has_room(self) -> bool:
        return self._is_open and len(self._facts) < HELD_AT_MOST

    def put(self, queued: QueuedFact) -> None:
        self._facts[queued.seq] = queued
        self._came.set()

    def oldest(self) -> QueuedFact | None:
        return next(iter(self._facts.values()), None)

    async def run(self) -> None:
        """Put on record what was not told within HELD_S, for ever."""
        self._is_open = True
        try:
            while True:
                await self._came.wait()
                self._came.clear()
                await asyncio.sleep(HELD_S)
                self.write()
        finally:
            self._is_open = False

    def write(self) -> None:
        """Have put on record what is here alone; whatever the store is asked for from now on comes after it.

        What it refuses stays here: told yet, or lost with the program.
        """
        new = [queued for seq, queued in self._facts.items() if seq not in self._asked]
        if not new:
            return
        self._asked.update(queued.seq for queued in new)
        try:
            writing = self._writer.soon(partial(_recorded, new), partial(self._written, new))
        except StoreError as error:
            _warn(error)
        else:
            writing.add_done_callback(_written)

    def told(self, seq: int) -> bool:
        """Whether it was here alone; then nothing is left of it."""
        if seq in self._asked or seq not in self._facts:
            return False
        del self._facts[seq]
        return True

    def forget(self) -> int:
        """What is here alone is nobody's any more: how many there were."""
        alone = self._facts.keys() - self._asked
        self.left(alone)
        return len(alone)

    def asked(self) -> Collection[int]:
        """What the store was asked to put on record, and takes in just now or has refused."""
        return tuple(self._asked)

    def left(self, seqs: Collection[int]) -> int:
        """They are on record, or gone: how many were here."""
        here = [seq for seq in seqs if self._facts.pop(seq, None) is not None]
        self._asked -= set(seqs)
        return len(here)

    def _written(self, those: list[QueuedFact], change: QueueChange) -> None:
        self.left([one.seq for one in those])
        self._changed(change)


def _recorded(those: list[QueuedFact], connection: sqlite3.Connection) -> QueueChange:
    for one in those:
        assert isinstance(one.fact, TransactionSampled)
        queue.append_sample(connection, one.seq, one.fact, None)
    return QueueChange(added=len(those), front=queue.front(connection))


def _written(writing: asyncio.Future[QueueChange]) -> None:
    if not writing.cancelled() and isinstance(error := writing.exception(), StoreError):
        _warn(error)


def _warn(error: StoreError) -> None:
    log.warning("samples outside of a transaction were not recorded", extra={"error": str(error)})
