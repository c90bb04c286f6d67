"""Small facts that outlive a restart: latched and standing faults, availability, reservations, what a charge costs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from agent.core.faults.register import LatchedFault
from agent.core.identity import ConnectorId
from agent.core.session.model import Session
from agent.store import moments
from agent.store.reservations import Reservations
from agent.store.session_prices import SessionPrices
from agent.store.standing_faults import StandingFaults
from agent.store.writer import Writer

STATION = 0
"""The station as a whole, in the key of a row; everywhere else it is None."""


class Latches:
    """All of them in memory, the database behind it. `connector` None is the station. Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        """Reads what is kept; nothing may be written through `writer` before."""
        self._writer = writer
        self.reservations = Reservations(writer)
        self.prices = SessionPrices(writer)
        self.standing = StandingFaults(writer)
        self._faults = _read_faults(writer.connection)
        rows = writer.connection.execute("SELECT connector, operative FROM availability")
        self._operative = {int(row["connector"]): bool(row["operative"]) for row in rows}

    def faults(self, connector: ConnectorId | None) -> tuple[LatchedFault, ...]:
        """What only an authorised person may clear."""
        return self._faults.get(connector or STATION, ())

    def operative(self, connector: ConnectorId | None) -> bool:
        """Whether the network wants it to work; True until it said otherwise."""
        return self._operative.get(connector or STATION, True)

    async def record_latched_faults(self, connector: ConnectorId, session: Session) -> None:
        """Keep the latched faults of a session; costs nothing while they are the ones on record."""
        await self.keep_faults(connector, session.faults.latched())

    async def keep_faults(self, connector: ConnectorId | None, faults: tuple[LatchedFault, ...]) -> None:
        """From now on exactly these are latched; durable when it returns.

        That one was seen again is not worth a write: only another set, or another count, is.
        """
        place = connector or STATION
        if _set_of(self._faults.get(place, ())) == _set_of(faults):
            return

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM latched_faults WHERE connector = ?", (place,))
            for fault in faults:
                _insert_fault(connection, place, fault)

        await self._writer.write(work, lambda _: self._faults.update({place: faults}))

    async def record_operative(self, connector: ConnectorId | None, operative: bool) -> None:
        """Keep the availability; durable when it returns."""
        await self.record_all_operative((connector,), operative)

    async def record_all_operative(self, connectors: Iterable[ConnectorId | None], operative: bool) -> None:
        """Keep one availability for all of these, or for none of them; durable when it returns."""
        changed = {one or STATION: operative for one in connectors if self.operative(one) != operative}
        if not changed:
            return

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT OR REPLACE INTO availability (connector, operative) VALUES (?, ?)", changed.items()
            )

        await self._writer.write(work, lambda _: self._operative.update(changed))


def _read_faults(connection: sqlite3.Connection) -> dict[int, tuple[LatchedFault, ...]]:
    found: dict[int, tuple[LatchedFault, ...]] = {}
    for row in connection.execute("SELECT * FROM latched_faults ORDER BY connector, id").fetchall():
        fault = LatchedFault(
            id=row["id"],
            first_seen=moments.instant(connection, row, "first"),
            last_seen=moments.instant(connection, row, "last"),
            count=row["count"],
            evidence=tuple((name, value) for name, value in json.loads(row["evidence"])),
        )
        found[row["connector"]] = (*found.get(row["connector"], ()), fault)
    return found


def _set_of(faults: tuple[LatchedFault, ...]) -> list[tuple[str, int]]:
    return sorted((fault.id, fault.count) for fault in faults)


def _insert_fault(connection: sqlite3.Connection, place: int, fault: LatchedFault) -> None:
    connection.execute(
        """
        INSERT INTO latched_faults (connector, id, first_s, first_utc_ms, first_boot, last_s, last_utc_ms, last_boot,
            count, evidence)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            *(place, fault.id),
            *moments.columns(connection, fault.first_seen),
            *moments.columns(connection, fault.last_seen),
            *(fault.count, json.dumps(fault.evidence, separators=(",", ":"))),
        ),
    )
