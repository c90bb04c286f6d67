from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agent.core.runs import Run, RunEnd, RunReason, told
from agent.core.time import Instant
from agent.store import reset
from agent.store.database import known_migrations
from agent.store.moments import columns
from agent.store.runs import ALWAYS_KEPT, KEPT_MS, Departed, Runs
from agent.store.store import FILE_NAME, Store, open_store
from agent.store.writer import Writer

AT = Instant(50.0, 1_800_000_000_000, "boot-1")


def reopened(folder: Path) -> Store:
    return open_store(folder, inline=True, flush=False)


def newest(store: Store, run: asyncio.Runner) -> list[Run]:
    return [one for one, _ in run.run(store.upkeep.runs.newest(1000))]


def test_each_start_says_how_the_one_before_it_ended(tmp_path: Path, run: asyncio.Runner) -> None:
    store = reopened(tmp_path)
    run.run(store.upkeep.runs.begin(AT, "1.0"))
    run.run(store.upkeep.runs.conclude(AT.plus(60.0), RunEnd.RESTART))
    store.writer.drop()
    store = reopened(tmp_path)
    run.run(store.upkeep.runs.begin(AT.plus(70.0), "1.0"))
    run.run(store.upkeep.runs.stuck(("connector 1", "limits")))
    store.writer.drop()
    store = reopened(tmp_path)
    left = Departed(alive=AT.plus(80.0), result="watchdog", crash="ended by SIGABRT in x.py:1 (f)")
    run.run(store.upkeep.runs.begin(AT.plus(90.0), "1.0", before=left))
    run.run(store.upkeep.runs.saw_boards({2: "y", 1: "x"}))
    store.writer.drop()
    store = reopened(tmp_path)
    run.run(store.upkeep.runs.begin(Instant(9.0, None, "boot-2"), "1.0", watchdog=False))
    run.run(store.upkeep.runs.saw_boards({1: "x"}))

    runs = newest(store, run)

    assert [(one.reason, one.end and one.end.how) for one in told(runs)] == [
        (RunEnd.PANIC, None),
        (RunEnd.WATCHDOG, RunEnd.PANIC),
        (RunEnd.RESTART, RunEnd.WATCHDOG),
        (RunReason.FIRST, RunEnd.RESTART),
    ]
    assert (runs[-1].ended, runs[-1].alive) == ("restart asked", AT.plus(60.0))
    assert runs[2] == Run(
        keeps_acts=True,
        number=2,
        began=AT.plus(70.0),
        alive=AT.plus(80.0),
        version="1.0",
        stuck="connector 1, limits",
        result="watchdog",
        crash="ended by SIGABRT in x.py:1 (f)",
    )
    assert (runs[0].hardware_watchdog, runs[1].boards) == (False, ((1, "x"), (2, "y")))
    assert store.upkeep.runs.before == runs[1]
    store.writer.drop()


def test_a_part_that_goes_on_is_stuck_no_more(store: Store, run: asyncio.Runner) -> None:
    runs = store.upkeep.runs
    run.run(runs.begin(AT, "1.0"))
    run.run(runs.stuck(("limits",)))
    run.run(runs.stuck(()))

    [one] = newest(store, run)
    assert one.stuck == ""


def test_runs_outlive_a_factory_reset_and_of_old_ones_the_newest_stay(store: Store, run: asyncio.Runner) -> None:
    for number in range(ALWAYS_KEPT + 3):
        run.run(store.upkeep.runs.begin(AT.plus(number), f"1.{number}"))
    run.run(reset.erase(store.writer))
    kept = newest(store, run)
    assert len(kept) == ALWAYS_KEPT + 3

    run.run(store.upkeep.runs.begin(AT.plus(KEPT_MS / 1000 + 3600.0), "2.0"))

    kept = newest(store, run)
    assert len(kept) == ALWAYS_KEPT
    assert kept[0].version == "2.0"


