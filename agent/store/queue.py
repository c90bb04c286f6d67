"""The queue of facts the network must be told, in the order of recording.

Starts and stops are never dropped. When space runs out, every second sample of a long stretch goes, never the first or
the last of a transaction (ocpp16.md section 6, rule 6).
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Collection
from contextlib import suppress

from agent.core.facts import Fact, QueuedFact, TransactionSampled, moment_of
from agent.core.identity import ConnectorId, TransactionKey
from agent.core.quantities import ReadingContext
from agent.errors import StoreError
from agent.store import moments, readings, transactions
from agent.store.transactions import Delivery
from agent.values import frozen

THINNED_AT_ONCE = 512
"""Facts looked at in one go, so that no other record waits long behind a thinning: a look takes 5 ms, and where nothing
is left to go, which is then asked with every record, 0.7 ms."""
READ_AT_ONCE = 32
"""Samples read together with the fact before them, about 80 kB. Telling a long queue then reads once in so many."""
UNDELIVERED_KEPT = 1000
HOLES = "queue.gaps"
"""The counter of places between the oldest and the newest fact that are empty: never used, thinned out, or told before
their turn."""
HOLES_ONCE = "queue.holes"
"""The same up to the last place that was given, as versions before kept it."""

RESERVED_AHEAD = 256
"""Places, so that not every record changes the page on which the database keeps the last one."""


class Places:
    """Places in the one order of recording: none is given twice, and none that was on record after a restart either.

    One object a run, for any thread.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._next = itertools.count(_reserved(connection) + 1)

    def take(self) -> int:
        """The next one. What is not used leaves a hole."""
        return next(self._next)


@frozen(kw_only=True)
class QueueChange:
    """What one work did to the queue: `added` facts (negative: gone), and its front where that is another.

    `thinned` of those that are gone went for want of room.
    """

    added: int = 0
    thinned: int = 0
    front: tuple[QueuedFact, ...] | None = None


def append(connection: sqlite3.Connection, seq: int, kind: str, transaction_id: int) -> QueueChange:
    """Queue the start or the stop of a transaction at a new place; its values stand in the transaction's row."""
    ends = _ends(connection)
    _reserve(connection, seq)
    row = seq, kind, transaction_id
    connection.execute("INSERT INTO facts (seq, kind, transaction_id) VALUES (?, ?, ?)", row)
    return _appended(connection, seq, ends)


def append_sample(
    connection: sqlite3.Connection, seq: int, fact: TransactionSampled, transaction_id: int | None
) -> QueueChange:
    """Queue a sample, of a transaction or of none."""
    ends = _ends(connection)
    _reserve(connection, seq)
    body = readings.encoded(connection, fact.readings)
    connection.execute(
        "INSERT INTO facts (seq, kind, transaction_id, connector, format, body) VALUES (?, 'sampled', ?, ?, ?, ?)",
        (seq, transaction_id, fact.connector, readings.FORMAT, body),
    )
    return _appended(connection, seq, ends)


def head(connection: sqlite3.Connection, past: Collection[int] = (), begin: int = 0) -> QueuedFact | None:
    """The oldest fact that waits and is none of `past`, nor of a transaction whose start is one of them.

    Those before `begin` are known to be such, and not looked at.
    """
    row = _oldest(connection, 1, past, begin).fetchone()
    return None if row is None else _queued(connection, row)


def end(connection: sqlite3.Connection) -> int:
    """The place behind the last fact that waits; whatever is recorded from now on comes there or later."""
    last = connection.execute("SELECT max(seq) FROM facts").fetchone()[0]
    return 0 if last is None else int(last) + 1


def front(connection: sqlite3.Connection) -> tuple[QueuedFact, ...]:
    """The oldest fact that waits, and the samples right behind it; a few at most, and none where nothing waits.

    What may be read otherwise in its turn ends it: a start or a stop, and a sample whose time is not known yet.
    """
    rows = _oldest(connection, READ_AT_ONCE)
    read: list[QueuedFact] = []
    for row in rows:
        if read and row["kind"] != "sampled":
            break
        try:
            queued = _queued(connection, row)
        except (StoreError, ValueError):
            if not read:
                raise
            break  # not before its turn
        if read and moment_of(queued.fact).utc_ms is None:
            break
        read.append(queued)
    rows.close()
    return tuple(read)


def _oldest(connection: sqlite3.Connection, count: int, past: Collection[int] = (), begin: int = 0) -> sqlite3.Cursor:
    return connection.execute(
        f"""
        SELECT facts.seq, facts.kind, facts.connector AS sampled_at, facts.format, facts.body, facts.attempts,
            transactions.*
        FROM facts LEFT JOIN transactions ON transactions.id = facts.transaction_id
        {_going(past, begin) if past else ""}
        ORDER BY facts.seq LIMIT {count}
        """  # noqa: S608 they are numbers
    )


