"""Places of facts in the one order of recording: none is given twice, also after a restart or an empty queue.

They are reserved by the hundred, so that not every record changes the page on which the database keeps the last one.
"""

from __future__ import annotations

import itertools
import sqlite3

AHEAD = 256


class Places:
    """One object a run, for any thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._next = itertools.count(reserved(connection) + 1)

    def take(self) -> int:
        """The next one. What is not used leaves a hole."""
        return next(self._next)


def reserved(connection: sqlite3.Connection) -> int:
    """No place beyond it is on record."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'facts'").fetchone()
    return 0 if row is None else int(row[0])


def reserve(connection: sqlite3.Connection, seq: int) -> None:
    """In the transaction that puts `seq` on record: whatever comes after a restart gets a later one."""
    known = reserved(connection)
    if seq <= known:
        return
    # The table is the database's own, for AUTOINCREMENT, and has no row before the first one.
    if not connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'facts'", (seq + AHEAD,)).rowcount:
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('facts', ?)", (seq + AHEAD,))
