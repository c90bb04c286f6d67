"""Which orders from afar were taken, on disk before the first of them is done (security.md S-22); what they moved."""

from __future__ import annotations

import sqlite3

from agent.core.orders.envelope import Order
from agent.core.orders.pace import MOVES
from agent.core.orders.remembering import Seen, with_order
from agent.core.time import Instant
from agent.store import moments
from agent.store.writer import Writer

MOST_MOVES = 30
"""More than all paces together let through in two minutes, within which each of them is as at the beginning."""


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

    async def moved(self, via: str) -> tuple[tuple[str, Instant], ...]:
        """What was done last through the door `via` of what is done only so often: verbs and times, oldest first.

        By the log of commands, which has a command that changes something before its answer leaves, and before what a
        restart ends: that of the agent, and that of the controller where it could not be had. What was refused is not
        in it.
        """
        return await self._writer.read(lambda connection: _moved(connection, via))


def _read(connection: sqlite3.Connection) -> Seen:
    rows = connection.execute("SELECT id, expires_utc_ms FROM orders_taken").fetchall()
    floor = connection.execute("SELECT utc_ms FROM orders_floor").fetchone()
    return Seen(until_ms={row["id"]: row["expires_utc_ms"] for row in rows}, floor_ms=floor["utc_ms"] if floor else 0)


def _moved(connection: sqlite3.Connection, via: str) -> tuple[tuple[str, Instant], ...]:
    is_move = " OR ".join("verb = ? OR verb LIKE ? || ' %'" for _ in MOVES)
    query = (
        f"SELECT * FROM audit WHERE via = ? AND outcome NOT LIKE 'refused%' AND ({is_move}) "  # noqa: S608 ours
        "ORDER BY id DESC LIMIT ?"
    )
    words = (word for move in MOVES for word in (move, move))
    rows = connection.execute(query, (via, *words, MOST_MOVES)).fetchall()
    return tuple((row["verb"], moments.instant(connection, row, "at")) for row in reversed(rows))
