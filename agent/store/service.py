"""The raw record of service: outages, times without the network, planned maintenance (core/uptime/model.py).

Written at the begin and the end of each. Rows older than thirteen months go, and what is above ROWS_KEPT. The runs of
the program, which belong to it, have a record of their own (runs.py).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from agent.core.runs import Run
from agent.core.time import Instant
from agent.core.uptime.model import Cause, CauseClass, Offline, Outage, PortService, ServiceRecords, Window
from agent.store import acts, moments
from agent.store.runs import KEPT_MS, ROWS_KEPT, Runs, run_of
from agent.store.writer import Writer
from agent.values import frozen

T = TypeVar("T")
Boots = Mapping[int, str]
"""Boot ids by their number in the store."""
WINDOWS_KEPT = 1_000


@frozen(kw_only=True)
class Found:
    """What a start finds: outages and offline times that last, and the ports that count."""

    lasting: tuple[Outage, ...]
    offline: tuple[Offline, ...]
    ports: frozenset[int]


class Service:
    """Raises StoreError. Moments come back as they were read then; core/uptime/axis.py places them."""

    def __init__(self, writer: Writer, runs: Runs) -> None:
        """Reads what lasts; nothing may be written through `writer` before."""
        self._writer, self._runs = writer, runs
        connection = writer.connection
        boots = _boots(connection)
        self.windows = tuple(_window(boots, row) for row in _rows(connection, "maintenance_windows"))
        self.found = Found(
            lasting=tuple(_outage(boots, row) for row in _rows(connection, "outages", "WHERE ended_s IS NULL")),
            offline=tuple(_offline(boots, row) for row in _rows(connection, "offline_times", "WHERE ended_s IS NULL")),
            ports=frozenset(int(row["port"]) for row in connection.execute("SELECT port FROM service_ports")),
        )

    # Outages.

    async def enter(self, port: int, at: Instant) -> None:
        def work(connection: sqlite3.Connection) -> None:
            row = (port, *moments.columns(connection, at))
            connection.execute("INSERT OR IGNORE INTO service_ports VALUES (?, ?, ?, ?)", row)

        await self._writer.write(work)

    async def begin_outage(self, one: Outage) -> int:
        """Its number."""

        def work(connection: sqlite3.Connection) -> int:
            row = connection.execute(
                "INSERT INTO outages "
                "(port, cause, class, evidence, began_s, began_utc_ms, began_boot, wanted, seen_in) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(one.port, one.cause.key, one.cause.of.value, one.cause.evidence),
                    *moments.columns(connection, one.began),
                    *(int(one.wanted), one.seen_in or self._runs.number),
                ),
            )
            _bound(connection, "outages", ROWS_KEPT)
            return int(row.lastrowid or 0)

        return await self._writer.write(work)

    async def keep_outage(self, one: Outage) -> None:
        """Its cause, whether somebody wanted to charge, and its end; what a person said of it stays."""

        def work(connection: sqlite3.Connection) -> None:
            ended = (None, None, None) if one.ended is None else moments.columns(connection, one.ended)
            connection.execute(
                "UPDATE outages SET cause = ?, class = ?, evidence = ?, wanted = ?, "
                "seen_in = ?, ended_s = ?, ended_utc_ms = ?, ended_boot = ? WHERE id = ?",
                (
                    *(one.cause.key, one.cause.of.value, one.cause.evidence, int(one.wanted)),
                    *(one.seen_in or self._runs.number, *ended, one.number),
                ),
            )

        await self._writer.write(work)

    async def judge(self, number: int, verdict: str, by: str, why: str) -> bool:
        """What a person says of an outage; False where there is none of that number."""

        def work(connection: sqlite3.Connection) -> bool:
            changed = connection.execute(
                "UPDATE outages SET verdict = ?, verdict_by = ?, verdict_why = ? WHERE id = ?",
                (verdict, by, why, number),
            )
            return changed.rowcount > 0

        return await self._writer.write(work)

    # The network.

    async def begin_offline(self, one: Offline) -> int:
        def work(connection: sqlite3.Connection) -> int:
            row = connection.execute(
                "INSERT INTO offline_times (class, cause, began_s, began_utc_ms, began_boot) VALUES (?, ?, ?, ?, ?)",
                (one.of.value, one.cause, *moments.columns(connection, one.began)),
            )
            _bound(connection, "offline_times", ROWS_KEPT)
            return int(row.lastrowid or 0)

        return await self._writer.write(work)

    async def end_offline(self, number: int, at: Instant) -> None:
        await self._writer.write(
            lambda connection: connection.execute(
                "UPDATE offline_times SET ended_s = ?, ended_utc_ms = ?, ended_boot = ? WHERE id = ?",
                (*moments.columns(connection, at), number),
            )
        )

    # Planned maintenance.

    async def open_window(self, one: Window) -> Window:
        """With its number."""

        def work(connection: sqlite3.Connection) -> int:
            row = connection.execute(
                "INSERT INTO maintenance_windows "
                "(opened_s, opened_utc_ms, opened_boot, from_ms, until_ms, why, opened_by) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*moments.columns(connection, one.opened), one.from_ms, one.until_ms, one.why, one.by),
            )
            _bound(connection, "maintenance_windows", WINDOWS_KEPT)
            return int(row.lastrowid or 0)

        number = await self._writer.write(work)
        await self._windows_again()
        return replace(one, number=number)

    async def close_window(self, number: int, utc_ms: int) -> None:
        await self._writer.write(
            lambda connection: connection.execute(
                "UPDATE maintenance_windows SET closed_ms = ? WHERE id = ?", (utc_ms, number)
            )
        )
        await self._windows_again()

    async def _windows_again(self) -> None:
        def work(connection: sqlite3.Connection) -> tuple[Window, ...]:
            boots = _boots(connection)
            return tuple(_window(boots, row) for row in _rows(connection, "maintenance_windows"))

        self.windows = await self._writer.read(work)

    # All of it.

    async def computed(
        self, work: Callable[[ServiceRecords], T], bare: ServiceRecords, since_ms: int | None = None
    ) -> T:
        """`work` of `bare` with everything on record, or with what ended after `since_ms`, in the writer's thread."""
        return await self._writer.read(lambda connection: work(_filled(connection, bare, since_ms)))


