"""How the configuration came to be what it is: each change of a key, with its path and who made it. No secret in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping

from agent.core.time import Instant
from agent.store import moments
from agent.store.writer import Writer
from agent.values import frozen

CHANGES_KEPT = 2_000
VALUE_LENGTH = 500


@frozen(kw_only=True)
class KeyNow:
    """One key in force. `path` is by what it came: a file, a plan, the release."""

    key: str
    value: str
    path: str


@frozen(kw_only=True)
class ConfigChange:
    """`before`, `after` None: the key was not there, or is not there any more."""

    at: Instant
    key: str
    before: str | None
    after: str | None
    path: str
    who: str = ""


class ConfigHistory:
    """Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def found(self, at: Instant, now: Callable[[], Iterable[KeyNow]], who: str) -> int:
        """A start found these keys; how many of them differ from what the start before found. The first finds none.

        `now` is called in the writer's thread: to list all keys takes some milliseconds.
        """

        def work(connection: sqlite3.Connection) -> int:
            rows = connection.execute("SELECT key, value FROM config_known").fetchall()
            before = {str(row["key"]): str(row["value"]) for row in rows}
            after = {one.key: one for one in now()}
            changes = [
                ConfigChange(at=at, key=key, before=before.get(key), after=value, path=path, who=who)
                for key, value, path in _compared(before, after)
            ]
            if before:
                for change in changes:
                    _insert(connection, change)
            for change in changes:
                if change.after is None:
                    connection.execute("DELETE FROM config_known WHERE key = ?", (change.key,))
                else:
                    connection.execute(
                        "INSERT OR REPLACE INTO config_known (key, value) VALUES (?, ?)", (change.key, change.after)
                    )
            return len(changes) if before else 0

        return await self._writer.write(work)

    async def note(self, change: ConfigChange) -> None:
        """One that was made while the program runs."""
        await self._writer.write(lambda connection: _insert(connection, change))

    async def all(self) -> tuple[ConfigChange, ...]:
        """Oldest first, each moment with all that is known of its time by now."""

        def work(connection: sqlite3.Connection) -> tuple[ConfigChange, ...]:
            rows = connection.execute("SELECT * FROM config_changes ORDER BY id").fetchall()
            return tuple(
                ConfigChange(
                    at=moments.instant(connection, row, "at"),
                    key=row["key"],
                    before=row["before"],
                    after=row["after"],
                    path=row["path"],
                    who=row["who"],
                )
                for row in rows
            )

        return await self._writer.read(work)


def _compared(before: Mapping[str, str], after: Mapping[str, KeyNow]) -> Iterable[tuple[str, str | None, str]]:
    for key in dict.fromkeys((*before, *after)):
        one = after.get(key)
        value = None if one is None else one.value[:VALUE_LENGTH]
        if before.get(key) != value:
            yield key, value, "left out" if one is None else one.path


def _insert(connection: sqlite3.Connection, change: ConfigChange) -> None:
    connection.execute(
        "INSERT INTO config_changes (at_s, at_utc_ms, at_boot, key, before, after, path, who) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *moments.columns(connection, change.at),
            *(change.key, change.before, change.after, change.path, change.who),
        ),
    )
    connection.execute(
        "DELETE FROM config_changes WHERE id <= (SELECT max(id) FROM config_changes) - ?", (CHANGES_KEPT,)
    )
