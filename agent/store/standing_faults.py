"""Which faults stood when the program was there last, so that a restart makes no second occurrence of one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Witness
from agent.core.faults.register import StandingFault
from agent.core.identity import ConnectorId
from agent.store import moments
from agent.store.writer import Writer

Standing = Mapping[ConnectorId, tuple[StandingFault, ...]]


class StandingFaults:
    """By connector. Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        """Reads what is kept; nothing may be written through `writer` before."""
        self._writer = writer
        self._kept = _read(writer.connection)

    def of(self, connector: ConnectorId) -> tuple[StandingFault, ...]:
        return self._kept.get(connector, ())

    async def keep(self, standing: Standing) -> None:
        """From now on these stand at the connectors that are named; costs nothing while they do on record."""
        changed = {one: faults for one, faults in standing.items() if _named(faults) != _named(self.of(one))}
        if not changed:
            return

        def work(connection: sqlite3.Connection) -> None:
            for connector, faults in changed.items():
                connection.execute("DELETE FROM standing_faults WHERE connector = ?", (connector,))
                for fault in faults:
                    _insert(connection, connector, fault)

        await self._writer.write(work, lambda _: self._kept.update(changed))


def _named(faults: tuple[StandingFault, ...]) -> set[tuple[str, int, frozenset[Witness]]]:
    return {(fault.id, fault.count, fault.witnesses) for fault in faults}


def _read(connection: sqlite3.Connection) -> dict[ConnectorId, tuple[StandingFault, ...]]:
    found: dict[ConnectorId, tuple[StandingFault, ...]] = {}
    known = {witness.value: witness for witness in Witness}
    for row in connection.execute("SELECT * FROM standing_faults ORDER BY connector, id").fetchall():
        if row["id"] not in CATALOGUE:
            continue  # Of another release, and nothing rests on it.
        fault = StandingFault(
            id=row["id"],
            first_seen=moments.instant(connection, row, "first"),
            count=row["count"],
            witnesses=frozenset(known[name] for name in json.loads(row["witnesses"]) if name in known),
        )
        connector = ConnectorId(row["connector"])
        found[connector] = (*found.get(connector, ()), fault)
    return found


def _insert(connection: sqlite3.Connection, connector: ConnectorId, fault: StandingFault) -> None:
    connection.execute(
        """
        INSERT INTO standing_faults (connector, id, first_s, first_utc_ms, first_boot, count, witnesses)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        (
            *(connector, fault.id, *moments.columns(connection, fault.first_seen), fault.count),
            json.dumps(sorted(witness.value for witness in fault.witnesses)),
        ),
    )
