"""What people did about the charger (core/uptime/acts.py), written with the log of commands and kept for longer."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from agent.core.time import Instant
from agent.core.uptime.acts import Act
from agent.store import moments

ROWS_KEPT = 20_000


def insert(connection: sqlite3.Connection, one: Act) -> None:
    connection.execute(
        "INSERT INTO acts (at_s, at_utc_ms, at_boot, verb, role, via, support_case, port) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*moments.columns(connection, one.at), one.verb, one.role, one.via, one.case, one.port),
    )
    connection.execute("DELETE FROM acts WHERE id <= (SELECT max(id) FROM acts) - ?", (ROWS_KEPT,))


def forget_before(connection: sqlite3.Connection, utc_ms: int) -> None:
    connection.execute("DELETE FROM acts WHERE at_utc_ms < ?", (utc_ms,))


def taken(connection: sqlite3.Connection, boots: Mapping[int, str], since_ms: int = 0) -> tuple[Act, ...]:
    """Oldest first, each moment as it was read then. `since_ms`: without those that are known to be older."""
    rows = connection.execute("SELECT * FROM acts WHERE coalesce(at_utc_ms, ?) >= ? ORDER BY id", (since_ms, since_ms))
    return tuple(
        Act(
            number=row["id"],
            at=Instant(row["at_s"], row["at_utc_ms"], boots.get(row["at_boot"], "")),
            verb=row["verb"],
            role=row["role"],
            via=row["via"],
            case=row["support_case"],
            port=row["port"],
        )
        for row in rows
    )
