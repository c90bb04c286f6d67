"""Named strings that survive: what the network configured, and flags such as "was accepted once"."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from types import MappingProxyType

from agent.store.writer import Writer


class Settings:
    """All of them in memory, the database behind it. Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        """Reads what is kept; nothing may be written through `writer` before."""
        self._writer = writer
        rows = writer.connection.execute("SELECT name, value FROM settings ORDER BY name")
        self._values = {str(row["name"]): str(row["value"]) for row in rows}

    def all(self) -> Mapping[str, str]:
        """Every setting by its name; only what is durable."""
        return MappingProxyType(self._values)

    async def put(self, values: Mapping[str, str]) -> None:
        """Keep these, all or none; durable when it returns. What has its value already costs no write."""
        changed = {name: value for name, value in values.items() if self._values.get(name) != value}
        if not changed:
            return

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                changed.items(),
            )

        await self._writer.write(work, lambda _: self._values.update(changed))
