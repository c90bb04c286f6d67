"""The runs of the program: how each one began, and how the one before it ended. A factory reset keeps them."""

from __future__ import annotations

import sqlite3

from agent.core.health.boots import Run, RunEnd, RunReason, how_it_ended, why_it_begins
from agent.core.time import Instant
from agent.store import moments
from agent.store.writer import Writer

RUNS_KEPT = 200


class Runs:
    """Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        """Reads the last one; nothing may be written through `writer` before."""
        self._writer = writer
        row = writer.connection.execute("SELECT * FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        self._before = None if row is None else _run(row, moments.as_written(writer.connection, row, "started"))
        self._id: int | None = None

    async def begin(self, at: Instant, version: str, *, hardware_watchdog: bool) -> None:
        """Put this run on record, and with it how the one before must have ended."""
        reason = why_it_begins(self._before, at.boot_id, hardware_watchdog=hardware_watchdog)
        how = None
        if self._before is not None:
            how = how_it_ended(self._before, at.boot_id, hardware_watchdog=hardware_watchdog)

        def work(connection: sqlite3.Connection) -> int:
            if how is not None:
                # The last one alone: older ones have their word.
                connection.execute(
                    "UPDATE runs SET how = ? WHERE how IS NULL AND id = (SELECT max(id) FROM runs)", (how.value,)
                )
            made = connection.execute(
                """
                INSERT INTO runs (started_s, started_utc_ms, started_boot, version, reason)
                VALUES (?, ?, ?, ?, ?) RETURNING id
                """,
                (*moments.columns(connection, at), version, reason.value),
            ).fetchone()["id"]
            connection.execute("DELETE FROM runs WHERE id <= ?", (made - RUNS_KEPT,))
            return int(made)

        self._id = await self._writer.write(work)

    async def stuck(self, names: tuple[str, ...]) -> None:
        """These vital parts make no progress now; none: they go on. It tells later which end was a watchdog's."""
        await self._change("UPDATE runs SET stuck = ? WHERE id = ?", ", ".join(names))

    async def conclude(self, at: Instant, how: RunEnd) -> None:
        """This run ends in order."""
        run = self._id
        if run is None:
            return

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE runs SET how = ?, ended_s = ?, ended_utc_ms = ?, ended_boot = ? WHERE id = ?",
                (how.value, *moments.columns(connection, at), run),
            )

        await self._writer.write(work)

    async def newest(self, limit: int) -> tuple[Run, ...]:
        """The newest first; this run is the first of them."""

        def work(connection: sqlite3.Connection) -> tuple[Run, ...]:
            rows = connection.execute("SELECT * FROM runs ORDER BY id DESC LIMIT ?", (limit,)).fetchall()
            return tuple(_placed(connection, row) for row in rows)

        return await self._writer.read(work)

    async def _change(self, statement: str, *values: str) -> None:
        run = self._id
        if run is not None:
            await self._writer.write(lambda connection: connection.execute(statement, (*values, run)).rowcount)


def _placed(connection: sqlite3.Connection, row: sqlite3.Row) -> Run:
    ended = None if row["ended_s"] is None else moments.instant(connection, row, "ended")
    return _run(row, moments.instant(connection, row, "started"), ended)


def _run(row: sqlite3.Row, started: Instant, ended: Instant | None = None) -> Run:
    return Run(
        started=started,
        version=row["version"],
        reason=RunReason(row["reason"]),
        ended=ended,
        how=None if row["how"] is None else RunEnd(row["how"]),
        stuck=row["stuck"],
    )
