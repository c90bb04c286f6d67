"""The load profile: one row a day, packed, for KEPT_DAYS. A factory reset empties it: it tells when people charged."""

from __future__ import annotations

import json
import sqlite3
import zlib
from typing import Any

from agent.core.load_profile.days import KEPT_DAYS, Day, PortDay, Row, merged
from agent.core.load_profile.quarters import NOTHING, Mark, Running
from agent.core.time import Instant
from agent.store.writer import Writer

FORMAT = 1


class LoadDays:
    """Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def keep(self, day: Day) -> None:
        """What is known of it by now, laid over what is on record; durable when it returns.

        A clock that ran years ahead once must not push all other days out: they go by their count.
        """

        def work(connection: sqlite3.Connection) -> None:
            found = connection.execute("SELECT * FROM load_days WHERE day = ?", (day.number,)).fetchone()
            known = day if found is None or found["format"] != FORMAT else unpacked(day.number, found["body"])
            row = day.number, FORMAT, packed(merged(known, day))
            connection.execute("INSERT OR REPLACE INTO load_days (day, format, body) VALUES (?, ?, ?)", row)
            kept = "SELECT day FROM load_days ORDER BY day DESC LIMIT ?"
            connection.execute(f"DELETE FROM load_days WHERE day NOT IN ({kept})", (KEPT_DAYS,))  # noqa: S608 ours

        await self._writer.write(work)

    async def days(self, first: int, last: int) -> tuple[Day, ...]:
        """Those on record from one day to another, both included, counted from 1970; the oldest first."""

        def work(connection: sqlite3.Connection) -> tuple[Day, ...]:
            wanted = "SELECT * FROM load_days WHERE day BETWEEN ? AND ? AND format = ? ORDER BY day"
            rows = connection.execute(wanted, (first, last, FORMAT)).fetchall()
            return tuple(unpacked(row["day"], row["body"]) for row in rows)

        return await self._writer.read(work)

    async def newest(self) -> Day | None:
        """The last one on record."""

        def work(connection: sqlite3.Connection) -> Day | None:
            wanted = "SELECT * FROM load_days WHERE format = ? ORDER BY day DESC LIMIT 1"
            row = connection.execute(wanted, (FORMAT,)).fetchone()
            return None if row is None else unpacked(row["day"], row["body"])

        return await self._writer.read(work)


def packed(day: Day) -> bytes:
    """JSON without blanks, deflated: a day without a charge takes some hundred bytes."""
    ports = {
        str(port): {"energy_wh": one.energy_wh, "peak_w": one.peak_w, "running": _running_row(one.running)}
        for port, one in day.ports.items()
    }
    return zlib.compress(json.dumps({"ports": ports, "peak_w": day.peak_w}, separators=(",", ":")).encode(), 6)


def unpacked(number: int, body: bytes) -> Day:
    found = json.loads(zlib.decompress(body))
    return Day(
        number=number,
        ports={int(port): _port(one) for port, one in found["ports"].items()},
        peak_w=tuple(found["peak_w"]),
    )


def _port(body: Any) -> PortDay:
    energy_wh: Row = tuple(body["energy_wh"])
    return PortDay(energy_wh=energy_wh, peak_w=tuple(body["peak_w"]), running=_running(body["running"]))


def _running_row(running: Running) -> list[int | None]:
    """The register at the beginning of the quarter, its highest power, the last reading."""
    last = running.last
    mark = (None, None) if last is None else (last.utc_ms, last.register_wh)
    return [running.number, running.opened_wh, running.peak_w, *mark]


def _running(row: list[int | None]) -> Running:
    number, opened_wh, peak_w, utc_ms, register_wh = row
    if number is None or utc_ms is None or register_wh is None:
        return NOTHING
    # Of another boot, as far as anybody knows: the wall clock alone places it.
    last = Mark(Instant(0.0, utc_ms), register_wh)
    return Running(number=number, opened_wh=opened_wh, peak_w=peak_w, last=last)