def test_boots_without_a_clock_are_judged_by_themselves_and_told_where_they_lie(
    tmp_path: Path, run: asyncio.Runner
) -> None:
    starts = (Instant(9.0, None, "boot-1"), Instant(9.0, None, "boot-2"), Instant(9.0, 1_800_000_000_000, "boot-3"))
    for at in starts:
        store = open_store(tmp_path, inline=True, flush=False, boot_id=at.boot_id)
        run.run(store.upkeep.runs.begin(at, "1.0"))
        store.writer.drop()
    store = reopened(tmp_path)

    found = run.run(store.upkeep.runs.newest(3))

    said = list(told([one for one, _ in found], [began for _, began in found]))
    assert [one.end and one.end.how for one in said] == [None, RunEnd.UNKNOWN, RunEnd.UNKNOWN]
    assert [one.run.began for one in said] == list(reversed(starts))
    assert all(one.began.utc_ms is not None for one in said)
    store.writer.drop()


# Two records become one.

BEFORE = 16


@cache
def of_before() -> sqlite3.Connection:
    """A database of a release with two records, in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for number in range(1, BEFORE + 1):
        connection.executescript(f"{known_migrations()[number].read_text()}; PRAGMA user_version = {number};")
    return connection


def as_before(file: Path | str = ":memory:") -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.row_factory = sqlite3.Row
    of_before().backup(connection)
    return connection


class FormerAgent:
    """What an agent of then wrote at a start and at an end, one of both refused by a full disk or not."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.last: tuple[int | None, int | None] = (None, None)

    def starts(self, at: Instant, reason: str, how: str | None, *, is_refused: str, boards: str = "{}") -> None:
        write = self.connection.execute
        if self.last[0] is not None:
            write("UPDATE runs SET how = ? WHERE how IS NULL AND id = ?", (how, self.last[0]))
        first = second = None
        if is_refused != "runs":
            first = write(
                "INSERT INTO runs (started_s, started_utc_ms, started_boot, version, reason) VALUES (?, ?, ?, 'v', ?)",
                (*columns(self.connection, at), reason),
            ).lastrowid
        if is_refused != "service_runs":
            when = columns(self.connection, at.plus(0.2))
            second = write(
                "INSERT INTO service_runs (began_s, began_utc_ms, began_boot, alive_s, alive_utc_ms, alive_boot, "
                "version, boards) VALUES (?, ?, ?, ?, ?, ?, 'v', ?)",
                (*when, *when, boards),
            ).lastrowid
        self.last = first, second

    def ends(self, at: Instant, how: str, *, is_refused: str) -> None:
        write, when = self.connection.execute, columns(self.connection, at)
        if is_refused != "runs":
            write(
                "UPDATE runs SET how = ?, ended_s = ?, ended_utc_ms = ?, ended_boot = ? WHERE id = ?",
                (how, *when, self.last[0]),
            )
        if is_refused != "service_runs":
            write(
                "UPDATE service_runs SET ended = 'in order', alive_s = ?, alive_utc_ms = ?, alive_boot = ? "
                "WHERE id = ?",
                (*when, self.last[1]),
            )


REFUSED = st.sampled_from(["", "", "", "runs", "service_runs"])
ENDS = st.sampled_from(["in order", "restart asked", "killed", "stuck", "watchdog", "power cut"])
IN_ORDER = ("in order", "restart asked")
HOW = {"killed": RunEnd.CRASHED, "stuck": RunEnd.WATCHDOG, "watchdog": RunEnd.HARDWARE_WATCHDOG}


@dataclass
class Lived:
    """One run as the world knows it: `rows` are its numbers in the two records, None where it has none there."""

    place: int
    at_s: float
    by_watchdog: bool
    what: str
    rows: tuple[int | None, int | None]
    words: tuple[str, str]

    @property
    def word(self) -> str:
        return self.words[0] or self.words[1]


