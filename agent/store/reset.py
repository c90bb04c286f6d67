"""Back to the state of delivery: what belongs to people and networks goes, what belongs to the hardware stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable

from agent.errors import StoreError
from agent.store import milestones
from agent.store.writer import Writer

KEPT = (
    *("acts", "audit", "boots", "claims", "commissioning_attempts", "commissioning_jobs", "commissioning_steps"),
    *("counters", "latched_faults", "milestones", "orders_floor", "orders_taken", "reports", "runs", "security_log"),
)
"""The logs of commands and of security events, which orders from afar were taken and which evidence was made, what wear
is counted in, faults that only an authorised person clears (security.md, S-33), and what the charger's tests found when
it was taken into service: whoever vouches for the hardware has to find that after years. Not kept is that it is in
service: it may be about to hang elsewhere. Every other table is emptied, so that a table added later is emptied too
unless somebody decides otherwise."""


async def erase(writer: Writer, beside: Callable[[], Awaitable[None]] | None = None) -> None:
    """Empty all tables but KEPT and overwrite what they held. What rooms hold in memory is stale then: restart.

    `beside` erases the files beside the store, in between: none where nothing was erased, all where only the
    overwriting fails. Raises what it raises, and StoreError with what is left and what to do; a disk without room can
    end it before or between the two.
    """
    try:
        await writer.write(_empty)
    except StoreError as error:
        raise StoreError(
            f"nothing was erased: {error}. Make room on the disk of the store, then write factory-reset again"
        ) from error
    try:
        if beside is not None:
            await beside()
    finally:
        await _overwritten(writer)


async def _overwritten(writer: Writer) -> None:
    try:
        await writer.alone(_overwrite)
    except StoreError as error:
        raise StoreError(
            f"the charger has forgotten everything, but the store's file can still be read out by somebody who has the "
            f"disk: {error}. Make as much room on it as that file takes, then write factory-reset again"
        ) from error


def _empty(connection: sqlite3.Connection) -> None:
    # Tables refer to each other: the order of deletion must not count.
    connection.execute("PRAGMA defer_foreign_keys = ON")
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    for name in (row["name"] for row in tables):
        if name not in KEPT and not name.startswith("sqlite_"):
            connection.execute(f'DELETE FROM "{name}"')  # noqa: S608 the name is our own schema's
    milestones.outlive_reset(connection)


def _overwrite(connection: sqlite3.Connection) -> None:
    # A deleted row stays readable in a free page and in the log; the file is written anew and the log emptied. The log
    # goes first: what it gives back may be the room that the new file needs.
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
