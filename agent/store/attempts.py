"""Attempts to charge, one row a plug-in, without tokens. Written when energy begins to flow and when the car left."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from enum import Enum
from typing import Any

from agent.core.time import Instant
from agent.core.visits.model import Attempt, FailureClass, Mark, Outcome
from agent.store import moments
from agent.store.writer import Writer

ATTEMPTS_KEPT = 20_000
APART = ("port", "number", "marks")
"""What has columns of its own, or is written otherwise."""
ENUMS: Mapping[str, type[Enum]] = {"start": Outcome, "end": Outcome, "failure": FailureClass}


class Attempts:
    """Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        """Reads those that were not over; nothing may be written through `writer` before."""
        self._writer = writer
        rows = writer.connection.execute("SELECT * FROM attempts WHERE ended_s IS NULL ORDER BY id").fetchall()
        self.open = tuple(_attempt(row) for row in rows)

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
    """As JSON. Boots are named once, moments are a mark, the place of their boot, seconds and UTC milliseconds."""
    boots: list[str] = list(dict.fromkeys(at.boot_id for _, at in attempt.marks))
    plain: dict[str, Any] = {
        "boots": boots,
        "marks": [
            [mark.value, boots.index(at.boot_id), round(at.monotonic_s, 3), at.utc_ms] for mark, at in attempt.marks
        ],
    }
    for field in fields(attempt):
        value = getattr(attempt, field.name)
        if field.name not in APART and value != field.default:
            plain[field.name] = value.value if isinstance(value, Enum) else value
    return json.dumps(plain, separators=(",", ":"), ensure_ascii=False)


def decoded(text: str, *, port: int, number: int) -> Attempt:
    """Raises ValueError, KeyError, TypeError for what no charger wrote."""
    plain: Mapping[str, Any] = json.loads(text)
    boots: Sequence[str] = plain["boots"]
    known = {field.name for field in fields(Attempt)} - set(APART)
    rest: dict[str, Any] = {
        name: ENUMS[name](value) if name in ENUMS else tuple(value) if isinstance(value, list) else value
        for name, value in plain.items()
        if name in known
    }
    marks = tuple((Mark(name), Instant(at_s, utc_ms, boots[boot])) for name, boot, at_s, utc_ms in plain["marks"])
    return Attempt(port=port, number=number, marks=marks, **rest)
