"""A moment as three columns: monotonic seconds, UTC milliseconds, and the number of the boot they were read in."""

from __future__ import annotations

import sqlite3

from agent.core.time import Instant

Columns = tuple[float, int | None, int]


def columns(connection: sqlite3.Connection, at: Instant) -> Columns:
    """The columns of `at`; its boot gets a number when it is new."""
    return at.monotonic_s, at.utc_ms, _boot_number(connection, at.boot_id)


def instant(connection: sqlite3.Connection, row: sqlite3.Row, prefix: str) -> Instant:
    """The moment in the columns `<prefix>_s`, `<prefix>_utc_ms` and `<prefix>_boot`."""
    return rejoined(connection, (row[f"{prefix}_s"], row[f"{prefix}_utc_ms"], row[f"{prefix}_boot"]))


def rejoined(connection: sqlite3.Connection, parts: Columns) -> Instant:
    """The moment that `columns` took apart."""
    monotonic_s, utc_ms, boot = parts
    found = connection.execute("SELECT boot_id FROM boots WHERE id = ?", (boot,)).fetchone()
    return Instant(monotonic_s, utc_ms, found["boot_id"] if found else "")


def _boot_number(connection: sqlite3.Connection, boot_id: str) -> int:
    found = connection.execute("SELECT id FROM boots WHERE boot_id = ?", (boot_id,)).fetchone()
    if found is not None:
        return int(found["id"])
    return int(connection.execute("INSERT INTO boots (boot_id) VALUES (?)", (boot_id,)).lastrowid or 0)
