from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from agent.errors import StoreError, StoreFull
from agent.store.database import open_database
from agent.store.store import open_store
from agent.store.writer import LONGEST_QUEUE, CommitMoment, SimulatedCrash, Work, Writer
from firmware_sim import virtual_loop


@pytest.fixture(params=["in line", "threaded"])
def writer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Writer]:
    opened = Writer(open_database(tmp_path / "agent.db", flush=False).connection, inline=request.param == "in line")
    yield opened
    opened.drop()


def put(name: str, value: str = "1") -> Work[str]:
    def work(connection: sqlite3.Connection) -> str:
        connection.execute("INSERT INTO settings (name, value) VALUES (?, ?)", (name, value))
        return name

    return work


def names(connection: sqlite3.Connection) -> list[str]:
    return [row["name"] for row in connection.execute("SELECT name FROM settings ORDER BY name")]


def refuse(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO settings (name, value) VALUES ('half done', '1')")
    raise StoreError("no")


async def three_works(writer: Writer) -> Sequence[object]:
    return await asyncio.gather(
        writer.write(put("a")), writer.write(refuse), writer.write(put("b")), return_exceptions=True
    )


def test_works_of_one_turn_share_a_commit_and_a_refusal_concerns_its_caller_only(
    writer: Writer, run: asyncio.Runner
) -> None:
    outcomes = run.run(three_works(writer))

    assert outcomes[0] == "a"
    assert isinstance(outcomes[1], StoreError)
    assert outcomes[2] == "b"
    assert writer.commits == 1
    assert run.run(writer.read(names)) == ["a", "b"]


def test_an_error_of_the_database_reaches_its_caller_as_a_store_error(writer: Writer, run: asyncio.Runner) -> None:
    run.run(writer.write(put("a")))

    with pytest.raises(StoreError, match="UNIQUE"):
        run.run(writer.write(put("a")))


@pytest.mark.parametrize("value", [2**70, "half a pair \ud800"])
def test_a_value_the_database_cannot_hold_is_refused_and_the_writer_goes_on(
    writer: Writer, run: asyncio.Runner, value: object
) -> None:
    def work(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO counters (name, value) VALUES ('odd', ?)", (value,))

    with pytest.raises(StoreError, match="cannot be kept"):
        run.run(writer.write(work))

    assert run.run(writer.write(put("a"))) == "a"


def test_reading_costs_no_commit(writer: Writer, run: asyncio.Runner) -> None:
    run.run(writer.read(names))

    assert writer.commits == 0


def test_the_result_reaches_memory_although_its_caller_has_gone(writer: Writer, run: asyncio.Runner) -> None:
    remembered: list[str] = []

    async def cancelled_at_once() -> None:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(writer.write(put("a"), remembered.append))
            await asyncio.sleep(0)
            task.cancel()
        await writer.read(names)

    run.run(cancelled_at_once())

    assert remembered == ["a"]


def test_results_reach_memory_in_the_order_of_the_calls(writer: Writer, run: asyncio.Runner) -> None:
    remembered: list[str] = []

    async def many() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(50):
                group.create_task(writer.write(put(f"{number:02}"), remembered.append))
                await asyncio.sleep(0)

    run.run(many())

    assert remembered == [f"{number:02}" for number in range(50)]


def test_closing_finishes_what_waits(tmp_path: Path, run: asyncio.Runner) -> None:
    path = tmp_path / "other.db"
    writer = Writer(open_database(path, flush=False).connection)

    async def close_behind() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(writer.write(put("a")))
            await asyncio.sleep(0)
            group.create_task(writer.aclose())

    run.run(close_behind())

    assert names(open_database(path).connection) == ["a"]
    with pytest.raises(StoreError, match="closed"):
        run.run(writer.write(put("b")))


def test_a_work_that_does_not_fit_leaves_room_for_those_that_do(writer: Writer, run: asyncio.Runner) -> None:
    """A full disk makes the database undo the whole commit; what fits is kept all the same."""

    def small_file(connection: sqlite3.Connection) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    async def big_and_small() -> Sequence[object]:
        await writer.alone(small_file)
        return await asyncio.gather(
            writer.write(put("small")),
            writer.write(put("big", "x" * 100_000)),
            writer.write(put("small too")),
            return_exceptions=True,
        )

    outcomes = run.run(big_and_small())

    assert outcomes[0] == "small"
    assert isinstance(outcomes[1], StoreFull)
    assert outcomes[2] == "small too"


def test_more_than_the_disk_can_take_is_refused(writer: Writer, run: asyncio.Runner) -> None:
    async def flood() -> Sequence[object]:
        works = [writer.read(names) for _ in range(LONGEST_QUEUE + 1)]
        return await asyncio.gather(*works, return_exceptions=True)

    assert sum(isinstance(outcome, StoreError) for outcome in run.run(flood())) == 1


@pytest.mark.parametrize("moment", CommitMoment)
@pytest.mark.parametrize("inline", [True, False])
def test_a_simulated_crash_ends_everything_at_its_commit(
    tmp_path: Path, run: asyncio.Runner, moment: CommitMoment, inline: bool
) -> None:
    def crash_at_the_second(now: CommitMoment, number: int) -> None:
        if (now, number) == (moment, 2):
            raise SimulatedCrash

    path = tmp_path / "agent.db"
    writer = Writer(open_database(path, flush=False).connection, inline=inline, on_commit=crash_at_the_second)
    run.run(writer.write(put("a")))

    async def crash() -> Sequence[object]:
        return await asyncio.gather(writer.write(put("b")), return_exceptions=True)

    assert isinstance(run.run(crash())[0], SimulatedCrash)
    writer.drop()

    assert names(open_database(path).connection) == (["a", "b"] if moment is CommitMoment.AFTER else ["a"])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the thread ends by it
def test_a_mistake_of_ours_is_raised_to_its_caller_and_nothing_is_written_any_more(
    tmp_path: Path, run: asyncio.Runner
) -> None:
    writer = Writer(open_database(tmp_path / "agent.db", flush=False).connection)

    with pytest.raises(ZeroDivisionError):
        run.run(writer.write(lambda _: 1 // 0))
    with pytest.raises(ZeroDivisionError):
        run.run(writer.write(put("a")))

    writer.drop()


def test_the_end_does_not_wait_for_a_disk_that_stands_still(tmp_path: Path, run: asyncio.Runner) -> None:
    writer = Writer(open_database(tmp_path / "agent.db", flush=False).connection)
    disk_moves = threading.Event()

    def stalls(_: sqlite3.Connection) -> None:
        disk_moves.wait()

    async def end() -> None:
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(writer.write(stalls))
            await asyncio.sleep(0)
            await writer.aclose(within_s=0.05)
            waiting.cancel()

    try:
        run.run(end())
        with pytest.raises(StoreError, match="is closed"):
            run.run(writer.write(put("too late")))
    finally:
        disk_moves.set()


@pytest.mark.parametrize("error", [sqlite3.IntegrityError("row"), KeyError("boot"), ValueError("no clock")])
def test_what_rides_along_with_a_commit_never_costs_the_record_it_rides_with(tmp_path: Path, error: Exception) -> None:
    rides = 0

    def rider(connection: sqlite3.Connection) -> None:
        nonlocal rides
        rides += 1
        connection.execute("INSERT INTO settings (name, value) VALUES (?, 'half')", (f"half {rides}",))
        raise error

    async def write_two() -> list[str]:
        store = open_store(tmp_path, inline=True, flush=False)
        store.writer.rider = rider
        for number in (1, 2):
            await store.settings.put({f"kept {number}": "whole"})
        rows = store.writer.connection.execute("SELECT name FROM settings ORDER BY name").fetchall()
        await store.aclose()
        return [row["name"] for row in rows]

    assert virtual_loop.run(write_two()) == ["kept 1", "kept 2"]
    assert rides == 2
