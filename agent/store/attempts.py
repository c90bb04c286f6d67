"""Attempts to charge, one row a plug-in, without tokens. Written when energy begins to flow and when the car left."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace

from agent.core.visits.codec import of_plain, plain
from agent.core.visits.model import Attempt, Mark
from agent.store import moments
from agent.store.writer import Writer

ATTEMPTS_KEPT = 20_000
LATEST = 8


class Attempts:
    """Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        """Reads those that were not over, and the latest; nothing may be written through `writer` before."""
        self._writer = writer
        rows = writer.connection.execute("SELECT * FROM attempts WHERE ended_s IS NULL ORDER BY id").fetchall()
        self.open = tuple(_attempt(row) for row in rows)
        rows = writer.connection.execute(
            "SELECT * FROM attempts WHERE ended_s IS NOT NULL ORDER BY id DESC LIMIT ?", (LATEST,)
        ).fetchall()
        self.latest = tuple(_attempt(row) for row in reversed(rows))
        """The last that were over, the oldest first."""

    async def keep(self, attempt: Attempt) -> Attempt:
        """With its number; a first one of a visit names that with its own."""

        def work(connection: sqlite3.Connection) -> Attempt:
            began, over = moments.columns(connection, attempt.began), attempt.at(Mark.UNPLUGGED)
            ended = (None, None, None) if over is None else moments.columns(connection, over)
            number = attempt.number
            if not number:
                row = connection.execute(
                    "INSERT INTO attempts (port, began_s, began_utc_ms, began_boot, fields) VALUES (?, ?, ?, ?, '{}')",
                    (attempt.port, *began),
                )
                number = int(row.lastrowid or 0)
            kept = _numbered(attempt, number)
            connection.execute(
                "UPDATE attempts SET ended_s = ?, ended_utc_ms = ?, ended_boot = ?, fields = ? WHERE id = ?",
                (*ended, encoded(kept), number),
            )
            connection.execute("DELETE FROM attempts WHERE id <= (SELECT max(id) FROM attempts) - ?", (ATTEMPTS_KEPT,))
            return kept

        return await self._writer.write(work)

    async def all(self, newest: int = ATTEMPTS_KEPT) -> tuple[Attempt, ...]:
        """The newest, oldest first; moments as they were read then."""

        def work(connection: sqlite3.Connection) -> tuple[Attempt, ...]:
            rows = connection.execute("SELECT * FROM attempts ORDER BY id DESC LIMIT ?", (newest,)).fetchall()
            return tuple(_attempt(row) for row in reversed(rows))

        return await self._writer.read(work)


def _numbered(attempt: Attempt, number: int) -> Attempt:
    return replace(attempt, number=number, visit=attempt.visit or number)


def _attempt(row: sqlite3.Row) -> Attempt:
    return decoded(row["fields"], port=row["port"], number=row["id"])


def encoded(attempt: Attempt) -> str:
    """As the text of its row."""
    return json.dumps(plain(attempt), separators=(",", ":"), ensure_ascii=False)


def decoded(text: str, *, port: int, number: int) -> Attempt:
    """Back. Raises ValueError, LookupError and TypeError for what no charger wrote."""
    return of_plain(json.loads(text), port=port, number=number)
