"""Transactions and the queue to the network: one record, so that nothing can be in one and not in the other.

The row of a transaction is its message: a start and a stop are read from it when they are told. Only the oldest facts
are held in memory, a few dozen at most, whatever the queue's length.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Collection
from enum import Enum
from typing import TypeVar

from agent.core.facts import OpenTransaction, QueuedFact, TransactionSampled, TransactionStarted, TransactionStopped
from agent.core.identity import PlugIdentity, TransactionKey
from agent.core.session.effects import RecordJudgement, RecordStopDecision
from agent.core.time import Instant
from agent.store import profiles, queue, signed_sessions, transactions
from agent.store.front import Front
from agent.store.profiles import ChargingProfile, Installed, Profiles
from agent.store.queue import Places, QueueChange
from agent.store.signed_sessions import SignedSession
from agent.store.transactions import SessionRecord
from agent.store.writer import Work, Writer
from agent.values import frozen

T = TypeVar("T")
log = logging.getLogger(__name__)

ON_RECORD_ALREADY = QueueChange()

LOOKED_AT_ONE_BY_ONE = 32
"""With more facts that wait no session is forgotten yet: each of them would be asked whether it belongs to it."""
NEARLY_FULL, ROOM_AGAIN = 0.9, 0.8
"""Of the limits (ocpp16.md section 6, rule 7)."""


class Room(Enum):
    """How much of it the queue has left. Once short of it, it has plenty below ROOM_AGAIN."""

    PLENTY = "plenty"
    NEARLY_FULL = "nearly full"
    THINNED = "samples are thinned out"


@frozen(kw_only=True)
class LedgerLimits:
    """How much is kept. Starts and stops are kept beyond every limit, as long as the disk takes them."""

    queued_facts: int = 200_000
    file_bytes: int = 200_000_000
    sessions: int = 1000
    history_of_a_transaction: int = 500
    """Readings a stop carries along; more would not fit into the message that many networks accept."""


@frozen
class _Edge:
    """What a start or a stop changed: the queue and, where it is not None, the installed profiles."""

    queue: QueueChange
    profiles: Installed | None


class Ledger:
    """Everything recorded about transactions. Every method that waits returns after its commit; raises StoreError.

    Serves the connectors (`record_…`), the network (`next_fact` … `abandon`) and the command line (`sessions`).
    """

    def __init__(
        self,
        writer: Writer,
        profiles: Profiles,
        limits: LedgerLimits | None = None,
        *,
        on_start: Callable[[TransactionStarted], None] = lambda _: None,
    ) -> None:
        """Reads what is on record; nothing may be written through `writer` before.

        `profiles` change with the transactions they belong to, in the same commits. `on_start` hears of each start once
        it is durable.
        """
        self._on_start = on_start
        self._writer = writer
        self._places = Places(writer.connection)
        self._front = Front(writer, self._changed)
        self._profiles = profiles
        self._limits = limits or LedgerLimits()
        self._found = transactions.open_transactions(writer.connection)
        self._remote_ids = {one.key: one.remote_id for one in self._found}
        self._bytes = queue.bytes_used(writer.connection)
        self._thinned_to = 0
        self._of_transactions = 0
        """How often something of a transaction was to be recorded, and that number when nothing of one waited."""
        self._none_waited_at: int | None = None
        self._room = Room.PLENTY
        self.thinned = 0
        """Samples that went for want of room, since the start of the program."""
        self.on_room: Callable[[Room], None] = lambda _: None
        """Hears of each change of the room that the queue has."""

    def open_transactions(self) -> tuple[OpenTransaction, ...]:
        """Transactions that were running when the program ended, by connector."""
        return self._found

    # For the connectors.

    async def record_start(
        self, fact: TransactionStarted, plug: PlugIdentity | None, profile: ChargingProfile | None = None
    ) -> None:
        """A transaction began, and `profile` with it. Refused while another one is open on its connector."""

        def work(connection: sqlite3.Connection) -> _Edge:
            row_id = transactions.insert_start(connection, fact, plug)
            own = None if profile is None else profiles.begun(connection, profile)
            if row_id is None:
                return _Edge(ON_RECORD_ALREADY, own)
            return _Edge(self._queue(connection, "started", row_id), own)

        def after(edge: _Edge) -> None:
            self._remote_ids.setdefault(fact.key, None)
            self._on_start(fact)
            self._take_over(edge)

        await self._append(fact.key, work, after)

    async def record_stop_decision(self, decision: RecordStopDecision) -> None:
        """That the transaction is to end, so that a restart in the middle does not charge on."""
        await self._writer.write(lambda connection: transactions.note_stop_decision(connection, decision))

    async def record_checkpoint(self, key: TransactionKey, register_wh: int, at: Instant) -> None:
        """The register so far; one below the last is not taken over."""

        def work(connection: sqlite3.Connection) -> None:
            transactions.move_checkpoint(connection, transactions.open_id(connection, key), register_wh, at)

        await self._writer.write(work)

    async def record_plug(self, key: TransactionKey, plug: PlugIdentity | None) -> None:
        """The insertion the transaction goes on with."""
        await self._writer.write(lambda connection: transactions.note_plug(connection, key, plug))

    async def record_judgement(self, judgement: RecordJudgement) -> None:
        """The network's word on a running transaction, for the time after a restart."""
        await self._writer.write(lambda connection: transactions.note_judgement(connection, judgement))

    async def record_sample(self, fact: TransactionSampled, *, for_network: bool, for_stop: bool) -> None:
        """Readings to be told by themselves, with the stop, or both. A register among them moves the checkpoint.

        Those of which `may_wait` is true are told from memory, and on record where that takes long (held.py).
        """
        if for_network and not for_stop and self._front.takes(fact):
            self._front.held.put(QueuedFact(seq=self._places.take(), fact=fact))
            return

        def work(connection: sqlite3.Connection) -> QueueChange:
            row_id = None if fact.key is None else transactions.open_id(connection, fact.key)
            if row_id is not None:
                transactions.move_checkpoint_to(connection, row_id, fact.readings)
            if row_id is not None and for_stop:
                longest = self._limits.history_of_a_transaction
                transactions.add_history(connection, row_id, fact.readings, longest)
            if not for_network:
                return QueueChange()
            return self._bounded(connection, queue.append_sample(connection, self._places.take(), fact, row_id))

        await self._append(fact.key, work, self._changed)

    async def record_stop(self, fact: TransactionStopped) -> None:
        """The transaction is over: its row closed, its profiles gone and the stop queued, in one commit.

        Once: another stop of the same transaction is refused. The very same one is not, it is on record already.
        """

        def work(connection: sqlite3.Connection) -> _Edge:
            row_id = transactions.close(connection, fact)
            left = profiles.ended(connection, fact.key)
            if row_id is None:
                return _Edge(ON_RECORD_ALREADY, left)
            for sample in fact.history:
                transactions.add_history(connection, row_id, sample, self._limits.history_of_a_transaction)
            if self._front.on_record <= LOOKED_AT_ONE_BY_ONE:
                transactions.prune(connection, row_id, self._limits.sessions)
            return _Edge(self._queue(connection, "stopped", row_id), left)

        def after(edge: _Edge) -> None:
            self._remote_ids.pop(fact.key, None)
            self._take_over(edge)

        await self._append(fact.key, work, after)

    async def run(self) -> None:
        """Put on record what is told from memory and was not for some seconds, for ever (held.py)."""
        await self._front.held.run()

    def write_held(self) -> None:
        """Have put on record what is in memory alone; whatever is asked for from now on comes after it."""
        self._front.held.write()

    async def _append(self, key: TransactionKey | None, work: Work[T], after: Callable[[T], None]) -> None:
        """`work` queues a fact, of `key` or of no transaction: behind what is in memory alone."""
        self.write_held()
        self._of_transactions += key is not None
        appending = self._writer.soon(work, after)
        self._front.appending += 1
        appending.add_done_callback(self._front.appended)
        # A caller that goes away takes nothing back: its fact has its place yet to come.
        await asyncio.shield(appending)

    # For the network.

    async def next_fact(self, past: Collection[int] = ()) -> QueuedFact | None:
        """The oldest fact that is not settled and none of `past`, nor of a transaction whose start is one of them."""
        oldest = self.oldest()
        if oldest is not None and oldest.seq not in past:
            return oldest
        self.write_held()
        if oldest is None and self._front.on_record == 0:
            return None
        begin, look = self._front.gone_past.look(frozenset(past))

        def work(connection: sqlite3.Connection) -> tuple[QueuedFact | None, int]:
            found = queue.head(connection, past, begin)
            return found, queue.end(connection) if found is None else found.seq

        found, seq = await self._writer.read(work)
        self._front.gone_past.found(seq, look)
        return found

    def behind(self, seq: int) -> QueuedFact | None:
        """What is the oldest fact once `seq`, which is it now, is settled; None where it is not in memory yet.

        `next_fact` then returns this very object, unless something else changed it meanwhile.
        """
        return self._front.behind(seq)

    async def record_attempt(self, seq: int) -> None:
        """The network answered this fact with an error: one more attempt is used up."""

        def work(connection: sqlite3.Connection) -> QueueChange:
            queue.add_attempt(connection, seq)
            return QueueChange(front=queue.front(connection))

        await self._change(seq, work)

    async def settle(self, seq: int, remote_id: int | None = None) -> None:
        """Told and answered. `remote_id` is the network's id of the transaction, where the answer gave one."""
        self._front.gone_past.leaves(seq)
        if self._front.held.told(seq):
            return
        more_is_known = self.behind(seq) is not None

        def work(connection: sqlite3.Connection) -> tuple[QueueChange, TransactionKey | None]:
            started = None if remote_id is None else queue.started_by(connection, seq)
            return queue.settle(connection, seq, remote_id, more_is_known=more_is_known), started

        def after(done: tuple[QueueChange, TransactionKey | None]) -> None:
            change, started = done
            self._front.left(seq)
            if started is not None and started in self._remote_ids and remote_id is not None:
                self._remote_ids[started] = remote_id
            self._changed(change)

        await self._writer.write(work, after)

    async def abandon(self, seq: int, why: str) -> None:
        """Attempts are used up: kept on record as never delivered, and the queue goes on."""

        def work(connection: sqlite3.Connection) -> QueueChange:
            return QueueChange(added=-queue.abandon(connection, seq, why), front=queue.front(connection))

        self._front.gone_past.leaves(seq)
        await self._change(seq, work)
        log.error("fact was never delivered", extra={"seq": seq, "why": why})

    async def _change(self, seq: int, work: Work[QueueChange]) -> None:
        """Of a fact that is on record: one that the disk does not take even now is lost with its first refusal."""
        self.write_held()

        def after(change: QueueChange) -> None:
            self._front.held.left([seq])
            self._changed(change)

        await self._writer.write(work, after)

    async def forget_outside(self) -> int:
        """Drop what waits of no transaction: whoever was to hear it is the network no more. How many there were."""
        self._front.gone_past.forget()
        asked, gone = self._front.held.asked(), self._front.held.forget()

        def work(connection: sqlite3.Connection) -> QueueChange:
            return QueueChange(added=-queue.forget_outside(connection), front=queue.front(connection))

        def after(change: QueueChange) -> None:
            nonlocal gone
            # Of those that were asked for, what the disk took in is on record by now, and gone with it.
            gone += self._front.held.left(asked) - change.added
            self._changed(change)

        await self._writer.write(work, after)
        return gone

    async def owes_transactions(self) -> bool:
        """Whether a transaction is open, or a fact of one waits: the network that heard its beginning must hear all."""
        if self._remote_ids:
            return True
        recorded = self._of_transactions
        # Looks past all readings of idle connectors, which may be a year's: once, until a charge records something. A
        # store that fails is no answer, whatever is known.
        is_known = recorded == self._none_waited_at
        owes = await self._writer.read(lambda connection: not is_known and queue.holds_transactions(connection))
        self._none_waited_at = None if owes else recorded
        return owes

    def queued(self) -> int:
        """Facts waiting."""
        return self._front.queued()

    def oldest(self) -> QueuedFact | None:
        """The one that waits longest."""
        return self._front.oldest()

    def fill(self) -> float:
        """How full the queue is, 1.0 at its limit of rows or bytes. Samples are thinned out beyond."""
        return max(self._front.on_record / self._limits.queued_facts, self._bytes / self._limits.file_bytes)

    def remote_id_of(self, key: TransactionKey) -> int | None:
        """The network's id of an open transaction."""
        return self._remote_ids.get(key)

    def key_of_remote(self, remote_id: int) -> TransactionKey | None:
        """The open transaction that the network knows by this id."""
        return next((key for key, known in self._remote_ids.items() if known == remote_id), None)

    async def key_known_as(self, remote_id: int) -> TransactionKey | None:
        """The same of one that may be over: it can have begun and ended before the network gave it a name."""
        return await self._writer.read(lambda connection: transactions.known_as(connection, remote_id))

    # For people.

    async def sessions(self, limit: int = 20) -> tuple[SessionRecord, ...]:
        """The newest transactions, newest first."""
        return await self._writer.read(lambda connection: transactions.sessions(connection, limit))

    async def signed_sessions(self, limit: int) -> tuple[SignedSession, ...]:
        """Those of the newest transactions of which the meter was to sign something, newest first."""
        return await self._writer.read(lambda connection: signed_sessions.newest(connection, limit))

    async def signed_session(self, wanted: str) -> SignedSession | None:
        """One transaction by our key, or by the network's id, with what the meter signed of it."""
        return await self._writer.read(lambda connection: signed_sessions.find(connection, wanted))

    def _queue(self, connection: sqlite3.Connection, kind: str, row_id: int) -> QueueChange:
        return self._bounded(connection, queue.append(connection, self._places.take(), kind, row_id))

    def _bounded(self, connection: sqlite3.Connection, change: QueueChange) -> QueueChange:
        """After something was added, in the worker: keep the queue below its limits by thinning one stretch."""
        self._bytes = queue.bytes_used(connection)
        if self._front.on_record + change.added <= self._limits.queued_facts and self._bytes <= self._limits.file_bytes:
            return change
        gone, self._thinned_to = queue.thin(connection, self._thinned_to)
        front = queue.front(connection) if gone else change.front
        return QueueChange(added=change.added - gone, thinned=gone, front=front)

    def _look_for_room(self, thinned: int) -> None:
        """Each state is told once: before samples have to go, when they go, and when there is room again."""
        fill, room = self.fill(), self._room
        if thinned:
            self._room = Room.THINNED
        elif fill < (NEARLY_FULL if room is Room.PLENTY else ROOM_AGAIN):
            self._room = Room.PLENTY
        elif room is Room.PLENTY:
            self._room = Room.NEARLY_FULL
        if self._room is not room:
            is_good = self._room is Room.PLENTY
            seen = {"room": self._room.value, "queued": self._front.on_record, "fill": round(fill, 2)}
            log.log(logging.INFO if is_good else logging.WARNING, "room of the queue", extra=seen)
            self.on_room(self._room)

    def _take_over(self, edge: _Edge) -> None:
        if edge.profiles is not None:
            self._profiles.took(edge.profiles)
        self._changed(edge.queue)

    def _changed(self, change: QueueChange) -> None:
        """After the commit, in the loop, in the order of the commits: what is known of the queue is its beginning."""
        self._front.took(change)
        self.thinned += change.thinned
        self._look_for_room(change.thinned)