def _queued(connection: sqlite3.Connection, row: sqlite3.Row) -> QueuedFact:
    return QueuedFact(
        seq=row["seq"],
        fact=_fact(connection, row),
        attempts=row["attempts"],
        remote_id=row["remote_id"],
        abandoned_start=row["start_delivery"] == Delivery.ABANDONED.value,
        started_at=None if row["key"] is None else moments.instant(connection, row, "started"),
    )


def _going(past: Collection[int], begin: int) -> str:
    """The condition that leaves out `past`. Its list of transactions is made once, not anew for each fact gone past."""
    seqs = ",".join(map(str, past))
    return f"""
        WHERE facts.seq >= {begin} AND facts.seq NOT IN ({seqs})
            AND (facts.transaction_id IS NULL OR facts.transaction_id NOT IN (
                SELECT transaction_id FROM facts WHERE seq IN ({seqs}) AND kind = 'started'))
        """  # noqa: S608 they are numbers


def count(connection: sqlite3.Connection) -> int:
    """Facts that wait: the places between both ends, less the holes. Reading all of them would delay a start."""
    first, last = _ends(connection)
    if first is None or last is None:
        _note_holes(connection, 0)
        return 0
    row = connection.execute("SELECT value FROM counters WHERE name = ?", (HOLES,)).fetchone()
    if row is not None:
        return int(last - first + 1 - row[0])
    counted = int(connection.execute("SELECT count(*) FROM facts").fetchone()[0])
    _note_holes(connection, last - first + 1 - counted)
    return counted


def forget_outside(connection: sqlite3.Connection) -> int:
    """Drop every sample outside of a transaction: how many."""
    gone = connection.execute("DELETE FROM facts WHERE transaction_id IS NULL").rowcount
    left, first, last = connection.execute("SELECT count(*), min(seq), max(seq) FROM facts").fetchone()
    if gone and left:
        _set_holes(connection, last - first + 1 - left)
    return gone


