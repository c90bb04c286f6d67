"""Readings of an idle connector: told from memory, on record where that takes long, told once and in order."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.facts import Fact, TransactionSampled
from agent.core.quantities import ReadingContext
from agent.errors import StoreError
from agent.store import queue
from agent.store.held import HELD_AT_MOST, HELD_S
from agent.store.ledger import Ledger
from agent.store.store import Store, open_store
from agent.store.writer import LONGEST_QUEUE, CommitMoment
from firmware_sim.virtual_loop import run
from tests.store.domain import TWO, at_a_mark, sampled, started

Story = Callable[[Store], Awaitable[None]]


def tell(story: Story, folder: Path) -> Store:
    """A store in virtual time that has somebody who puts on record what was not told soon; left open."""

    async def main() -> Store:
        store = open_store(folder, inline=True, flush=False)
        async with seen_to(store.ledger):
            await story(store)
        return store

    return run(main())


@asynccontextmanager
async def seen_to(ledger: Ledger) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(ledger.run())
        await asyncio.sleep(0)
        yield
        running.cancel()


async def record(ledger: Ledger, fact: TransactionSampled) -> None:
    await ledger.record_sample(fact, for_network=True, for_stop=False)


def on_record(store: Store) -> int:
    return int(store.writer.connection.execute("SELECT count(*) FROM facts").fetchone()[0])


async def told(ledger: Ledger) -> list[Fact]:
    facts: list[Fact] = []
    while (queued := await ledger.next_fact()) is not None:
        facts.append(queued.fact)
        await ledger.settle(queued.seq)
    assert ledger.queued() == 0
    return facts


def test_what_is_told_at_once_costs_no_commit(tmp_path: Path) -> None:
    async def story(store: Store) -> None:
        facts = [at_a_mark(1), at_a_mark(2, TWO)]
        for fact in facts:
            await record(store.ledger, fact)
        assert store.ledger.queued() == 2
        assert await told(store.ledger) == facts
        await asyncio.sleep(2 * HELD_S)

    store = tell(story, tmp_path)
    assert (store.writer.commits, on_record(store)) == (0, 0)
    store.writer.drop()


def test_what_is_not_told_soon_is_on_record(tmp_path: Path) -> None:
    async def story(store: Store) -> None:
        await record(store.ledger, at_a_mark(1))
        await asyncio.sleep(HELD_S / 2)
        await record(store.ledger, at_a_mark(2))
        assert on_record(store) == 0
        await asyncio.sleep(HELD_S / 2 + 1)
        assert on_record(store) == store.ledger.queued() == 2
        assert await told(store.ledger) == [at_a_mark(1), at_a_mark(2)]

    tell(story, tmp_path).writer.drop()


def test_an_end_in_order_puts_it_on_record(tmp_path: Path) -> None:
    async def story(store: Store) -> None:
        await record(store.ledger, at_a_mark(1))

    store = tell(story, tmp_path)
    asyncio.run(store.aclose())

    again = open_store(tmp_path, inline=True, flush=False)
    assert asyncio.run(told(again.ledger)) == [at_a_mark(1)]
    again.writer.drop()


@pytest.mark.parametrize(
    "fact",
    [
        sampled(1),
        replace(sampled(None), readings=replace(sampled(None).readings, context=ReadingContext.OTHER)),
        at_a_mark(1, trusted=False),
        replace(at_a_mark(1), key=sampled(1).key),
    ],
    ids=["of a charge", "at a mark of the price", "without a clock", "of a charge, at a mark"],
)
def test_what_was_promised_is_on_record_when_the_call_returns(tmp_path: Path, fact: TransactionSampled) -> None:
    async def story(store: Store) -> None:
        await store.ledger.record_start(started(1), None)
        await told(store.ledger)
        await record(store.ledger, fact)
        assert on_record(store) == 1

    tell(story, tmp_path).writer.drop()


def test_where_nobody_sees_to_it_all_is_on_record_at_once(tmp_path: Path) -> None:
    store = open_store(tmp_path, inline=True, flush=False)
    asyncio.run(record(store.ledger, at_a_mark(1)))

    assert on_record(store) == 1
    store.writer.drop()


def test_behind_anything_that_waits_it_is_on_record_at_once(tmp_path: Path) -> None:
    async def story(store: Store) -> None:
        await store.ledger.record_start(started(1), None)
        await record(store.ledger, at_a_mark(1))
        assert on_record(store) == 2
        assert await told(store.ledger) == [started(1), at_a_mark(1)]

    tell(story, tmp_path).writer.drop()


def test_a_start_comes_after_what_waited_in_memory_and_in_the_same_commit(tmp_path: Path) -> None:
    async def story(store: Store) -> None:
        await record(store.ledger, at_a_mark(1))
        await store.ledger.record_start(started(1), None)
        assert (on_record(store), store.writer.commits) == (2, 1)
        assert await told(store.ledger) == [at_a_mark(1), started(1)]

    tell(story, tmp_path).writer.drop()


def test_many_are_not_kept_in_memory(tmp_path: Path) -> None:
    async def story(store: Store) -> None:
        for number in range(HELD_AT_MOST + 2):
            await record(store.ledger, at_a_mark(number))
        assert on_record(store) == HELD_AT_MOST + 2
        assert await told(store.ledger) == [at_a_mark(one) for one in range(HELD_AT_MOST + 2)]

    tell(story, tmp_path).writer.drop()


def test_one_that_is_answered_while_it_is_being_put_on_record_is_not_told_again(tmp_path: Path) -> None:
    async def story(store: Store) -> None:
        await record(store.ledger, at_a_mark(1))
        queued = await store.ledger.next_fact()
        assert queued is not None
        store.ledger.write_held()
        await store.ledger.settle(queued.seq)
        await asyncio.sleep(HELD_S)
        assert (on_record(store), store.ledger.queued()) == (0, 0)
        assert await store.ledger.next_fact() is None

    tell(story, tmp_path).writer.drop()


def test_another_network_hears_nothing_of_it(tmp_path: Path) -> None:
    async def story(store: Store) -> None:
        await record(store.ledger, at_a_mark(1))
        assert await store.ledger.forget_outside() == 1
        assert (store.ledger.queued(), await store.ledger.next_fact()) == (0, None)
        await asyncio.sleep(2 * HELD_S)

    store = tell(story, tmp_path)
    assert on_record(store) == 0
    store.writer.drop()


def test_another_network_hears_nothing_of_one_that_a_full_disk_refused(tmp_path: Path) -> None:
    async def story(store: Store) -> None:
        await record(store.ledger, too_large())
        with a_full_disk(store):
            await asyncio.sleep(HELD_S + 1)
        assert await store.ledger.forget_outside() == 1
        assert (store.ledger.queued(), await store.ledger.next_fact()) == (0, None)

    tell(story, tmp_path).writer.drop()


def test_a_refusal_is_counted_and_the_one_that_is_given_up_is_kept_as_proof(tmp_path: Path) -> None:
    async def story(store: Store) -> None:
        await record(store.ledger, at_a_mark(1))
        queued = await store.ledger.next_fact()
        assert queued is not None
        await store.ledger.record_attempt(queued.seq)
        again = await store.ledger.next_fact()
        assert again is not None
        assert (again.seq, again.attempts) == (queued.seq, 1)
        await store.ledger.abandon(queued.seq, "refused")
        assert await store.ledger.next_fact() is None
        kept = store.writer.connection.execute("SELECT seq, why FROM undelivered").fetchall()
        assert [tuple(row) for row in kept] == [(queued.seq, "refused")]

    tell(story, tmp_path).writer.drop()


def test_one_that_a_full_disk_refuses_is_told_from_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(store: Store) -> None:
        await record(store.ledger, too_large())
        with a_full_disk(store):
            await asyncio.sleep(HELD_S + 1)
            assert (on_record(store), store.ledger.queued()) == (0, 1)
            assert len(await told(store.ledger)) == 1

    tell(story, tmp_path).writer.drop()
    assert "samples outside of a transaction were not recorded" in caplog.text


def too_large() -> TransactionSampled:
    """More than the free pages of a new database hold."""
    many = sampled(None).readings.readings * 400
    return replace(at_a_mark(1), readings=replace(at_a_mark(1).readings, readings=many))


@contextmanager
def a_full_disk(store: Store) -> Iterator[None]:
    connection = store.writer.connection
    [pages] = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    yield
    connection.execute("PRAGMA max_page_count = 1000000")


def test_it_comes_after_a_start_that_the_disk_keeps_waiting_and_nobody_waits_for_any_more(tmp_path: Path) -> None:
    """A caller that was cancelled has its start on record all the same."""
    is_stalled, goes_on = threading.Event(), threading.Event()

    def stall(moment: CommitMoment, number: int) -> None:
        if moment is CommitMoment.BEFORE and number == 1:
            is_stalled.set()
            goes_on.wait(30)

    async def main() -> None:
        store = open_store(tmp_path, flush=False, on_commit=stall)
        async with seen_to(store.ledger):
            other = asyncio.create_task(store.latches.record_operative(None, operative=False))
            await asyncio.to_thread(is_stalled.wait)
            starting = asyncio.create_task(store.ledger.record_start(started(1), None))
            await asyncio.sleep(0)
            starting.cancel()
            await asyncio.wait([starting])
            reading = asyncio.create_task(record(store.ledger, at_a_mark(1)))
            await asyncio.sleep(0)
            goes_on.set()
            await asyncio.gather(other, reading)
            assert await told(store.ledger) == [started(1), at_a_mark(1)]
        await store.aclose()

    asyncio.run(main())


def test_a_start_that_found_the_disk_too_far_behind_is_not_waited_for(tmp_path: Path) -> None:
    async def story(store: Store) -> None:
        works = [store.writer.soon(lambda _: None) for _ in range(LONGEST_QUEUE)]
        with pytest.raises(StoreError, match="does not keep up"):
            await store.ledger.record_start(started(1), None)
        await asyncio.wait(works)
        await record(store.ledger, at_a_mark(1))
        assert (on_record(store), store.ledger.queued()) == (0, 1)

    tell(story, tmp_path).writer.drop()


def test_a_start_says_how_many_wait_wherever_the_one_before_it_was_cut_off(tmp_path: Path) -> None:
    """It counts once, after an earlier version or a full disk, and believes its count from then on."""
    store = open_store(tmp_path / "0", inline=True, flush=False)
    for _ in range(5):
        asyncio.run(record(store.ledger, sampled(None)))
    connection = store.writer.connection
    connection.execute("DELETE FROM facts WHERE seq = 3")
    connection.execute("DELETE FROM counters")
    images: list[Path] = []

    def power_cut(_statement: str) -> None:
        images.append(shutil.copytree(tmp_path / "0", tmp_path / f"{len(images) + 1}"))

    connection.set_trace_callback(power_cut)
    assert queue.count(connection) == 4
    store.writer.drop()

    assert len(images) > 3
    for image in images:
        again = open_store(image, inline=True, flush=False)
        assert again.ledger.queued() == 4
        again.writer.drop()


def test_the_file_is_closed_also_where_the_end_finds_it_unusable(tmp_path: Path) -> None:
    async def story(store: Store) -> None:
        await record(store.ledger, at_a_mark(1))
        with pytest.raises(ZeroDivisionError):
            await store.writer.write(lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await store.aclose()

    store = tell(story, tmp_path)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        on_record(store)


def test_a_place_is_never_given_twice(tmp_path: Path) -> None:
    seen: list[int] = []
    for _ in range(3):
        store = open_store(tmp_path, inline=True, flush=False)
        for _ in range(queue.RESERVED_AHEAD // 2 + 2):
            asyncio.run(record(store.ledger, sampled(None)))
            queued = store.ledger.oldest()
            assert queued is not None
            seen.append(queued.seq)
            asyncio.run(store.ledger.settle(queued.seq))
        store.writer.drop()

    assert seen == sorted(set(seen))


def test_a_queue_of_an_earlier_version_is_counted_by_the_facts_that_are_there(tmp_path: Path) -> None:
    """It kept the holes up to the last place that was given, not up to the last fact."""
    store = open_store(tmp_path, inline=True, flush=False)
    for _ in range(5):
        asyncio.run(record(store.ledger, sampled(None)))
    connection = store.writer.connection
    connection.execute("DELETE FROM facts WHERE seq > 3")
    connection.execute("DELETE FROM counters")
    connection.execute("INSERT INTO counters VALUES ('queue.holes', 2)")
    store.writer.drop()

    for _ in range(2):
        store = open_store(tmp_path, inline=True, flush=False)
        assert store.ledger.queued() == queue.count(store.writer.connection) == 3
        assert [row[0] for row in store.writer.connection.execute("SELECT name FROM counters")] == ["queue.gaps"]
        store.writer.drop()
