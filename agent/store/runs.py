"""The runs of the program, as facts: one record for health and for uptime. A factory reset keeps it.

Begun with the start, one commit; its last word is one more. The sign of life rides along with what others write.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from agent.core.runs import Run, RunEnd
from agent.core.time import Instant
from agent.store import moments
from agent.store.writer import Writer
from agent.values import frozen

ALWAYS_KEPT = 200
"""However old they are: health tells of a charger that lay in a store for years, too."""
ROWS_KEPT = 20_000
KEPT_MS = 400 * 86_400_000
"""Thirteen months: the twelve that uptime looks at, and the one that is not over."""
SINCE_AT_MOST = 1_000


@frozen(kw_only=True)
class Departed:
    """What a start knows of the run before beyond its row. `alive`: where it lived longer than is on record."""

    alive: Instant | None = None
    result: str = ""
    crash: str = ""


NOTHING_MORE = Departed()
Tidy = Callable[[sqlite3.Connection, Instant], None]


def nothing_to_tidy(_connection: sqlite3.Connection, _at: Instant) -> None:
    return


class Runs:
    """Raises StoreError."""

    def __init__(self, writer: Writer) -> None:
        """Reads the last one; nothing may be written through `writer` before."""
        self._writer = writer
        self.number = 0
        """Of this run; 0 while it is not on record."""
        row = writer.connection.execute("SELECT * FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        self.before = None if row is None else _as_written(writer.connection, row)

    def since(self, number: int) -> tuple[Run, ...]:
        """From that run on, oldest first, SINCE_AT_MOST of the newest; for a start, before anything is written."""
        connection = self._writer.connection
        query = "SELECT * FROM runs WHERE id >= ? ORDER BY id DESC LIMIT ?"
        rows = connection.execute(query, (number, SINCE_AT_MOST)).fetchall()
        return tuple(_as_written(connection, row) for row in reversed(rows))

    async def begin(
        self,
        at: Instant,
        version: str,
        *,
        watchdog: bool | None = None,
        before: Departed = NOTHING_MORE,
        tidy: Tidy = nothing_to_tidy,
    ) -> None:
        """Put this run on record. `watchdog`: the controller's own began this boot. `tidy` is of the same commit."""

        def work(connection: sqlite3.Connection) -> int:
            _complete(connection, before)
            when = moments.columns(connection, at)
            row = connection.execute(
                "INSERT INTO runs (began_s, began_utc_ms, began_boot, alive_s, alive_utc_ms, alive_boot, version, "
                "watchdog, keeps_acts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)",
                (*when, *when, version, watchdog),
            )
            _forget_old(connection, at)
            tidy(connection, at)
            return int(row.lastrowid or 0)

        def begun(number: int) -> None:
            self.number = number

        await self._writer.write(work, begun)

    def ride(self, connection: sqlite3.Connection, at: Instant) -> None:
        """The program is alive at `at`; for a commit that is made anyhow."""
        if self.number:
            connection.execute(
                "UPDATE runs SET alive_s = ?, alive_utc_ms = ?, alive_boot = ? WHERE id = ?",
                (*moments.columns(connection, at), self.number),
            )

    async def alive(self, at: Instant) -> None:
        await self._writer.write(lambda connection: self.ride(connection, at))

    async def saw_boards(self, boards: Mapping[int, str]) -> None:
        """Which boots of the pilot boards this run has met, by port."""
        text = json.dumps({str(port): boot for port, boot in sorted(boards.items())}, separators=(",", ":"))
        await self._change("UPDATE runs SET boards = ? WHERE id = ?", text)

    async def saw_firmware(self, versions: Mapping[int, str]) -> None:
        """What the pilot boards run, by port: the latest word of each in this run."""
        text = json.dumps({str(port): version for port, version in sorted(versions.items())}, separators=(",", ":"))
        await self._change("UPDATE runs SET firmware = ? WHERE id = ?", text)

    async def made_of(self, image: str, configuration: Callable[[], str]) -> None:
        """The image below the program, and the mark of the configuration; that is worked out in the writer's thread."""

        def work(connection: sqlite3.Connection) -> None:
            row = (image, configuration(), self.number)
            connection.execute("UPDATE runs SET image = ?, configuration = ? WHERE id = ?", row)

        if self.number:
            await self._writer.write(work)

    async def stuck(self, names: tuple[str, ...]) -> None:
        """These vital parts make no progress now; none: they go on. It tells later which end was a watchdog's."""
        await self._change("UPDATE runs SET stuck = ? WHERE id = ?", ", ".join(names))

    async def conclude(self, at: Instant, how: RunEnd | None) -> None:
        """This run ends in order; None: it ends, and nobody wanted that."""

        def work(connection: sqlite3.Connection) -> None:
            self.ride(connection, at)
            if how is not None:
                connection.execute("UPDATE runs SET ended = ? WHERE id = ?", (how.value, self.number))

        await self._writer.write(work)

    async def newest(self, limit: int) -> tuple[tuple[Run, Instant], ...]:
        """The newest first, this run is the first of them: each as it was read then, and its begin as it is placed now.

        A boot that never had a clock is placed in a later one, so the boots to judge by are those of then.
        """

        def work(connection: sqlite3.Connection) -> tuple[tuple[Run, Instant], ...]:
            rows = connection.execute("SELECT * FROM runs ORDER BY id DESC LIMIT ?", (limit,)).fetchall()
            return tuple((_as_written(connection, row), moments.instant(connection, row, "began")) for row in rows)

        return await self._writer.read(work)

    async def _change(self, statement: str, *values: str) -> None:
        if self.number:
            await self._writer.write(lambda connection: connection.execute(statement, (*values, self.number)).rowcount)


