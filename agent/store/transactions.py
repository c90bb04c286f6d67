"""The table of transactions: one row from start to stop, kept as the record of the session afterwards."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from enum import Enum

from agent.core.facts import (
    MeterReadings,
    OpenTransaction,
    SignedBegin,
    StopReason,
    TransactionStarted,
    TransactionStopped,
)
from agent.core.identity import ConnectorId, IdToken, PlugIdentity, TransactionKey
from agent.core.session.effects import RecordJudgement, RecordStopDecision
from agent.core.signatures import SignedEdge, SignedValue
from agent.core.time import Instant
from agent.errors import StoreError, TransactionOver
from agent.store import moments, readings, reservations, signed
from agent.values import frozen


class Delivery(Enum):
    """How far the network knows. ABANDONED: refused too often, given up; the record stays here."""

    QUEUED = "queued"
    TOLD = "told"
    ABANDONED = "abandoned"


@frozen(kw_only=True)
class SessionRecord:
    """A transaction as a person asks for it. The stop's fields are None while it runs."""

    key: TransactionKey
    connector: ConnectorId
    token: IdToken
    started_at: Instant
    start_wh: int
    last_wh: int
    start_delivery: Delivery
    remote_id: int | None
    stopped_at: Instant | None = None
    stop_wh: int | None = None
    stop_reason: StopReason | None = None
    stop_delivery: Delivery | None = None

    @property
    def energy_wh(self) -> int:
        """By the last register while it runs."""
        return (self.last_wh if self.stop_wh is None else self.stop_wh) - self.start_wh

    @property
    def delivery(self) -> Delivery:
        """Of the whole: where the start was given up the network knows no such transaction, be its stop answered."""
        if self.start_delivery is Delivery.ABANDONED or self.stop_delivery is None:
            return self.start_delivery
        return self.stop_delivery


