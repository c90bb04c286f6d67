"""Milestones of the charger, each once and for ever; what the figures are computed from (docs/metrics.md).

A factory reset keeps them, once a commissioning was begun. Before that a reset is a factory's last step: what was
recorded on its bench goes, and the site begins with the next boot of the controller.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

from agent.core.commissioning.model import JobState
from agent.core.metrics.records import Gate, Milestone, Scalar
from agent.core.time import Instant
from agent.store import moments
from agent.store.jobs import OPEN_STATES
from agent.store.writer import Writer
from agent.values import frozen


@frozen(kw_only=True)
class Commissionings:
    """`is_open`: one is under way, so whoever charges tests. `completed`: the last complete one, and when it was."""

    is_open: bool
    completed: tuple[str, Instant] | None


class Milestones:
    """Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        """Reads which there are; nothing may be written through `writer` before."""
        self._writer = writer
        rows = writer.connection.execute("SELECT once FROM milestones")
        self._passed = {str(row["once"]) for row in rows}
        self._is_bench = _is_bench(writer.connection)
        self.configuration = _last_mark(writer.connection)
        """The mark of the configuration that was noted last, "" where none was."""

    def begins_at_site(self) -> bool:
        """Nothing is on record, and this is no boot in which a factory wiped its own traces."""
        return not self._passed - {Gate.BENCH.value} and not self._is_bench

    def has_any(self) -> bool:
        """Recording has begun."""
        return bool(self._passed - {Gate.BENCH.value})

    def has_passed(self, gate: Gate, connector: int | None = None, which: str = "") -> bool:
        return _once(gate, connector, which) in self._passed

    async def keep(
        self,
        gate: Gate,
        at: Instant,
        *,
        connector: int | None = None,
        which: str = "",
        is_shared: bool = False,
        fields: Mapping[str, Scalar] | None = None,
    ) -> bool:
        """On record when it returns; False where it was already. `which` tells several of one gate apart.

        `is_shared`: once for all connectors together.
        """
        once = _once(gate, None if is_shared else connector, which)
        if once in self._passed:
            return False
        text = json.dumps(list((fields or {}).items()), separators=(",", ":"))

        def work(connection: sqlite3.Connection) -> None:
            row = (gate.value, connector, once, *moments.columns(connection, at), text)
            connection.execute(
                "INSERT OR IGNORE INTO milestones (gate, connector, once, at_s, at_utc_ms, at_boot, fields) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )

        await self._writer.write(work, lambda _: self._passed.add(once))
        return True

    async def anchor(self, at: Instant) -> None:
        """Where the boot of `at` lies in time, instead of what was kept of that before; nothing where `at` has none.

        Only a boot in which something was recorded needs it.
        """
        if at.utc_ms is None:
            return
        once = _once(Gate.CLOCK, None, at.boot_id)

        def work(connection: sqlite3.Connection) -> None:
            at_s, utc_ms, boot = moments.columns(connection, at)
            if connection.execute("SELECT 1 FROM milestones WHERE at_boot = ?", (boot,)).fetchone():
                connection.execute(
                    "INSERT INTO milestones (gate, once, at_s, at_utc_ms, at_boot, fields) "
                    "VALUES (?, ?, ?, ?, ?, '[]') "
                    "ON CONFLICT (once) DO UPDATE SET at_s = excluded.at_s, at_utc_ms = excluded.at_utc_ms",
                    (Gate.CLOCK.value, once, at_s, utc_ms, boot),
                )

        await self._writer.write(work)

    async def commissioning(self) -> Commissionings:
        """How the charger's commissionings stand, without all that is on record of them."""

        def work(connection: sqlite3.Connection) -> Commissionings:
            open_states = tuple(state.value for state in OPEN_STATES)
            opened = "SELECT 1 FROM commissioning_jobs WHERE state IN (?, ?) LIMIT 1"
            done = (
                "SELECT * FROM commissioning_jobs WHERE state = ? AND ended_s IS NOT NULL ORDER BY number DESC LIMIT 1"
            )
            row = connection.execute(done, (JobState.COMPLETE.value,)).fetchone()
            return Commissionings(
                is_open=connection.execute(opened, open_states).fetchone() is not None,
                completed=None if row is None else (row["job_id"], moments.instant(connection, row, "ended")),
            )

        return await self._writer.read(work)

    async def all(self) -> tuple[Milestone, ...]:
        """As they were recorded, oldest first."""

        def work(connection: sqlite3.Connection) -> tuple[Milestone, ...]:
            rows = connection.execute("SELECT * FROM milestones ORDER BY id").fetchall()
            return tuple(_milestone(connection, row) for row in rows)

        return await self._writer.read(work)


def outlive_reset(connection: sqlite3.Connection) -> None:
    """A factory reset: once a commissioning was begun they stay; before, what was recorded was a factory's bench."""
    if _was_commissioned(connection):
        return
    connection.execute("DELETE FROM milestones")
    connection.execute(
        "INSERT INTO milestones (gate, once, at_s, at_boot, fields) "
        "SELECT ?, ?, 0, (SELECT coalesce(max(id), 0) FROM boots), '[]'",
        (Gate.BENCH.value, Gate.BENCH.value),
    )


def _was_commissioned(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM commissioning_jobs LIMIT 1").fetchone() is not None


def _is_bench(connection: sqlite3.Connection) -> bool:
    """Whether the present boot, the last one on record, is the one in which a factory reset was made."""
    query = "SELECT 1 FROM milestones WHERE gate = ? AND at_boot = (SELECT max(id) FROM boots)"
    return connection.execute(query, (Gate.BENCH.value,)).fetchone() is not None


def _last_mark(connection: sqlite3.Connection) -> str:
    query = "SELECT fields FROM milestones WHERE gate IN (?, ?) ORDER BY id DESC LIMIT 1"
    row = connection.execute(query, (Gate.CONFIGURED.value, Gate.CONFIG.value)).fetchone()
    return str(dict(json.loads(row["fields"]))["mark"]) if row is not None else ""


def _once(gate: Gate, connector: int | None, which: str) -> str:
    parts = (gate.value, "" if connector is None else str(connector), which)
    return "/".join(part for part in parts if part)


def _milestone(connection: sqlite3.Connection, row: sqlite3.Row) -> Milestone:
    return Milestone(
        gate=Gate(row["gate"]),
        at=moments.as_written(connection, row, "at"),
        connector=row["connector"],
        fields=tuple((name, value) for name, value in json.loads(row["fields"])),
    )