def lived(agent: FormerAgent, history: list[tuple[str, str, str, int]], reset_after: int) -> list[Lived]:
    found: list[Lived] = []
    boot, at_s, reason, how = 1, 100.0, "first start", None
    was_quick = False
    for place, (what, refused_start, refused_end, away_s) in enumerate(history):
        # Of two starts within a second nobody could tell which row is missing.
        is_quick, refused_start = away_s == 0, "" if was_quick or away_s == 0 else refused_start
        was_quick = is_quick
        at = Instant(at_s, 1_800_000_000_000 + round(at_s * 1000), f"boot-{boot}")
        agent.starts(at, reason, how, is_refused=refused_start)
        if what in IN_ORDER:
            agent.ends(at.plus(0.5), what, is_refused=refused_end)
        if what == "stuck":
            agent.connection.execute("UPDATE runs SET stuck = 'limits' WHERE id = ?", (agent.last[0],))
        ended = [what in IN_ORDER and row is not None for row in agent.last]
        words = (
            what if ended[0] and refused_end != "runs" else "",
            "in order" * (ended[1] and refused_end != "service_runs"),
        )
        found.append(Lived(place, at_s, place > 0 and history[place - 1][0] == "watchdog", what, agent.last, words))
        boot += what in ("watchdog", "power cut")
        if what == "stuck":
            how = reason = "watchdog" if agent.last[0] else "killed"
        else:
            how = reason = "killed" if what in IN_ORDER and not words[0] else what
        at_s += 0.75 if is_quick else 1.0 + away_s
        if place == reset_after and not is_quick:
            agent.connection.execute("DELETE FROM service_runs")
            found = [replace(one, rows=(one.rows[0], None), words=(one.words[0], "")) for one in found if one.rows[0]]
    return found


@given(st.lists(st.tuples(ENDS, REFUSED, REFUSED, st.integers(0, 3)), min_size=1, max_size=8), st.integers(-1, 7))
def test_each_run_of_two_records_is_one_run_once(history: list[tuple[str, str, str, int]], reset_after: int) -> None:
    with closing(as_before()) as connection:
        true = lived(FormerAgent(connection), history, reset_after)
        for number in range(BEFORE + 1, len(known_migrations()) + 1):
            connection.executescript(known_migrations()[number].read_text())
        runs = Runs(Writer(connection, inline=True)).since(-100)
    ends = [one.end for one in told(runs[::-1])][::-1]

    assert all(0 <= run.began.monotonic_s - one.at_s < 0.3 for run, one in zip(runs, true, strict=True))
    assert [one.ended for one in runs] == [one.word for one in true]
    assert not any(run.hardware_watchdog and not one.by_watchdog for run, one in zip(runs, true, strict=True))
    assert all(run.number >= (one.rows[1] or 0) for run, one in zip(runs, true, strict=True))
    for end, (one, after) in zip(ends, pairwise(true), strict=False):
        if end is not None and not one.word and one.rows[0] and after.rows[0] and after.place == one.place + 1:
            assert end.how is HOW.get(one.what, RunEnd.UNKNOWN if one.what == "power cut" else RunEnd.CRASHED)


def test_what_a_database_of_two_records_told_is_told_by_one(tmp_path: Path, run: asyncio.Runner) -> None:
    with closing(as_before(tmp_path / FILE_NAME)) as connection:
        agent = FormerAgent(connection)
        agent.starts(AT, "first start", None, is_refused="", boards='{"1":"x"}')
        agent.starts(replace(AT, boot_id="boot-2"), "power cut", "power cut", is_refused="", boards='{"1":"x"}')
        connection.execute(
            "INSERT INTO outages (port, cause, class, evidence, began_s, began_utc_ms, began_boot, wanted) VALUES "
            "(1, 'out_of_service', 'csms', '', 60, 1800000010000, 2, 0), (2, 'power_cut', 'grid', '', 50, NULL, 1, 0)"
        )

    store = reopened(tmp_path)
    runs = newest(store, run)

    assert [one.end and one.end.how for one in told(runs)] == [None, RunEnd.PANIC]
    assert runs[1].alive == AT.plus(0.2)
    rows = store.writer.connection.execute("SELECT seen_in FROM outages ORDER BY id").fetchall()
    assert [row["seen_in"] for row in rows] == [runs[0].number, runs[1].number]
    run.run(store.upkeep.runs.begin(AT.plus(900.0), "2.0"))
    assert newest(store, run)[0].number == runs[0].number + 1
    store.writer.drop()