def insert_start(connection: sqlite3.Connection, fact: TransactionStarted, plug: PlugIdentity | None) -> int | None:
    """The new row's id; None where this very start is on record already. Refuses a second one on the connector."""
    known = find(connection, fact.key)
    if known is not None:
        if replace(started_fact(connection, known), at=moments.as_written(connection, known, "started")) == fact:
            return None
        raise StoreError(f"transaction {fact.key} was started before with other values")
    running = open_key(connection, fact.connector)
    if running is not None:
        raise StoreError(f"connector {fact.connector} has an open transaction, {running}; stop that one first")
    reservations.use_up(connection, fact)
    at = moments.columns(connection, fact.at)
    row_id = connection.execute(
        """
        INSERT INTO transactions (key, connector, token, token_kind, remote_start_id, reservation_id,
            started_s, started_utc_ms, started_boot, start_wh, last_s, last_utc_ms, last_boot, last_wh,
            plug_board_boot, plug_insertions)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            *(fact.key, fact.connector, fact.token.value, fact.token.kind, fact.remote_start_id, fact.reservation_id),
            *(*at, fact.register_wh, *at, fact.register_wh),
            *_plug_columns(plug),
        ),
    ).lastrowid
    assert row_id is not None
    signed.keep(connection, row_id, SignedEdge.BEGIN, fact.signed, fact.unsigned_because)
    return row_id


def note_stop_decision(connection: sqlite3.Connection, decision: RecordStopDecision) -> None:
    """Its time is not kept: the stop itself will bring one."""
    connection.execute(
        """
        UPDATE transactions SET stop_requested = ?, stop_requested_token = ?, stop_requested_token_kind = ?
        WHERE id = ?
        """,
        (decision.reason.value, *_token_columns(decision.token), open_id(connection, decision.key)),
    )


def move_checkpoint(connection: sqlite3.Connection, row_id: int, register_wh: int, at: Instant) -> None:
    """The last register so far; one that fell is not taken over, nor one from before the last.

    The first reading of a transaction may be older than its start by a second, and the end that a power cut leaves
    takes its time from here: it must not come before the start.
    """
    at_s, at_utc_ms, boot = moments.columns(connection, at)
    connection.execute(
        """
        UPDATE transactions SET last_wh = ?, last_s = ?, last_utc_ms = ?, last_boot = ?
        WHERE id = ? AND last_wh <= ? AND (last_boot <> ? OR last_s <= ?)
        """,
        (register_wh, at_s, at_utc_ms, boot, row_id, register_wh, boot, at_s),
    )


def move_checkpoint_to(connection: sqlite3.Connection, row_id: int, taken: MeterReadings) -> None:
    """The same by the energy register among readings, where there is one."""
    register_wh = readings.register_of(taken)
    if register_wh is not None:
        move_checkpoint(connection, row_id, register_wh, taken.at)


def note_plug(connection: sqlite3.Connection, key: TransactionKey, plug: PlugIdentity | None) -> None:
    """The insertion the transaction goes on with."""
    connection.execute(
        "UPDATE transactions SET plug_board_boot = ?, plug_insertions = ? WHERE id = ?",
        (*_plug_columns(plug), open_id(connection, key)),
    )


def note_judgement(connection: sqlite3.Connection, judgement: RecordJudgement) -> None:
    """The network's word on an open transaction."""
    group = None if judgement.group is None else judgement.group.value
    connection.execute(
        "UPDATE transactions SET group_token = ?, deauthorized = ?, refused_at_wh = ? WHERE id = ?",
        (group, int(judgement.deauthorized), judgement.refused_at_wh, open_id(connection, judgement.key)),
    )


def close(connection: sqlite3.Connection, fact: TransactionStopped) -> int | None:
    """The row's id; None where this very stop is on record already. Refuses another stop of a closed transaction."""
    row = find(connection, fact.key)
    if row is None:
        raise StoreError(f"there is no transaction {fact.key} to stop")
    if row["stopped_s"] is not None:
        if _is_stop(connection, row, fact):
            return None
        raise StoreError(f"transaction {fact.key} was stopped before, at {row['stop_wh']} Wh; it is not stopped twice")
    connection.execute(
        """
        UPDATE transactions SET stopped_s = ?, stopped_utc_ms = ?, stopped_boot = ?, stop_wh = ?, stop_reason = ?,
            stop_token = ?, stop_token_kind = ?, stop_delivery = 'queued'
        WHERE id = ?
        """,
        (
            *moments.columns(connection, fact.at),
            *(fact.register_wh, fact.reason.value, *_token_columns(fact.token), row["id"]),
        ),
    )
    signed.keep(connection, row["id"], SignedEdge.END, fact.signed, fact.unsigned_because)
    return int(row["id"])


def set_delivery(connection: sqlite3.Connection, row_id: int, kind: str, delivery: Delivery) -> None:
    """`kind` is "started" or "stopped"."""
    column = {"started": "start_delivery", "stopped": "stop_delivery"}[kind]
    connection.execute(f"UPDATE transactions SET {column} = ? WHERE id = ?", (delivery.value, row_id))  # noqa: S608 one of two literals


def add_history(connection: sqlite3.Connection, row_id: int, sample: MeterReadings, longest: int) -> None:
    """One more reading for the stop; beyond `longest` every second one goes, but the first and the last."""
    last = connection.execute("SELECT max(place) FROM history WHERE transaction_id = ?", (row_id,)).fetchone()[0]
    connection.execute(
        "INSERT INTO history (transaction_id, place, format, body) VALUES (?, ?, ?, ?)",
        (row_id, (last or 0) + 1, readings.FORMAT, readings.encoded(connection, sample)),
    )
    count = connection.execute("SELECT count(*) FROM history WHERE transaction_id = ?", (row_id,)).fetchone()[0]
    if count > longest:
        connection.execute(
            """
            DELETE FROM history WHERE transaction_id = :id AND place IN (
                SELECT place FROM (
                    SELECT place, row_number() OVER one AS number, lead(place) OVER one AS next
                    FROM history WHERE transaction_id = :id WINDOW one AS (ORDER BY place))
                WHERE number % 2 = 0 AND next IS NOT NULL)
            """,
            {"id": row_id},
        )


def prune(connection: sqlite3.Connection, newest_id: int, kept: int) -> None:
    """Forget sessions beyond the newest `kept` ones of which everything was told or given up; a few a call.

    Looks at each fact that waits.
    """
    connection.execute(
        """
        DELETE FROM transactions WHERE id IN (
            SELECT id FROM transactions WHERE id <= ? AND start_delivery <> 'queued' AND stop_delivery <> 'queued'
                AND NOT EXISTS (SELECT 1 FROM facts WHERE facts.transaction_id = transactions.id)
            ORDER BY id LIMIT 4)
        """,
        (newest_id - kept,),
    )


def find(connection: sqlite3.Connection, key: TransactionKey) -> sqlite3.Row | None:
    """The row of a transaction."""
    row: sqlite3.Row | None = connection.execute("SELECT * FROM transactions WHERE key = ?", (key,)).fetchone()
    return row


def is_open(connection: sqlite3.Connection, key: TransactionKey) -> bool:
    """Whether it is on record and has no stop."""
    query = "SELECT 1 FROM transactions WHERE key = ? AND stopped_s IS NULL"
    return connection.execute(query, (key,)).fetchone() is not None


def open_id(connection: sqlite3.Connection, key: TransactionKey) -> int:
    """The id of an open transaction; raises TransactionOver where it is unknown or over."""
    row = connection.execute("SELECT id FROM transactions WHERE key = ? AND stopped_s IS NULL", (key,)).fetchone()
    if row is None:
        raise TransactionOver(f"transaction {key} is not open")
    return int(row["id"])


def open_key(connection: sqlite3.Connection, connector: ConnectorId) -> TransactionKey | None:
    """What runs on the connector."""
    row = connection.execute(
        "SELECT key FROM transactions WHERE connector = ? AND stopped_s IS NULL", (connector,)
    ).fetchone()
    return None if row is None else TransactionKey(row["key"])


def open_transactions(connection: sqlite3.Connection) -> tuple[OpenTransaction, ...]:
    """Everything that has no stop, by connector."""
    rows = connection.execute("SELECT * FROM transactions WHERE stopped_s IS NULL ORDER BY connector").fetchall()
    return tuple(_open_transaction(connection, row) for row in rows)


def sessions(connection: sqlite3.Connection, limit: int) -> tuple[SessionRecord, ...]:
    """The newest `limit` transactions, newest first."""
    rows = connection.execute("SELECT * FROM transactions ORDER BY id DESC LIMIT ?", (limit,)).fetchall()
    return tuple(_session(connection, row) for row in rows)


def known_as(connection: sqlite3.Connection, remote_id: int) -> TransactionKey | None:
    """The newest that the network knows by this id, open or over."""
    query = "SELECT key FROM transactions WHERE remote_id = ? ORDER BY id DESC LIMIT 1"
    row = connection.execute(query, (remote_id,)).fetchone()
    return None if row is None else TransactionKey(row["key"])


def session(connection: sqlite3.Connection, key: TransactionKey) -> SessionRecord | None:
    """One of them."""
    row = find(connection, key)
    return None if row is None else _session(connection, row)


def started_fact(connection: sqlite3.Connection, row: sqlite3.Row) -> TransactionStarted:
    """The start as it was recorded."""
    begun = signed.value_at(connection, row["id"], SignedEdge.BEGIN)
    return TransactionStarted(
        key=TransactionKey(row["key"]),
        connector=ConnectorId(row["connector"]),
        at=moments.instant(connection, row, "started"),
        token=IdToken(row["token"], row["token_kind"]),
        register_wh=row["start_wh"],
        remote_start_id=row["remote_start_id"],
        reservation_id=row["reservation_id"],
        signed=begun.value,
        unsigned_because=begun.missing,
    )


def begun_of(connection: sqlite3.Connection, row: sqlite3.Row) -> SignedValue | None:
    """What the meter signed at its begin."""
    return signed.value_at(connection, row["id"], SignedEdge.BEGIN).value


def stopped_fact(connection: sqlite3.Connection, row: sqlite3.Row) -> TransactionStopped:
    """The stop as it was recorded, with the history collected for it."""
    bodies = connection.execute(
        "SELECT format, body FROM history WHERE transaction_id = ? ORDER BY place", (row["id"],)
    ).fetchall()
    begun, ended = begun_of(connection, row), signed.value_at(connection, row["id"], SignedEdge.END)
    started_at = moments.instant(connection, row, "started")
    return TransactionStopped(
        key=TransactionKey(row["key"]),
        connector=ConnectorId(row["connector"]),
        at=moments.instant(connection, row, "stopped"),
        register_wh=row["stop_wh"],
        reason=StopReason(row["stop_reason"]),
        token=_token(row, "stop_token"),
        history=tuple(readings.decoded(connection, body["format"], body["body"]) for body in bodies),
        signed=ended.value,
        unsigned_because=ended.missing,
        begun=None if begun is None else SignedBegin(at=started_at, register_wh=row["start_wh"], value=begun),
    )


def _is_stop(connection: sqlite3.Connection, row: sqlite3.Row, fact: TransactionStopped) -> bool:
    """A stop whose first record came about although an error was reported is repeated with the same values."""
    at = moments.as_written(connection, row, "stopped")
    return (at, row["stop_wh"], row["stop_reason"]) == (fact.at, fact.register_wh, fact.reason.value)


def _open_transaction(connection: sqlite3.Connection, row: sqlite3.Row) -> OpenTransaction:
    return OpenTransaction(
        key=TransactionKey(row["key"]),
        connector=ConnectorId(row["connector"]),
        token=IdToken(row["token"], row["token_kind"]),
        started_at=moments.instant(connection, row, "started"),
        start_wh=row["start_wh"],
        last_wh=row["last_wh"],
        last_at=moments.instant(connection, row, "last"),
        plug=None if row["plug_board_boot"] is None else PlugIdentity(row["plug_board_boot"], row["plug_insertions"]),
        kernel_boot_id=moments.as_written(connection, row, "last").boot_id,
        remote_id=row["remote_id"],
        stop_requested=None if row["stop_requested"] is None else StopReason(row["stop_requested"]),
        stop_token=_token(row, "stop_requested_token"),
        group=None if row["group_token"] is None else IdToken(row["group_token"], "Central"),
        signed=begun_of(connection, row),
        deauthorized=bool(row["deauthorized"]),
        refused_at_wh=row["refused_at_wh"],
    )


def _session(connection: sqlite3.Connection, row: sqlite3.Row) -> SessionRecord:
    stopped = row["stopped_s"] is not None
    return SessionRecord(
        key=TransactionKey(row["key"]),
        connector=ConnectorId(row["connector"]),
        token=IdToken(row["token"], row["token_kind"]),
        started_at=moments.instant(connection, row, "started"),
        start_wh=row["start_wh"],
        last_wh=row["last_wh"],
        start_delivery=Delivery(row["start_delivery"]),
        remote_id=row["remote_id"],
        stopped_at=moments.instant(connection, row, "stopped") if stopped else None,
        stop_wh=row["stop_wh"],
        stop_reason=StopReason(row["stop_reason"]) if stopped else None,
        stop_delivery=Delivery(row["stop_delivery"]) if stopped else None,
    )


def _token(row: sqlite3.Row, column: str) -> IdToken | None:
    return None if row[column] is None else IdToken(row[column], row[f"{column}_kind"])


def _token_columns(token: IdToken | None) -> tuple[str | None, str | None]:
    return (None, None) if token is None else (token.value, token.kind)


def _plug_columns(plug: PlugIdentity | None) -> tuple[str | None, int | None]:
    return (None, None) if plug is None else (plug.board_boot_id, plug.insertions)
