"""Installed charging profiles. Which one replaces which is decided in the core; here they are only kept."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from enum import Enum
from typing import Any

from agent.core.identity import ConnectorId, TransactionKey
from agent.core.schedule.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    Recurrency,
    SchedulePeriod,
)
from agent.errors import StoreError
from agent.store.writer import Writer

FORMAT = 1
"""Format 1: the profile's fields by their names, without those that are None; enums by value."""


class Profiles:
    """All profiles in memory, the database behind it. Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        """Reads what is kept; nothing may be written through `writer` before."""
        self._writer = writer
        rows = writer.connection.execute("SELECT format, body FROM charging_profiles ORDER BY id")
        self._profiles = tuple(_decoded(row["format"], row["body"]) for row in rows)

    def all(self) -> tuple[ChargingProfile, ...]:
        """Every installed profile by id; only what is durable."""
        return self._profiles

    async def keep(self, profiles: tuple[ChargingProfile, ...]) -> None:
        """From now on exactly these are installed; durable when it returns. Only what differs is written."""
        wanted = {profile.id: profile for profile in profiles}
        if len(wanted) != len(profiles):
            raise StoreError("two charging profiles have one id")
        known = {profile.id: profile for profile in self._profiles}
        gone = [(id,) for id in known if id not in wanted]
        changed = [(id, FORMAT, _encoded(one)) for id, one in wanted.items() if known.get(id) != one]
        if not gone and not changed:
            return

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany("DELETE FROM charging_profiles WHERE id = ?", gone)
            connection.executemany(
                "INSERT OR REPLACE INTO charging_profiles (id, format, body) VALUES (?, ?, ?)", changed
            )

        def after(_: None) -> None:
            self._profiles = tuple(wanted[id] for id in sorted(wanted))

        await self._writer.write(work, after)


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
