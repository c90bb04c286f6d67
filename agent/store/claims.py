"""Which evidence bundles this charger made: number, id and hash of each claim. Kept through a factory reset."""

from __future__ import annotations

import sqlite3

from agent.core.time import Instant
from agent.store import moments
from agent.store.writer import Writer
from agent.values import frozen


@frozen(kw_only=True)
class ClaimRow:
    """One that was made."""

    number: int
    claim_id: str
    hash: str
    made: Instant


class Claims:
    """Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def keep(self, row: ClaimRow) -> None:
        """Durable when it returns."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO claims (number, claim_id, hash, made_s, made_utc_ms, made_boot) VALUES (?, ?, ?, ?, ?, ?)",
                (row.number, row.claim_id, row.hash, *moments.columns(connection, row.made)),
            )

        await self._writer.write(work)

    async def listed(self) -> tuple[ClaimRow, ...]:
        """Oldest first."""

        def work(connection: sqlite3.Connection) -> tuple[ClaimRow, ...]:
            rows = connection.execute("SELECT * FROM claims ORDER BY number").fetchall()
            return tuple(
                ClaimRow(
                    number=row["number"],
                    claim_id=row["claim_id"],
                    hash=row["hash"],
                    made=moments.instant(connection, row, "made"),
                )
                for row in rows
            )

        return await self._writer.read(work)
