"""Rows about commissioning reports, the ticks of the hand-over, and the hash of the owner's code.

The reports themselves are files (agent/station/report_shelf.py). A row is written after its file, so a power cut leaves
at most a file without a row, which the next report of that number replaces.
"""

from __future__ import annotations

import hmac
import sqlite3
from hashlib import sha256

from agent.core.commissioning.handover import folded
from agent.core.time import Instant
from agent.store import moments
from agent.store.writer import Writer
from agent.values import frozen


@frozen(kw_only=True)
class ReportRow:
    """One sealed report. `missing` counts what keeps it from being complete."""

    number: int
    report_id: str
    job: int
    is_complete: bool
    missing: int
    hash: str
    public_key: str
    sealed: Instant


class Reports:
    """Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def keep(self, row: ReportRow) -> None:
        """Durable when it returns."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                """
                INSERT INTO reports (number, report_id, job, is_complete, missing, hash, public_key, sealed_s,
                    sealed_utc_ms, sealed_boot)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                (
                    *(row.number, row.report_id, row.job, int(row.is_complete), row.missing, row.hash, row.public_key),
                    *moments.columns(connection, row.sealed),
                ),
            )

        await self._writer.write(work)

    async def listed(self) -> tuple[ReportRow, ...]:
        """Oldest first."""

        def work(connection: sqlite3.Connection) -> tuple[ReportRow, ...]:
            rows = connection.execute("SELECT * FROM reports ORDER BY number").fetchall()
            return tuple(_row(connection, row) for row in rows)

        return await self._writer.read(work)

    # Hand-over.

    async def tick(self, item: str, at: Instant) -> bool:
        """Whether it was not ticked before; the first moment stays."""

        def work(connection: sqlite3.Connection) -> bool:
            done = connection.execute(
                """
                INSERT INTO handover_ticks (item, ticked_s, ticked_utc_ms, ticked_boot) VALUES (?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """,
                (item, *moments.columns(connection, at)),
            )
            return done.rowcount == 1

        return await self._writer.write(work)

    async def ticks(self) -> dict[str, Instant]:
        def work(connection: sqlite3.Connection) -> dict[str, Instant]:
            rows = connection.execute("SELECT * FROM handover_ticks").fetchall()
            return {row["item"]: moments.instant(connection, row, "ticked") for row in rows}

        return await self._writer.read(work)

    async def keep_owner_code(self, code: str, salt: str) -> None:
        """The only one that counts from now on. `code` itself is not kept."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT OR REPLACE INTO owner_code (id, salt, hash, is_used) VALUES (1, ?, ?, 0)",
                (salt, _hashed(code, salt)),
            )

        await self._writer.write(work)

    async def use_owner_code(self, code: str) -> bool:
        """Whether it is the one that counts, and was not used before; it is used then."""

        def work(connection: sqlite3.Connection) -> bool:
            row = connection.execute("SELECT * FROM owner_code WHERE is_used = 0").fetchone()
            if row is None or not hmac.compare_digest(row["hash"], _hashed(code, row["salt"])):
                return False
            connection.execute("UPDATE owner_code SET is_used = 1")
            return True

        return await self._writer.write(work)

    async def owner_code_state(self) -> str:
        """ "none", "drawn" or "used"."""

        def work(connection: sqlite3.Connection) -> str:
            row = connection.execute("SELECT is_used FROM owner_code").fetchone()
            return "none" if row is None else "used" if row["is_used"] else "drawn"

        return await self._writer.read(work)


def _hashed(code: str, salt: str) -> str:
    # Of 78 random bits no slow hash is needed: nobody tries them all.
    return sha256(f"{salt}:{folded(code)}".encode()).hexdigest()


def _row(connection: sqlite3.Connection, row: sqlite3.Row) -> ReportRow:
    return ReportRow(
        number=row["number"],
        report_id=row["report_id"],
        job=row["job"],
        is_complete=bool(row["is_complete"]),
        missing=row["missing"],
        hash=row["hash"],
        public_key=row["public_key"],
        sealed=moments.instant(connection, row, "sealed"),
    )
