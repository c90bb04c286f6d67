"""Which orders from afar were taken, on disk before the first of them is done (security.md S-22)."""

from __future__ import annotations

import sqlite3

from agent.core.orders.envelope import Order
from agent.core.orders.remembering import Seen, with_order
from agent.store.writer import Writer


class Orders:
    """Raises StoreError. Kept through a factory reset: an old order is old for a new owner, too."""

    def __init__(self, writer: Writer) -> None:
        """Nothing is read before somebody asks: most chargers take no orders."""
        self._writer = writer
        self._seen: Seen | None = None

    async def seen(self) -> Seen:
        """What is remembered."""
        if self._seen is None:
            found = await self._writer.read(_read)
            # Somebody may have read and taken meanwhile.
            self._seen = self._seen or found
        return self._seen

    async def take(self, order: Order, now_ms: int | None) -> None:
        """On disk when it returns; on any failure `order` counts as taken until the program ends."""
        seen = self._seen = with_order(await self.seen(), order, now_ms)

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR IGNORE INTO orders_taken VALUES (?, ?)", (order.id, order.expires_ms))
            if seen.floor_ms:
                connection.execute("DELETE FROM orders_taken WHERE expires_utc_ms <= ?", (seen.floor_ms,))
                connection.execute("INSERT OR REPLACE INTO orders_floor VALUES (1, ?)", (seen.floor_ms,))

        await self._writer.write(work)


def _read(connection: sqlite3.Connection) -> Seen:
    rows = connection.execute("SELECT id, expires_utc_ms FROM orders_taken").fetchall()
    floor = connection.execute("SELECT utc_ms FROM orders_floor").fetchone()
    return Seen(until_ms={row["id"]: row["expires_utc_ms"] for row in rows}, floor_ms=floor["utc_ms"] if floor else 0)