def run_of(row: sqlite3.Row, began: Instant, alive: Instant) -> Run:
    """A row with its moments as the reader wants them."""
    boards: Mapping[str, Any] = json.loads(row["boards"])
    firmware: Mapping[str, Any] = json.loads(row["firmware"])
    return Run(
        number=row["id"],
        began=began,
        alive=alive,
        ended=row["ended"],
        version=row["version"],
        boards=tuple((int(port), str(boot)) for port, boot in boards.items()),
        stuck=row["stuck"],
        hardware_watchdog=None if row["watchdog"] is None else bool(row["watchdog"]),
        result=row["result"],
        crash=row["crash"],
        image=row["image"],
        firmware=tuple((int(port), str(version)) for port, version in firmware.items()),
        configuration=row["configuration"],
        keeps_acts=bool(row["keeps_acts"]),
    )


def _as_written(connection: sqlite3.Connection, row: sqlite3.Row) -> Run:
    return run_of(row, moments.as_written(connection, row, "began"), moments.as_written(connection, row, "alive"))


def _complete(connection: sqlite3.Connection, before: Departed) -> None:
    """The last row gets what is known of its end now."""
    last = "WHERE id = (SELECT max(id) FROM runs)"
    if before.alive is not None:
        connection.execute(
            f"UPDATE runs SET alive_s = ?, alive_utc_ms = ?, alive_boot = ? {last}",  # noqa: S608 our own words
            moments.columns(connection, before.alive),
        )
    if before.result or before.crash:
        connection.execute(f"UPDATE runs SET result = ?, crash = ? {last}", (before.result, before.crash))  # noqa: S608


def _forget_old(connection: sqlite3.Connection, now: Instant) -> None:
    """Once a start; without a clock nobody knows what is old."""
    newest = "(SELECT max(id) FROM runs)"
    connection.execute(f"DELETE FROM runs WHERE id <= {newest} - ?", (ROWS_KEPT,))  # noqa: S608 our own words
    if now.utc_ms is not None:
        connection.execute(
            f"DELETE FROM runs WHERE alive_utc_ms < ? AND id <= {newest} - ?",  # noqa: S608 our own words
            (now.utc_ms - KEPT_MS, ALWAYS_KEPT),
        )
