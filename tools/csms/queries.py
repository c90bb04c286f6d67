"""What the record can be asked. Rows come back as plain dictionaries, ready for a JSON line."""

from __future__ import annotations

import sqlite3
from typing import Any

from tools.csms.record import Record

Row = dict[str, Any]


def _rows(record: Record, sql: str, *arguments: object) -> list[Row]:
    cursor: sqlite3.Cursor = record.database.execute(sql, arguments)
    return [dict(row) for row in cursor]


def chargers(record: Record) -> list[Row]:
    return _rows(record, "SELECT * FROM charger ORDER BY identity")


def connectors(record: Record, identity: str | None = None) -> list[Row]:
    return _rows(
        record,
        "SELECT * FROM connector WHERE ?1 IS NULL OR identity = ?1 ORDER BY identity, connector",
        identity,
    )


def transactions(record: Record, *, identity: str | None = None, open_only: bool = False) -> list[Row]:
    """Oldest first, with `energy_wh` where it has ended and how often start and stop were told."""
    return _rows(
        record,
        "SELECT *, meter_stop_wh - meter_start_wh AS energy_wh FROM charge"
        " WHERE (?1 IS NULL OR identity = ?1) AND (NOT ?2 OR stops = 0) ORDER BY id",
        identity,
        open_only,
    )


def frames(
    record: Record,
    *,
    after: int = 0,
    identity: str | None = None,
    action: str | None = None,
    kind: str | None = None,
    direction: str | None = None,
    limit: int = 1_000,
) -> list[Row]:
    """The raw log beyond sequence number `after`, oldest first."""
    return _rows(
        record,
        "SELECT * FROM frame WHERE seq > ?1 AND (?2 IS NULL OR identity = ?2) AND (?3 IS NULL OR action = ?3)"
        " AND (?4 IS NULL OR kind = ?4) AND (?5 IS NULL OR direction = ?5) ORDER BY seq LIMIT ?6",
        after,
        identity,
        action,
        kind,
        direction,
        limit,
    )


def last_seq(record: Record) -> int:
    """The newest frame's number, 0 when there is none."""
    return int(_rows(record, "SELECT coalesce(max(seq), 0) AS seq FROM frame")[0]["seq"])


def readings(record: Record, *, charge: int | None = None, measurand: str | None = None) -> list[Row]:
    return _rows(
        record,
        "SELECT * FROM reading WHERE (?1 IS NULL OR charge = ?1) AND (?2 IS NULL OR measurand = ?2)"
        " ORDER BY measured_at, connector, measurand, phase",
        charge,
        measurand,
    )


def problems(record: Record) -> list[Row]:
    return _rows(record, "SELECT * FROM problem ORDER BY rowid")
