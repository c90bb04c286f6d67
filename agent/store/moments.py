"""A moment as three columns: monotonic seconds, UTC milliseconds, and the number of the boot they were read in.

What was recorded while the clock was not trusted gets its time as soon as anything tells where its boot lies: a moment
of the same boot that was recorded with a clock, or else the beginning of the boot after it, before which it lies.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from agent.core.time import Instant

Columns = tuple[float, int | None, int]


def begin_boot(connection: sqlite3.Connection, boot_id: str) -> None:
    """The controller runs under `boot_id` now; everything else on record lies before.

    On a full disk it gets its number with the first record that finds room.
    """
    if boot_id:
        with suppress(sqlite3.OperationalError):
            _boot(connection, boot_id)


def columns(connection: sqlite3.Connection, at: Instant) -> Columns:
    """The columns of `at`; its boot gets a number when it is new, and learns where it lies in time."""
    boot = _boot(connection, at.boot_id)
    if at.utc_ms is not None and boot["begun_utc_ms"] is None:
        begun_ms = at.utc_ms - round(at.monotonic_s * 1000)
        connection.execute("UPDATE boots SET begun_utc_ms = ? WHERE id = ?", (begun_ms, boot["id"]))
    elif at.utc_ms is None and at.monotonic_s > (boot["last_s"] or 0.0):
        connection.execute("UPDATE boots SET last_s = ? WHERE id = ?", (at.monotonic_s, boot["id"]))
    return at.monotonic_s, at.utc_ms, boot["id"]


def as_written(connection: sqlite3.Connection, row: sqlite3.Row, prefix: str) -> Instant:
    """The moment in the columns `<prefix>_s`, `<prefix>_utc_ms` and `<prefix>_boot`, as it was read then."""
    return _rejoined(connection, (row[f"{prefix}_s"], row[f"{prefix}_utc_ms"], row[f"{prefix}_boot"]))


def instant(connection: sqlite3.Connection, row: sqlite3.Row, prefix: str) -> Instant:
    """The same moment with all that is known of its time by now."""
    return placed(connection, (row[f"{prefix}_s"], row[f"{prefix}_utc_ms"], row[f"{prefix}_boot"]))


def placed(connection: sqlite3.Connection, parts: Columns) -> Instant:
    """The moment that `columns` took apart, with all that is known of its time by now.

    Of a boot that never had a clock it is the latest moment that it can have been: the last one recorded in that boot
    at the beginning of the next, all others as long before as they were. Seconds before this boot are negative.
    """
    at = _rejoined(connection, parts)
    if at.utc_ms is not None:
        return at
    boot = connection.execute("SELECT * FROM boots WHERE id = ?", (parts[2],)).fetchone()
    if boot is None:
        return at
    if boot["begun_utc_ms"] is not None:
        return Instant(at.monotonic_s, boot["begun_utc_ms"] + round(at.monotonic_s * 1000), at.boot_id)
    before_s, last_s = -at.monotonic_s, boot["last_s"] or at.monotonic_s
    for later in connection.execute("SELECT * FROM boots WHERE id > ? ORDER BY id", (parts[2],)):
        before_s += last_s
        at, last_s = Instant(-before_s, None, later["boot_id"]), later["last_s"] or 0.0
        if later["begun_utc_ms"] is not None:
            return Instant(-before_s, later["begun_utc_ms"] - round(before_s * 1000), later["boot_id"])
    return at


def _rejoined(connection: sqlite3.Connection, parts: Columns) -> Instant:
    monotonic_s, utc_ms, boot = parts
    found = connection.execute("SELECT boot_id FROM boots WHERE id = ?", (boot,)).fetchone()
    return Instant(monotonic_s, utc_ms, found["boot_id"] if found else "")


def _boot(connection: sqlite3.Connection, boot_id: str) -> sqlite3.Row:
    query = "SELECT * FROM boots WHERE boot_id = ?"
    found: sqlite3.Row | None = connection.execute(query, (boot_id,)).fetchone()
    if found is not None:
        return found
    connection.execute("INSERT INTO boots (boot_id) VALUES (?)", (boot_id,))
    made: sqlite3.Row = connection.execute(query, (boot_id,)).fetchone()
    return made
