"""Charges with what the meter signed of them, as a person asks for them."""

from __future__ import annotations

import sqlite3

from agent.core.identity import TransactionKey
from agent.core.signatures import SignedEdge
from agent.store import signed, transactions
from agent.store.signed import SignedRow
from agent.store.transactions import SessionRecord
from agent.values import frozen


@frozen(kw_only=True)
class SignedSession:
    """`begin` and `end` are None where no signature was due."""

    session: SessionRecord
    begin: SignedRow | None
    end: SignedRow | None


def newest(connection: sqlite3.Connection, limit: int) -> tuple[SignedSession, ...]:
    """Of the newest `limit` transactions those of which something was to be signed, newest first."""
    found = (_of(connection, record) for record in transactions.sessions(connection, limit))
    return tuple(one for one in found if one.begin is not None or one.end is not None)


def find(connection: sqlite3.Connection, wanted: str) -> SignedSession | None:
    """The newest transaction with this key of ours, or with this id of the network."""
    row = connection.execute(
        "SELECT key FROM transactions WHERE key = ? OR CAST(remote_id AS TEXT) = ? ORDER BY id DESC LIMIT 1",
        (wanted, wanted),
    ).fetchone()
    if row is None:
        return None
    record = transactions.session(connection, TransactionKey(row["key"]))
    return None if record is None else _of(connection, record)


def _of(connection: sqlite3.Connection, record: SessionRecord) -> SignedSession:
    row = transactions.find(connection, record.key)
    ends = {} if row is None else signed.rows(connection, row["id"])
    return SignedSession(session=record, begin=ends.get(SignedEdge.BEGIN), end=ends.get(SignedEdge.END))
