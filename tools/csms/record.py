"""What the central system remembers, in one sqlite file. The only file that writes SQL that changes something."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from tools.csms.moments import utc_now, wire_time

EVIDENCE_LENGTH = 500

T = TypeVar("T")


class BadRecord(Exception):
    """The file cannot hold the record; the text names it, why, and the way out."""


class Record:
    """Writes at once and in order; `changed` wakes whoever waits for something to become true.

    The file is kept with `synchronous=NORMAL`: it survives a killed process, which is what the bench kills, and costs
    the charger under test no flush of ours. Raises BadRecord for a file that cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.database = _opened(path)
        self.changed = asyncio.Condition()

    def close(self) -> None:
        self.database.close()

    async def tell(self) -> None:
        """Wakes everybody who waits on the record."""
        async with self.changed:
            self.changed.notify_all()

    async def wait_for(self, ask: Callable[[], T | None], timeout_s: float) -> T:
        """The first answer of `ask` that is not None; raises TimeoutError."""
        async with asyncio.timeout(timeout_s), self.changed:
            while (found := ask()) is None:
                await self.changed.wait()
            return found

    def frame(self, *, identity: str, direction: str, kind: str, message_id: str, action: str, text: str) -> None:
        """One frame in full, whatever it is."""
        self.database.execute(
            "INSERT INTO frame (at, identity, direction, kind, message_id, action, text) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (wire_time(utc_now()), identity, direction, kind, message_id, action, storable(text)),
        )

    def connected(self, identity: str, is_connected: bool) -> None:
        """A charger came or went."""
        self.database.execute(
            "INSERT INTO charger (identity, connections, is_connected, last_heard_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (identity) DO UPDATE SET is_connected = excluded.is_connected,"
            " connections = connections + excluded.connections, last_heard_at = excluded.last_heard_at",
            (identity, int(is_connected), int(is_connected), wire_time(utc_now())),
        )

    def booted(self, identity: str, *, vendor: str, model: str, serial_number: str, firmware_version: str) -> None:
        self.database.execute(
            "UPDATE charger SET vendor = ?, model = ?, serial_number = ?, firmware_version = ?, boots = boots + 1,"
            " last_heard_at = ? WHERE identity = ?",
            (vendor, model, serial_number, firmware_version, wire_time(utc_now()), identity),
        )

    def status(
        self, identity: str, connector: int, *, status: str, error_code: str, detail: str, changed_at: str
    ) -> None:
        self.database.execute(
            "INSERT OR REPLACE INTO connector VALUES (?, ?, ?, ?, ?, ?)",
            (identity, connector, status, error_code, detail, changed_at),
        )

    def started(
        self, identity: str, connector: int, *, id_tag: str, started_at: str, meter_start_wh: int, is_accepted: bool
    ) -> int:
        """The transaction id; the same start told again gets the same id and is counted."""
        open_id = self._open_charge(identity, connector)
        [row] = self.database.execute(
            "INSERT INTO charge (identity, connector, id_tag, started_at, meter_start_wh, is_accepted)"
            " VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (identity, connector, id_tag, started_at, meter_start_wh) DO UPDATE SET starts = starts + 1"
            " RETURNING id",
            (identity, connector, id_tag, started_at, meter_start_wh, int(is_accepted)),
        ).fetchall()
        charge_id = int(row["id"])
        if open_id is not None and open_id < charge_id:
            self.problem(identity, "start while another transaction is open", f"{charge_id} beside {open_id}")
        return charge_id

    def _open_charge(self, identity: str, connector: int) -> int | None:
        row = self.database.execute(
            "SELECT max(id) AS id FROM charge WHERE identity = ? AND connector = ? AND stops = 0",
            (identity, connector),
        ).fetchone()
        return None if row["id"] is None else int(row["id"])

    def stopped(
        self, identity: str, charge_id: int, *, stopped_at: str, meter_stop_wh: int, reason: str, id_tag: str
    ) -> None:
        """Closes the transaction. A repeat is counted; a repeat that says something else is a problem as well."""
        row = self.database.execute(
            "SELECT * FROM charge WHERE id = ? AND identity = ?", (charge_id, identity)
        ).fetchone()
        told = f"id {charge_id}, {meter_stop_wh} Wh, {reason} at {stopped_at}"
        if row is None:
            self.problem(identity, "stop without a start", told)
            return
        if row["stops"] and (row["meter_stop_wh"], row["stopped_at"]) != (meter_stop_wh, stopped_at):
            self.problem(identity, "second stop with another content", told)
        if meter_stop_wh < row["meter_start_wh"]:
            self.problem(identity, "the register ran backwards", told)
        self.database.execute(
            "UPDATE charge SET stops = stops + 1, stopped_at = coalesce(stopped_at, ?),"
            " meter_stop_wh = coalesce(meter_stop_wh, ?), stop_reason = coalesce(stop_reason, ?),"
            " stop_id_tag = coalesce(stop_id_tag, ?) WHERE id = ?",
            (stopped_at, meter_stop_wh, reason, id_tag, charge_id),
        )

    def readings(self, identity: str, connector: int, charge_id: int, meter_value: list[dict[str, Any]]) -> None:
        """Every sampled value, defaults of the standard filled in; repeats are counted."""
        known = charge_id == 0 or self.database.execute("SELECT 1 FROM charge WHERE id = ?", (charge_id,)).fetchone()
        if not known:
            self.problem(identity, "meter values of an unknown transaction", str(charge_id))
        for group in meter_value:
            for sample in group["sampled_value"]:
                self._reading(identity, connector, charge_id, group["timestamp"], sample)

    def _reading(self, identity: str, connector: int, charge_id: int, at: str, sample: dict[str, Any]) -> None:
        measurand = sample.get("measurand", "Energy.Active.Import.Register")
        unit = sample.get("unit", "Wh" if measurand.startswith("Energy.") else "")
        context = sample.get("context", "Sample.Periodic")
        place = (sample.get("phase", ""), sample.get("location", "Outlet"))
        self.database.execute(
            "INSERT INTO reading (identity, connector, charge, measured_at, measurand, context, phase, location, unit,"
            " value) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET times = times + 1",
            (identity, connector, charge_id, at, measurand, context, *place, unit, sample["value"]),
        )

    def problem(self, identity: str, what: str, evidence: str) -> None:
        """Something a charger must not do."""
        self.database.execute(
            "INSERT INTO problem VALUES (?, ?, ?, ?)",
            (wire_time(utc_now()), identity, what, storable(evidence)[:EVIDENCE_LENGTH]),
        )


def storable(text: str) -> str:
    """Text that sqlite takes: a lone surrogate, which JSON allows, becomes its escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _opened(path: Path) -> sqlite3.Connection:
    """The file with its tables, nobody connected. Raises BadRecord."""
    try:
        database = sqlite3.connect(path, isolation_level=None)
    except sqlite3.Error as error:
        raise BadRecord(f"{path}: {_why_not(path, error)}") from error
    try:
        database.row_factory = sqlite3.Row
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.executescript(files("tools.csms").joinpath("schema.sql").read_text())
        database.execute("UPDATE charger SET is_connected = 0")
    except sqlite3.Error as error:
        database.close()
        raise BadRecord(f"{path}: {_why_not(path, error)}") from error
    return database


def _why_not(path: Path, error: sqlite3.Error) -> str:
    """Why the record cannot be kept there, and the way out."""
    if path.is_dir():
        return "is a folder; name a file in it, --db FILE"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}; create it, or name another file with --db"
    if "not a database" in str(error):
        return "is not a database, and was left as it is; name another file with --db"
    return f"the record cannot be kept there ({error}); check the permissions, or name another file with --db"