def _reserved(connection: sqlite3.Connection) -> int:
    """No place beyond it is on record."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'facts'").fetchone()
    return 0 if row is None else int(row[0])


def _reserve(connection: sqlite3.Connection, seq: int) -> None:
    """In the transaction that puts `seq` on record: whatever comes after a restart gets a later one."""
    if seq <= _reserved(connection):
        return
    ahead = seq + RESERVED_AHEAD
    # The table is the database's own, for AUTOINCREMENT, and has no row before the first one.
    if not connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'facts'", (ahead,)).rowcount:
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('facts', ?)", (ahead,))


def _ends(connection: sqlite3.Connection) -> tuple[int | None, int | None]:
    """The first and the last place in use."""
    # As one question without the inner ones it would read all that lies between.
    row = connection.execute("SELECT (SELECT min(seq) FROM facts), (SELECT max(seq) FROM facts)").fetchone()
    return row[0], row[1]


def _note_holes(connection: sqlite3.Connection, number: int) -> None:
    """At a start. On a full disk they are counted anew by the next one."""
    with suppress(sqlite3.OperationalError):
        _set_holes(connection, number)
        connection.execute("DELETE FROM counters WHERE name = ?", (HOLES_ONCE,))


def _set_holes(connection: sqlite3.Connection, number: int) -> None:
    # In one statement, since at a start each is a commit of its own, and the power may fail behind it.
    connection.execute(
        """
        INSERT INTO counters VALUES (?, ?)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value
        """,
        (HOLES, number),
    )


def _more_holes(connection: sqlite3.Connection, number: int) -> None:
    if number:
        connection.execute("UPDATE counters SET value = value + ? WHERE name = ?", (number, HOLES))


def holds_transactions(connection: sqlite3.Connection) -> bool:
    """Whether a fact of a transaction waits."""
    row = connection.execute("SELECT EXISTS (SELECT 1 FROM facts WHERE transaction_id IS NOT NULL)").fetchone()
    return bool(row[0])


def add_attempt(connection: sqlite3.Connection, seq: int) -> None:
    connection.execute("UPDATE facts SET attempts = attempts + 1 WHERE seq = ?", (seq,))


def started_by(connection: sqlite3.Connection, seq: int) -> TransactionKey | None:
    """The transaction whose start is the fact `seq`; None where it is another fact, or none any more."""
    row = connection.execute(
        """
        SELECT key FROM facts JOIN transactions ON transactions.id = facts.transaction_id
        WHERE facts.seq = ? AND facts.kind = 'started'
        """,
        (seq,),
    ).fetchone()
    return None if row is None else TransactionKey(row["key"])


def settle(connection: sqlite3.Connection, seq: int, remote_id: int | None, *, more_is_known: bool) -> QueueChange:
    """Take a fact that was told out of the queue; none is taken where it is not there any more.

    `more_is_known`: the caller knows facts behind it, and keeps them where they are as they were.
    """
    row = _row(connection, seq)
    if row is None:
        return QueueChange(front=front(connection))
    if row["kind"] == "sampled" and more_is_known:
        return QueueChange(added=-_remove(connection, row))
    if row["kind"] != "sampled":
        transactions.set_delivery(connection, row["transaction_id"], row["kind"], Delivery.TOLD)
    if row["kind"] == "started" and remote_id is not None:
        connection.execute("UPDATE transactions SET remote_id = ? WHERE id = ?", (remote_id, row["transaction_id"]))
    gone = _remove(connection, row)
    return QueueChange(added=-gone, front=front(connection))


def abandon(connection: sqlite3.Connection, seq: int, why: str) -> int:
    """Take a fact out of the queue that was never delivered, and keep the proof; how many were taken."""
    row = _row(connection, seq)
    if row is None:
        return 0
    connection.execute(
        """
        INSERT INTO undelivered (seq, transaction_key, kind, connector, format, body, why)
        SELECT seq, (SELECT key FROM transactions WHERE id = transaction_id), kind, connector, format, body, ?
        FROM facts WHERE seq = ?
        """,
        (why, seq),
    )
    connection.execute(
        "DELETE FROM undelivered WHERE seq <= (SELECT seq FROM undelivered ORDER BY seq DESC LIMIT 1 OFFSET ?)",
        (UNDELIVERED_KEPT,),
    )
    if row["kind"] != "sampled":
        transactions.set_delivery(connection, row["transaction_id"], row["kind"], Delivery.ABANDONED)
    return _remove(connection, row)


def bytes_used(connection: sqlite3.Connection) -> int:
    """Bytes of the file that hold something; room that was given back is not counted."""
    pages, free, page_bytes = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * page_bytes


def thin(connection: sqlite3.Connection, after_seq: int) -> tuple[int, int]:
    """Drop every second sample of one stretch behind `after_seq`: (how many went, where to go on; 0 from the front)."""
    stretch = connection.execute(
        "SELECT max(seq), count(*) FROM (SELECT seq FROM facts WHERE seq > ? ORDER BY seq LIMIT ?)",
        (after_seq, THINNED_AT_ONCE),
    ).fetchone()
    gone = connection.execute(
        """
        DELETE FROM facts WHERE seq IN (
            SELECT seq FROM (
                SELECT seq, kind, row_number() OVER one AS number, lead(seq) OVER one AS next
                FROM facts WHERE seq > ? AND seq <= ? AND kind = 'sampled'
                WINDOW one AS (PARTITION BY transaction_id, connector ORDER BY seq))
            WHERE number % 2 = 0 AND next IS NOT NULL)
        """,
        (after_seq, stretch[0] or 0),
    ).rowcount
    _more_holes(connection, gone)
    return gone, stretch[0] if stretch[1] == THINNED_AT_ONCE else 0


def _appended(connection: sqlite3.Connection, seq: int, ends: tuple[int | None, int | None]) -> QueueChange:
    """`ends`: of the queue without it."""
    first, last = ends
    if first is None or last is None:
        connection.execute("UPDATE counters SET value = 0 WHERE name = ? AND value <> 0", (HOLES,))
        return QueueChange(added=1, front=front(connection))
    _more_holes(connection, seq - last - 1 if seq > last else first - seq - 1 if seq < first else -1)
    # Reading the front may mean reading a long history: not for every sample behind it.
    return QueueChange(added=1, front=front(connection) if seq < first else None)


def _row(connection: sqlite3.Connection, seq: int) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT seq, kind, transaction_id FROM facts WHERE seq = ?", (seq,)
    ).fetchone()
    return row


def _remove(connection: sqlite3.Connection, row: sqlite3.Row) -> int:
    seq = row["seq"]
    gone = connection.execute("DELETE FROM facts WHERE seq = ?", (seq,)).rowcount
    first, last = _ends(connection)
    if first is not None and last is not None:
        _more_holes(connection, seq - first + 1 if seq < first else last - seq + 1 if seq > last else 1)
    if row["kind"] == "stopped":
        connection.execute("DELETE FROM history WHERE transaction_id = ?", (row["transaction_id"],))
    return gone


def _fact(connection: sqlite3.Connection, row: sqlite3.Row) -> Fact:
    match row["kind"]:
        case "started":
            return transactions.started_fact(connection, row)
        case "stopped":
            return transactions.stopped_fact(connection, row)
        case "sampled":
            taken = readings.decoded(connection, row["format"], row["body"])
            is_begin = taken.context is ReadingContext.BEGIN and row["id"] is not None
            return TransactionSampled(
                key=None if row["key"] is None else TransactionKey(row["key"]),
                connector=None if row["sampled_at"] is None else ConnectorId(row["sampled_at"]),
                readings=taken,
                begun=transactions.begun_of(connection, row) if is_begin else None,
            )
        case unknown:
            raise StoreError(f"facts of kind {unknown} are unknown to this agent; install a newer one")
