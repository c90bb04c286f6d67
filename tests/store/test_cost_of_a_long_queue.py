"""What is asked of the ledger costs as much with a long queue as with a short one: counted in steps of the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from agent.store.ledger import LedgerLimits
from agent.store.store import FILE_NAME, Store, open_store
from tests.store.domain import PLUG, drained, sampled, started, stopped

FRAME_BYTES = 512 + 24
"""A page in the write-ahead log, and its header."""


async def steps_of(store: Store, work: Awaitable[object]) -> int:
    """Instructions of the database's machine."""
    count = 0

    def one_more() -> int:
        nonlocal count
        count += 1
        return 0

    store.writer.connection.set_progress_handler(one_more, 1)
    await work
    store.writer.connection.set_progress_handler(None, 1)
    return count


async def the_end_of_a_charge(store: Store, waiting: int) -> int:
    for number in range(waiting):
        await store.ledger.record_start(started(number), PLUG)
        await store.ledger.record_stop(stopped(number))
    await store.ledger.record_start(started(waiting), PLUG)
    return await steps_of(store, store.ledger.record_stop(stopped(waiting)))


async def the_end_of_a_charge_when_older_ones_may_be_forgotten(store: Store, waiting: int) -> int:
    for number in range(5):
        await store.ledger.record_start(started(number), PLUG)
        await store.ledger.record_stop(stopped(number))
        await drained(store.ledger)
    await store.ledger.record_start(started(5), PLUG)
    for _ in range(waiting):
        await store.ledger.record_sample(sampled(5), for_network=True, for_stop=False)
    return await steps_of(store, store.ledger.record_stop(stopped(5)))


async def a_look_past_a_start(store: Store, waiting: int) -> int:
    await store.ledger.record_start(started(1), PLUG)
    for _ in range(waiting):
        await store.ledger.record_sample(sampled(1), for_network=True, for_stop=False)
    for _ in range(2):
        await store.ledger.record_sample(sampled(None), for_network=True, for_stop=False)
    first = await store.ledger.next_fact([1])
    assert first is not None
    assert first.seq == waiting + 2
    await store.ledger.settle(first.seq)
    return await steps_of(store, store.ledger.next_fact([1]))


async def a_look_that_finds_nothing(store: Store, waiting: int) -> int:
    await store.ledger.record_start(started(1), PLUG)
    for _ in range(waiting):
        await store.ledger.record_sample(sampled(1), for_network=True, for_stop=False)
    assert await store.ledger.next_fact([1]) is None
    return await steps_of(store, store.ledger.next_fact([1]))


async def a_look_for_another_network_while_only_idle_connectors_wait(store: Store, waiting: int) -> int:
    for _ in range(waiting):
        await store.ledger.record_sample(sampled(None), for_network=True, for_stop=False)
    assert not await store.ledger.owes_transactions()
    await store.ledger.record_sample(sampled(None), for_network=True, for_stop=False)
    return 1 + await steps_of(store, store.ledger.owes_transactions())


@pytest.mark.parametrize(
    "cost",
    [
        a_look_for_another_network_while_only_idle_connectors_wait,
        the_end_of_a_charge,
        the_end_of_a_charge_when_older_ones_may_be_forgotten,
        a_look_past_a_start,
        a_look_that_finds_nothing,
    ],
)
def test_it_costs_no_more_when_much_waits(cost: Callable[[Store, int], Awaitable[int]], tmp_path: Path) -> None:
    async def steps(waiting: int) -> int:
        folder = tmp_path / str(waiting)
        store = open_store(folder, inline=True, flush=False, limits=LedgerLimits(sessions=2))
        counted = await cost(store, waiting)
        store.writer.drop()
        return counted

    few, many = asyncio.run(steps(5)), asyncio.run(steps(100))

    assert 0 < many <= few


@pytest.mark.parametrize(("number", "pages"), [(None, 2), (1, 3)], ids=["outside of a transaction", "of a charge"])
def test_a_sample_that_was_told_has_changed_few_pages(
    store: Store, run: asyncio.Runner, tmp_path: Path, number: int | None, pages: int
) -> None:
    """Its own, that of the charge's register, and its own again once it was told."""

    def sample(register_wh: int) -> None:
        run.run(store.ledger.record_sample(sampled(number, register_wh), for_network=True, for_stop=False))
        queued = store.ledger.oldest()
        assert queued is not None
        run.run(store.ledger.settle(queued.seq))

    run.run(store.ledger.record_start(started(1), PLUG))
    run.run(drained(store.ledger))
    sample(2000)
    log = tmp_path / f"{FILE_NAME}-wal"
    before = log.stat().st_size
    sample(2200)

    assert (log.stat().st_size - before) / FRAME_BYTES == pages
