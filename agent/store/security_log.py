"""The security log (security.md, S-91): bounded by age only, chained by digests, kept through a factory reset.

Also the queue of security events that the central system is still to be told of: a row waits until it was told.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection
from itertools import pairwise

from agent.core.time import Instant
from agent.store import moments
from agent.store.writer import Writer
from agent.values import frozen

RECORDS_KEPT = 10_000
WAITING_AT_MOST = 200
"""Events that wait for the central system. Beyond, the oldest stays on record and is not told any more."""


@frozen(kw_only=True)
class SecurityRecord:
    """One row. `event` is OCPP 1.6's word; `waits`: the central system was not told yet."""

    seq: int
    at: Instant
    event: str
    info: str
    waits: bool
    digest: str


class SecurityLog:
    """Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        """Reads what waits; nothing may be written through `writer` before."""
        self._writer = writer
        connection = writer.connection
        rows = connection.execute("SELECT * FROM security_log WHERE waits = 1 ORDER BY id").fetchall()
        self._waiting = [_record(row, moments.instant(connection, row, "at")) for row in rows]
        self.lost = _lost(connection)
        """How many of the newest records somebody took out since the last run; this program never does."""

    def oldest_waiting(self) -> SecurityRecord | None:
        """What the central system is to be told of next."""
        return self._waiting[0] if self._waiting else None

    def waiting(self) -> int:
        return len(self._waiting)

    async def append(self, at: Instant, event: str, info: str, *, waits: bool) -> None:
        """On record when it returns."""

        def work(connection: sqlite3.Connection) -> SecurityRecord:
            return _append(connection, at, event, info, waits)

        await self._writer.write(work, self._took)

    async def told(self, seq: int) -> None:
        """The central system knows of it, or will never want to."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE security_log SET waits = 0 WHERE id = ?", (seq,))

        await self._writer.write(work, lambda _: self._forget(seq))

    async def tell_only(self, events: Collection[str]) -> None:
        """Of all that waits the central system is told these kinds; the others stay on record."""
        marks = ",".join("?" * len(events))

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                f"UPDATE security_log SET waits = 0 WHERE waits = 1 AND event NOT IN ({marks})",  # noqa: S608 marks only
                tuple(events),
            )

        def after(_: None) -> None:
            self._waiting = [one for one in self._waiting if one.event in events]

        await self._writer.write(work, after)

    async def records(self, limit: int = RECORDS_KEPT) -> tuple[SecurityRecord, ...]:
        """The newest, oldest first."""

        def work(connection: sqlite3.Connection) -> tuple[SecurityRecord, ...]:
            rows = connection.execute("SELECT * FROM security_log ORDER BY id DESC LIMIT ?", (limit,)).fetchall()
            return tuple(_record(row, moments.as_written(connection, row, "at")) for row in reversed(rows))

        return await self._writer.read(work)

    def _took(self, record: SecurityRecord) -> None:
        if record.waits:
            self._waiting.append(record)
            del self._waiting[:-WAITING_AT_MOST]

    def _forget(self, seq: int) -> None:
        self._waiting = [one for one in self._waiting if one.seq != seq]


def broken_at(records: tuple[SecurityRecord, ...]) -> int | None:
    """The number of the first record that does not follow from its predecessor; None where the chain is whole.

    The oldest one left is the anchor: what it followed has left by age.
    """
    for before, one in pairwise(records):
        if one.digest != _digest(before.digest, one.at, one.event, one.info) or one.seq != before.seq + 1:
            return one.seq
    return None


def _lost(connection: sqlite3.Connection) -> int:
    """SQLite keeps the highest number it ever gave apart from the rows."""
    given = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'security_log'").fetchone()
    newest = connection.execute("SELECT max(id) AS newest FROM security_log").fetchone()["newest"]
    return 0 if given is None else int(given["seq"]) - int(newest or 0)


def _append(connection: sqlite3.Connection, at: Instant, event: str, info: str, waits: bool) -> SecurityRecord:
    last = connection.execute("SELECT digest FROM security_log ORDER BY id DESC LIMIT 1").fetchone()
    digest = _digest("" if last is None else str(last["digest"]), at, event, info)
    seq = connection.execute(
        "INSERT INTO security_log (at_s, at_utc_ms, at_boot, event, info, waits, digest) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*moments.columns(connection, at), event, info, int(waits), digest),
    ).lastrowid
    assert seq is not None
    connection.execute("DELETE FROM security_log WHERE id <= ?", (seq - RECORDS_KEPT,))
    if waits:
        connection.execute(
            "UPDATE security_log SET waits = 0 WHERE waits = 1 AND id <= (SELECT id FROM security_log WHERE waits = 1"
            " ORDER BY id DESC LIMIT 1 OFFSET ?)",
            (WAITING_AT_MOST,),
        )
    return SecurityRecord(seq=seq, at=at, event=event, info=info, waits=waits, digest=digest)


def _digest(before: str, at: Instant, event: str, info: str) -> str:
    text = json.dumps([before, at.monotonic_s, at.utc_ms, at.boot_id, event, info])
    return hashlib.sha256(text.encode()).hexdigest()


def _record(row: sqlite3.Row, at: Instant) -> SecurityRecord:
    return SecurityRecord(
        seq=row["id"],
        at=at,
        event=row["event"],
        info=row["info"],
        waits=bool(row["waits"]),
        digest=row["digest"],
    )