def _filled(connection: sqlite3.Connection, bare: ServiceRecords, since_ms: int | None) -> ServiceRecords:
    boots = _boots(connection)
    ended = "" if since_ms is None else f"WHERE coalesce(ended_utc_ms, {since_ms:d}) >= {since_ms:d}"
    alive = "" if since_ms is None else f"WHERE coalesce(alive_utc_ms, {since_ms:d}) >= {since_ms:d}"
    ports = connection.execute("SELECT * FROM service_ports ORDER BY port").fetchall()
    return replace(
        bare,
        ports=tuple(PortService(port=row["port"], began=_at(boots, row, "began")) for row in ports),
        outages=tuple(_outage(boots, row) for row in _rows(connection, "outages", ended)),
        offline=tuple(_offline(boots, row) for row in _rows(connection, "offline_times", ended)),
        runs=tuple(_a_run(boots, row) for row in _rows(connection, "runs", alive)),
        acts=acts.taken(connection, boots, since_ms or 0),
        windows=tuple(_window(boots, row) for row in _rows(connection, "maintenance_windows")),
    )


def _boots(connection: sqlite3.Connection) -> Boots:
    return {int(row["id"]): str(row["boot_id"]) for row in connection.execute("SELECT id, boot_id FROM boots")}


def _at(boots: Boots, row: sqlite3.Row, prefix: str) -> Instant:
    """As it was read then (moments.as_written), without a query for each of thousands."""
    return Instant(row[f"{prefix}_s"], row[f"{prefix}_utc_ms"], boots.get(row[f"{prefix}_boot"], ""))


def _rows(connection: sqlite3.Connection, table: str, where: str = "") -> list[sqlite3.Row]:
    return connection.execute(f"SELECT * FROM {table} {where} ORDER BY id").fetchall()  # noqa: S608 our own names


def _bound(connection: sqlite3.Connection, table: str, most: int) -> None:
    connection.execute(f"DELETE FROM {table} WHERE id <= (SELECT max(id) FROM {table}) - ?", (most,))  # noqa: S608


def forget_old(connection: sqlite3.Connection, now: Instant) -> None:
    """Once a start; without a clock nobody knows what is old."""
    if now.utc_ms is None:
        return
    before_ms = now.utc_ms - KEPT_MS
    for table in ("outages", "offline_times", "attempts"):
        connection.execute(f"DELETE FROM {table} WHERE ended_utc_ms < ?", (before_ms,))  # noqa: S608 our own names
    acts.forget_before(connection, before_ms)


def _a_run(boots: Boots, row: sqlite3.Row) -> Run:
    return run_of(row, _at(boots, row, "began"), _at(boots, row, "alive"))


def _outage(boots: Boots, row: sqlite3.Row) -> Outage:
    return Outage(
        number=row["id"],
        port=row["port"],
        cause=Cause(key=row["cause"], of=CauseClass(row["class"]), evidence=row["evidence"]),
        began=_at(boots, row, "began"),
        ended=_end(boots, row),
        wanted=bool(row["wanted"]),
        seen_in=row["seen_in"],
        verdict=row["verdict"],
        verdict_by=row["verdict_by"],
        verdict_why=row["verdict_why"],
    )


def _offline(boots: Boots, row: sqlite3.Row) -> Offline:
    return Offline(
        number=row["id"],
        began=_at(boots, row, "began"),
        cause=row["cause"],
        of=CauseClass(row["class"]),
        ended=_end(boots, row),
    )


def _end(boots: Boots, row: sqlite3.Row) -> Instant | None:
    return None if row["ended_s"] is None else _at(boots, row, "ended")


def _window(boots: Boots, row: sqlite3.Row) -> Window:
    return Window(
        number=row["id"],
        opened=_at(boots, row, "opened"),
        from_ms=row["from_ms"],
        until_ms=row["until_ms"],
        why=row["why"],
        by=row["opened_by"],
        closed_ms=row["closed_ms"],
    )
