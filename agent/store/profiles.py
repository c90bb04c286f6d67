"""Installed charging profiles. Which one replaces which is decided in the core; here they are only kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from enum import Enum
from typing import Any

from agent.core.identity import ConnectorId, TransactionKey
from agent.core.schedule.installing import installed, without_transaction
from agent.core.schedule.profile import ChargingProfile as ChargingProfile  # noqa: PLC0414 - what is kept here
from agent.core.schedule.profile import (
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    Recurrency,
    SchedulePeriod,
)
from agent.errors import StoreError
from agent.store import transactions
from agent.store.writer import Writer

FORMAT = 1
"""Format 1: the profile's fields by their names, without those that are None; enums by value."""

Installed = tuple[ChargingProfile, ...]

Change = Callable[[Installed], Installed]
"""From the profiles on record to those wanted. Called in the store's thread, perhaps twice: it looks at nothing else
and changes nothing."""


class Profiles:
    """All profiles in memory, the database behind it. Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        """Reads what is kept; nothing may be written through `writer` before."""
        self._writer = writer
        self._profiles = _on_record(writer.connection)

    def all(self) -> Installed:
        """Every installed profile by id; only what is durable."""
        return self._profiles

    async def change(self, change: Change) -> int:
        """Install what `change` makes of the profiles on record; durable when it returns. How many more there are now.

        Changes follow each other, also those of a transaction's start and stop: each begins with what the last left.
        """

        def work(connection: sqlite3.Connection) -> tuple[int, Installed]:
            before = len(_on_record(connection))
            return before, changed(connection, change)

        before, now = await self._writer.write(work, lambda result: self.took(result[1]))
        return len(now) - before

    async def install(self, profile: ChargingProfile) -> bool:
        """Durable when it returns True. False where the profile's transaction is not open any more.

        Its stop may have been on its way when the profile was looked at, and would have taken the profile along.
        """

        def work(connection: sqlite3.Connection) -> Installed | None:
            if profile.transaction is not None and not transactions.is_open(connection, profile.transaction):
                return None
            return changed(connection, lambda known: installed(known, profile))

        def after(now: Installed | None) -> None:
            if now is not None:
                self.took(now)

        return await self._writer.write(work, after) is not None

    def took(self, profiles: Installed) -> None:
        """After the commit of a work that called `changed`, in the loop: these are on record now."""
        self._profiles = profiles


def changed(connection: sqlite3.Connection, change: Change) -> Installed:
    """Inside of a work: bring what is on record in line with `change`, and return it. Only what differs is written."""
    present = _on_record(connection)
    after = change(present)
    wanted = {profile.id: profile for profile in after}
    if len(wanted) != len(after):
        raise StoreError("two charging profiles have one id")
    known = {profile.id: profile for profile in present}
    gone = [(id,) for id in known if id not in wanted]
    written = [(id, FORMAT, _encoded(one)) for id, one in wanted.items() if known.get(id) != one]
    connection.executemany("DELETE FROM charging_profiles WHERE id = ?", gone)
    connection.executemany("INSERT OR REPLACE INTO charging_profiles (id, format, body) VALUES (?, ?, ?)", written)
    return tuple(wanted[id] for id in sorted(wanted))


def begun(connection: sqlite3.Connection, profile: ChargingProfile) -> Installed:
    """Inside of the work that records a start: the profile it brings along is installed."""
    return changed(connection, lambda known: installed(known, profile))


def ended(connection: sqlite3.Connection, key: TransactionKey) -> Installed:
    """Inside of the work that records a stop: the profiles of this transaction are gone."""
    return changed(connection, lambda known: without_transaction(known, key))


def _on_record(connection: sqlite3.Connection) -> Installed:
    rows = connection.execute("SELECT format, body FROM charging_profiles ORDER BY id")
    return tuple(_decoded(row["format"], row["body"]) for row in rows)


def _encoded(profile: ChargingProfile) -> str:
    fields = {name: _plain(value) for name, value in asdict(profile).items() if value is not None}
    return json.dumps(fields, separators=(",", ":"))


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else value


def _decoded(written_format: int, body: str) -> ChargingProfile:
    if written_format != FORMAT:
        raise StoreError(f"a charging profile in format {written_format} is unknown to this agent; install a newer one")
    fields: dict[str, Any] = json.loads(body)
    connector, transaction, recurrency = fields.get("connector"), fields.get("transaction"), fields.get("recurrency")
    return ChargingProfile(
        **fields
        | {
            "connector": None if connector is None else ConnectorId(connector),
            "purpose": ProfilePurpose(fields["purpose"]),
            "kind": ProfileKind(fields["kind"]),
            "unit": RateUnit(fields["unit"]),
            "recurrency": None if recurrency is None else Recurrency(recurrency),
            "transaction": None if transaction is None else TransactionKey(transaction),
            "periods": tuple(SchedulePeriod(**period) for period in fields["periods"]),
        }
    )
