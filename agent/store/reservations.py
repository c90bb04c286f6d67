"""Places kept for somebody. Whether one is granted, and when it ends, is decided in the core; here they are kept."""

from __future__ import annotations

import sqlite3

from agent.core.availability import Reservation
from agent.core.facts import TransactionStarted
from agent.core.identity import ConnectorId, IdToken
from agent.store.writer import Writer

ANYWHERE = 0
"""No connector in particular, in the column of a row; everywhere else it is None."""


class Reservations:
    """All of them in memory, the database behind it. Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        """Reads what is kept; nothing may be written through `writer` before."""
        self._writer = writer
        rows = writer.connection.execute("SELECT * FROM reservations ORDER BY id").fetchall()
        self._known = {int(row["id"]): _reservation(row) for row in rows}

    def all(self) -> tuple[Reservation, ...]:
        """Those that are durable, in the order they were made."""
        return tuple(self._known.values())

    async def keep(self, reservation: Reservation) -> None:
        """From now on it holds, in place of one with its id; durable when it returns."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                """
                INSERT OR REPLACE INTO reservations (id, connector, token, kind, group_token, expires_ms)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                _columns(reservation),
            )

        await self._writer.write(work, lambda _: self._known.update({reservation.id: reservation}))

    async def end(self, id: int) -> bool:
        """It holds no more; whether it did. Durable when it returns."""

        def work(connection: sqlite3.Connection) -> bool:
            return connection.execute("DELETE FROM reservations WHERE id = ?", (id,)).rowcount > 0

        return await self._writer.write(work, lambda _: self._forget(id))

    def used(self, start: TransactionStarted) -> None:
        """After the commit of this start, which took its reservation along, in the loop."""
        if start.reservation_id is not None:
            self._forget(start.reservation_id)

    def _forget(self, id: int) -> None:
        self._known.pop(id, None)


def use_up(connection: sqlite3.Connection, start: TransactionStarted) -> None:
    """Inside of the work that records a start: the reservation it is for is gone."""
    if start.reservation_id is not None:
        connection.execute("DELETE FROM reservations WHERE id = ?", (start.reservation_id,))


def _reservation(row: sqlite3.Row) -> Reservation:
    return Reservation(
        id=row["id"],
        connector=None if row["connector"] == ANYWHERE else ConnectorId(row["connector"]),
        token=IdToken(row["token"], row["kind"]),
        group=None if row["group_token"] is None else IdToken(row["group_token"], "Central"),
        expires_ms=row["expires_ms"],
    )


def _columns(one: Reservation) -> tuple[str | int | None, ...]:
    group = None if one.group is None else one.group.value
    return one.id, one.connector or ANYWHERE, one.token.value, one.token.kind, group, one.expires_ms
