"""The list of tokens that the network sends (OCPP: local authorization list). Only the network changes it."""

from __future__ import annotations

import sqlite3

from agent.core.local_list import EMPTY, ListEntry, ListUpdate, UpdateKind, UpdateVerdict, is_too_old
from agent.errors import StoreFull
from agent.store.writer import Writer

ENTRIES_AT_MOST = 10_000


class NetworkList:
    """Its number in memory, the list in the database. Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        """Reads what is kept; nothing may be written through `writer` before."""
        self._writer = writer
        self._version = _version(writer.connection)

    @property
    def version(self) -> int:
        """EMPTY where nothing is on it."""
        return self._version

    async def update(self, update: ListUpdate) -> UpdateVerdict:
        """All of it or nothing, durable when it is accepted. Raises StoreFull where the list would be too long.

        It happens in the store's thread, in one commit, however long the list is. The cache forgets what is on it.
        """

        def work(connection: sqlite3.Connection) -> int | None:
            if is_too_old(update, _version(connection)):
                return None
            if update.kind is UpdateKind.FULL:
                connection.execute("DELETE FROM network_list")
            return _applied(connection, update)

        def after(version: int | None) -> None:
            if version is not None:
                self._version = version

        version = await self._writer.write(work, after)
        return UpdateVerdict.VERSION_MISMATCH if version is None else UpdateVerdict.ACCEPTED


def _applied(connection: sqlite3.Connection, update: ListUpdate) -> int:
    """The list's number with the entries on it."""
    folded = [(entry.token.folded,) for entry in update.entries]
    connection.executemany("DELETE FROM cached_tokens WHERE folded = ?", folded)
    connection.executemany("DELETE FROM network_list WHERE folded = ?", folded)
    connection.executemany(
        "INSERT INTO network_list (folded, token, kind, status, expires_ms, group_token) VALUES (?, ?, ?, ?, ?, ?)",
        (_columns(entry) for entry in update.entries if entry.status is not None),
    )
    count = int(connection.execute("SELECT count(*) FROM network_list").fetchone()[0])
    if count > ENTRIES_AT_MOST:
        raise StoreFull(f"the list would hold {count} tokens, and holds {ENTRIES_AT_MOST} at most")
    version = update.version if count else EMPTY
    connection.execute("INSERT OR REPLACE INTO network_list_version (one, version) VALUES (1, ?)", (version,))
    return version


def _columns(entry: ListEntry) -> tuple[str | int | None, ...]:
    token, group = entry.token, None if entry.group is None else entry.group.value
    assert entry.status is not None
    return token.folded, token.value, token.kind, entry.status.value, entry.expires_ms, group


def _version(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT version FROM network_list_version").fetchone()
    return EMPTY if row is None else int(row["version"])
