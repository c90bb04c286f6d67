"""What charges cost, as far as it was told or reckoned, and cars that left after one: kept over restarts."""

from __future__ import annotations

import sqlite3
from collections import deque

from agent.core.cost.charge import ChargeCost
from agent.core.identity import ConnectorId, TransactionKey
from agent.core.time import Instant
from agent.store import cost_codec, moments, transactions
from agent.store.transactions import Delivery
from agent.store.writer import Writer
from agent.values import frozen

MOST_DEPARTURES = 1000
"""Beyond, the oldest is given up: a central system that never answers would fill the disk."""


@frozen(kw_only=True)
class Departure:
    """A car that left at `at`. `remote_id` is the network's name of its transaction.

    `is_lost`: the network will never know the transaction, since its start was given up.
    """

    id: int
    key: TransactionKey
    at: Instant
    remote_id: int | None
    is_lost: bool


class SessionPrices:
    """Costs in memory, the database behind it; of the departures only which there are. Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        """Reads what is kept; nothing may be written through `writer` before."""
        self._writer = writer
        rows = writer.connection.execute("SELECT * FROM session_prices ORDER BY connector").fetchall()
        self._costs = {ConnectorId(row["connector"]): cost_codec.decoded(row["format"], row["body"]) for row in rows}
        ids = writer.connection.execute("SELECT id FROM departures ORDER BY id").fetchall()
        self._departures = deque(int(row["id"]) for row in ids)

    def of(self, connector: ConnectorId) -> ChargeCost | None:
        """What is on record for a connector."""
        return self._costs.get(connector)

    async def keep(self, connector: ConnectorId, cost: ChargeCost, *, tells_departure: bool = False) -> None:
        """In place of what was known there; durable when it returns. With it, that the network is to hear who left."""

        def work(connection: sqlite3.Connection) -> int | None:
            statement = "INSERT OR REPLACE INTO session_prices (connector, format, body) VALUES (?, ?, ?)"
            connection.execute(statement, (connector, cost_codec.FORMAT, cost_codec.encoded(cost)))
            if not tells_departure or cost.left_at is None:
                return None
            return _insert_departure(connection, cost.key, cost.left_at)

        def after(id: int | None) -> None:
            self._costs[connector] = cost
            if id is not None:
                self._departures.append(id)
                while len(self._departures) > MOST_DEPARTURES:
                    self._departures.popleft()

        await self._writer.write(work, after)

    async def forget(self, connector: ConnectorId) -> None:
        """Nobody wants to read of it any more."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM session_prices WHERE connector = ?", (connector,))

        await self._writer.write(work, lambda _: self._forgotten(connector))

    def _forgotten(self, connector: ConnectorId) -> None:
        self._costs.pop(connector, None)

    # Cars that left.

    def departures(self) -> int:
        """How many the network is to be told of."""
        return len(self._departures)

    async def oldest_departure(self) -> Departure | None:
        """The one to tell next, once the end of its transaction was told; None where there is none, or not yet."""
        if not self._departures:
            return None
        id = self._departures[0]
        return await self._writer.read(lambda connection: _departure(connection, id))

    async def told(self, id: int) -> None:
        """The network answered, or never will; durable when it returns."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM departures WHERE id = ?", (id,))

        await self._writer.write(work, lambda _: self._let_go(id))

    def _let_go(self, id: int) -> None:
        # Whoever left since may have pushed it out.
        if id in self._departures:
            self._departures.remove(id)


def _insert_departure(connection: sqlite3.Connection, key: TransactionKey, at: Instant) -> int | None:
    columns = moments.columns(connection, at)
    statement = "INSERT INTO departures (transaction_key, at_s, at_utc_ms, at_boot) VALUES (?, ?, ?, ?)"
    id = connection.execute(statement, (key, *columns)).lastrowid
    kept = "SELECT id FROM departures ORDER BY id DESC LIMIT ?"
    connection.execute(f"DELETE FROM departures WHERE id NOT IN ({kept})", (MOST_DEPARTURES,))  # noqa: S608 our own words
    return id


def _departure(connection: sqlite3.Connection, id: int) -> Departure | None:
    row = connection.execute("SELECT * FROM departures WHERE id = ?", (id,)).fetchone()
    if row is None:
        return None
    key = TransactionKey(row["transaction_key"])
    charge = transactions.find(connection, key)
    # A session that is pruned from the record was told long ago, and nobody can say under which name.
    is_lost = charge is None or charge["start_delivery"] == Delivery.ABANDONED.value
    if charge is not None and not is_lost and charge["stop_delivery"] in (None, Delivery.QUEUED.value):
        return None
    remote_id = None if charge is None else charge["remote_id"]
    is_lost = is_lost or remote_id is None
    return Departure(id=id, key=key, at=moments.instant(connection, row, "at"), remote_id=remote_id, is_lost=is_lost)
