"""The queue of facts the network must be told, in the order of recording.

Starts and stops are never dropped. When space runs out, every second sample of a long stretch goes, never the first or
the last of a transaction (ocpp16.md section 6, rule 6).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from agent.core.facts import Fact, QueuedFact, TransactionSampled
from agent.core.identity import ConnectorId, TransactionKey
from agent.errors import StoreError
from agent.store import readings, transactions
from agent.store.transactions import Delivery
from agent.values import frozen

THINNED_AT_ONCE = 4096
"""Samples looked at in one go, so that no other record waits long behind a thinning."""
UNDELIVERED_KEPT = 1000


@frozen(kw_only=True)
class QueueChange:
    """What one work did to the queue: `added` facts (negative: gone), and the oldest one now unless it stayed."""

    added: int = 0
    head: QueuedFact | None = None
    head_stays: bool = False


def append(connection: sqlite3.Connection, kind: str, transaction_id: int) -> QueueChange:
    """Queue the start or the stop of a transaction; its values stand in the transaction's row."""
    seq = connection.execute("INSERT INTO facts (kind, transaction_id) VALUES (?, ?)", (kind, transaction_id)).lastrowid
    return _appended(connection, seq)


def append_sample(connection: sqlite3.Connection, fact: TransactionSampled, transaction_id: int | None) -> QueueChange:
    """Queue a sample, of a transaction or of none."""
    seq = connection.execute(
        "INSERT INTO facts (kind, transaction_id, connector, format, body) VALUES ('sampled', ?, ?, ?, ?)",
        (transaction_id, fact.connector, readings.FORMAT, readings.encoded(connection, fact.readings)),
    ).lastrowid
    return _appended(connection, seq)


def head(connection: sqlite3.Connection, past: Collection[int] = ()) -> QueuedFact | None:
    """The oldest fact that waits and is none of `past`, nor of a transaction whose start is one of them."""
    row = connection.execute(
        f"""
        SELECT facts.seq, facts.kind, facts.connector AS sampled_at, facts.format, facts.body, facts.attempts,
            transactions.*
        FROM facts LEFT JOIN transactions ON transactions.id = facts.transaction_id
        {_going(past) if past else ""}
        ORDER BY facts.seq LIMIT 1
        """  # noqa: S608 they are numbers
    ).fetchone()
    if row is None:
        return None
    return QueuedFact(
        seq=row["seq"],
        fact=_fact(connection, row),
        attempts=row["attempts"],
        remote_id=row["remote_id"],
        abandoned_start=row["start_delivery"] == Delivery.ABANDONED.value,
    )


def _going(past: Collection[int]) -> str:
    """The condition that leaves out `past`. Its list of transactions is made once, not anew for each fact gone past."""
    seqs = ",".join(map(str, past))
    return f"""
        WHERE facts.seq NOT IN ({seqs}) AND (facts.transaction_id IS NULL OR facts.transaction_id NOT IN (
            SELECT transaction_id FROM facts WHERE seq IN ({seqs}) AND kind = 'started'))
        """  # noqa: S608 they are numbers


def count(connection: sqlite3.Connection) -> int:
    """Facts that wait."""
    return int(connection.execute("SELECT count(*) FROM facts").fetchone()[0])


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


def settle(connection: sqlite3.Connection, seq: int, remote_id: int | None) -> int:
    """Take a fact that was told out of the queue; how many were taken, 0 where it is not there any more."""
    row = _row(connection, seq)
    if row is None:
        return 0
    if row["kind"] != "sampled":
        transactions.set_delivery(connection, row["transaction_id"], row["kind"], Delivery.TOLD)
    if row["kind"] == "started" and remote_id is not None:
        connection.execute("UPDATE transactions SET remote_id = ? WHERE id = ?", (remote_id, row["transaction_id"]))
    return _remove(connection, row)


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
    return gone, stretch[0] if stretch[1] == THINNED_AT_ONCE else 0


def _appended(connection: sqlite3.Connection, seq: int | None) -> QueueChange:
    oldest = connection.execute("SELECT min(seq) FROM facts").fetchone()[0]
    # Reading the head may mean reading a long history: not for every sample behind it.
    return QueueChange(added=1, head=head(connection)) if oldest == seq else QueueChange(added=1, head_stays=True)


def _row(connection: sqlite3.Connection, seq: int) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT seq, kind, transaction_id FROM facts WHERE seq = ?", (seq,)
    ).fetchone()
    return row


def _remove(connection: sqlite3.Connection, row: sqlite3.Row) -> int:
    gone = connection.execute("DELETE FROM facts WHERE seq = ?", (row["seq"],)).rowcount
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
            return TransactionSampled(
                key=None if row["key"] is None else TransactionKey(row["key"]),
                connector=None if row["sampled_at"] is None else ConnectorId(row["sampled_at"]),
                readings=readings.decoded(connection, row["format"], row["body"]),
            )
        case unknown:
            raise StoreError(f"facts of kind {unknown} are unknown to this agent; install a newer one")
