from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis.strategies import integers, sets

from agent.core.facts import Fact, StopReason, TransactionSampled, TransactionStarted, TransactionStopped
from agent.core.identity import IdToken
from agent.core.session.effects import RecordJudgement, RecordStopDecision
from agent.errors import StoreError, TransactionOver
from agent.store import queue
from agent.store.ledger import Ledger, LedgerLimits
from agent.store.store import Store, open_store
from agent.store.transactions import Delivery
from tests.store.domain import CARD, ONE, PLUG, TWO, drained, key, moment, sampled, started, stopped


def reopened(store: Store, folder: Path) -> Store:
    store.writer.drop()
    return open_store(folder, inline=True, flush=False)


def test_a_transaction_is_told_as_it_was_recorded(store: Store, run: asyncio.Runner) -> None:
    async def one_charge() -> list[Fact]:
        await store.ledger.record_start(started(1), PLUG)
        await store.ledger.record_sample(sampled(1), for_network=True, for_stop=False)
        await store.ledger.record_sample(sampled(None), for_network=True, for_stop=False)
        await store.ledger.record_stop(stopped(1))
        return await drained(store.ledger)

    assert run.run(one_charge()) == [started(1), sampled(1), sampled(None), stopped(1)]


def test_a_network_is_owed_what_belongs_to_a_transaction_until_it_was_told(store: Store, run: asyncio.Runner) -> None:
    async def story() -> None:
        ledger = store.ledger
        await ledger.record_sample(sampled(None), for_network=True, for_stop=False)
        assert not await ledger.owes_transactions()
        starting = asyncio.create_task(ledger.record_start(started(1), PLUG))
        await asyncio.sleep(0)
        assert await ledger.owes_transactions(), "on its way to the disk"
        await starting
        await ledger.record_stop(stopped(1))
        assert await ledger.owes_transactions()
        await drained(ledger)
        assert not await ledger.owes_transactions()
        await ledger.record_start(started(2), PLUG)
        await ledger.record_stop(stopped(2))
        assert await ledger.owes_transactions()

    run.run(story())


def test_the_stop_carries_the_readings_kept_for_it(store: Store, run: asyncio.Runner) -> None:
    async def one_charge() -> list[Fact]:
        await store.ledger.record_start(started(1), PLUG)
        for minute in range(3):
            sample = sampled(1, 1100 + minute, after_s=60.0 * minute)
            await store.ledger.record_sample(sample, for_network=False, for_stop=True)
        await store.ledger.record_stop(stopped(1))
        return await drained(store.ledger)

    stop = run.run(one_charge())[-1]

    assert isinstance(stop, TransactionStopped)
    assert stop.history == tuple(sampled(1, 1100 + minute, after_s=60.0 * minute).readings for minute in range(3))


def test_a_long_history_is_thinned_but_keeps_its_ends(tmp_path: Path, run: asyncio.Runner) -> None:
    store = open_store(
        tmp_path, inline=True, flush=False, limits=LedgerLimits(history_of_a_transaction=10, sessions=10)
    )

    async def long_charge() -> list[Fact]:
        await store.ledger.record_start(started(1), PLUG)
        for minute in range(40):
            await store.ledger.record_sample(sampled(1, 1100 + minute), for_network=False, for_stop=True)
        await store.ledger.record_stop(stopped(1))
        return await drained(store.ledger)

    stop = run.run(long_charge())[-1]
    store.writer.drop()

    assert isinstance(stop, TransactionStopped)
    assert len(stop.history) <= 10
    assert stop.history[0] == sampled(1, 1100).readings
    assert stop.history[-1] == sampled(1, 1139).readings


def test_a_connector_with_an_open_transaction_starts_no_other(store: Store, run: asyncio.Runner) -> None:
    run.run(store.ledger.record_start(started(1, ONE), PLUG))

    with pytest.raises(StoreError, match="connector 1 has an open transaction"):
        run.run(store.ledger.record_start(started(2, ONE), PLUG))

    run.run(store.ledger.record_start(started(3, TWO), PLUG))
    assert store.ledger.queued() == 2


def test_a_transaction_is_stopped_once(store: Store, run: asyncio.Runner) -> None:
    run.run(store.ledger.record_start(started(1), PLUG))
    run.run(store.ledger.record_stop(stopped(1, register_wh=2000)))

    with pytest.raises(StoreError, match="not stopped twice"):
        run.run(store.ledger.record_stop(stopped(1, register_wh=2001)))
    with pytest.raises(StoreError, match="no transaction"):
        run.run(store.ledger.record_stop(stopped(2)))

    assert store.ledger.queued() == 2


def test_repeating_the_very_same_record_is_harmless(store: Store, run: asyncio.Runner) -> None:
    """A commit can succeed although its caller heard of an error; the core then records again."""
    for _ in range(2):
        run.run(store.ledger.record_start(started(1), PLUG))
    for _ in range(2):
        run.run(store.ledger.record_stop(stopped(1)))

    assert run.run(drained(store.ledger)) == [started(1), stopped(1)]


def test_nothing_is_recorded_for_a_transaction_that_is_over(store: Store, run: asyncio.Runner) -> None:
    run.run(store.ledger.record_start(started(1), PLUG))
    run.run(store.ledger.record_stop(stopped(1)))

    with pytest.raises(TransactionOver, match="not open"):
        run.run(store.ledger.record_sample(sampled(1), for_network=True, for_stop=False))
    with pytest.raises(TransactionOver, match="not open"):
        run.run(store.ledger.record_checkpoint(key(1), 1700, moment(90)))


def test_an_open_transaction_is_found_after_a_restart(store: Store, run: asyncio.Runner, tmp_path: Path) -> None:
    run.run(store.ledger.record_start(started(1), None))
    run.run(store.ledger.record_plug(key(1), PLUG))
    run.run(store.ledger.record_checkpoint(key(1), 1250, moment(120)))
    decision = RecordStopDecision(key=key(1), reason=StopReason.REMOTE, token=CARD, at=moment(121))
    run.run(store.ledger.record_stop_decision(decision))
    judgement = RecordJudgement(key=key(1), group=IdToken("FAMILY", "Central"), deauthorized=True)
    run.run(store.ledger.record_judgement(judgement))

    (found,) = (store := reopened(store, tmp_path)).ledger.open_transactions()
    store.writer.drop()

    assert (found.key, found.connector, found.token, found.plug) == (key(1), ONE, CARD, PLUG)
    assert (found.start_wh, found.last_wh, found.last_at) == (1000, 1250, moment(120))
    assert found.started_at == started(1).at
    assert found.kernel_boot_id == moment().boot_id
    assert (found.stop_requested, found.stop_token) == (StopReason.REMOTE, CARD)
    assert (found.group, found.deauthorized) == (IdToken("FAMILY"), True)


def test_a_sample_moves_the_checkpoint_and_a_falling_register_does_not(
    store: Store, run: asyncio.Runner, tmp_path: Path
) -> None:
    run.run(store.ledger.record_start(started(1), PLUG))
    run.run(store.ledger.record_sample(sampled(1, 1800, after_s=60), for_network=True, for_stop=False))
    run.run(store.ledger.record_checkpoint(key(1), 1700, moment(61)))

    (found,) = (store := reopened(store, tmp_path)).ledger.open_transactions()
    store.writer.drop()

    assert (found.last_wh, found.last_at) == (1800, moment(60))


def test_the_networks_id_reaches_facts_recorded_before_it_was_known(
    store: Store, run: asyncio.Runner, tmp_path: Path
) -> None:
    run.run(store.ledger.record_start(started(1), PLUG))
    run.run(store.ledger.record_sample(sampled(1), for_network=True, for_stop=False))
    start = run.run(store.ledger.next_fact())
    assert start is not None
    run.run(store.ledger.settle(start.seq, 0))

    store = reopened(store, tmp_path)
    sample = run.run(store.ledger.next_fact())

    assert sample is not None
    assert sample.remote_id == 0
    assert store.ledger.remote_id_of(key(1)) == 0
    assert store.ledger.key_of_remote(0) == key(1)
    assert store.ledger.key_of_remote(7) is None
    store.writer.drop()


def test_going_past_a_start_goes_past_its_transaction_and_past_a_sample_goes_past_it_alone(
    store: Store, run: asyncio.Runner
) -> None:
    run.run(store.ledger.record_start(started(1), PLUG))
    run.run(store.ledger.record_start(started(2, TWO), PLUG))
    run.run(store.ledger.record_sample(sampled(1), for_network=True, for_stop=False))
    run.run(store.ledger.record_sample(sampled(2), for_network=True, for_stop=False))
    run.run(store.ledger.record_sample(sampled(None), for_network=True, for_stop=False))
    run.run(store.ledger.record_stop(stopped(2, TWO)))

    async def first_past(*past: int) -> int | None:
        queued = await store.ledger.next_fact(past)
        return None if queued is None else queued.seq

    assert run.run(first_past()) == 1
    assert run.run(first_past(4)) == 1
    assert run.run(first_past(1)) == 2
    assert run.run(first_past(1, 2)) == 5
    run.run(store.ledger.settle(2, 7))
    assert run.run(first_past(1)) == 4
    assert run.run(first_past(1, 4)) == 5
    assert run.run(first_past(1, 4, 5)) == 6
    assert run.run(first_past(1, 4, 5, 6)) is None


QUEUED: tuple[Fact, ...] = (
    *(started(1), started(2, TWO), sampled(1), sampled(None), sampled(2), sampled(1, 1600)),
    *(stopped(1), sampled(None), started(3), stopped(2, TWO), sampled(3), stopped(3)),
)
"""Facts of three charges and of none, by their place in the queue; the first is 1."""


def test_a_look_goes_back_to_what_is_due_again(store: Store, run: asyncio.Runner) -> None:
    async def firsts() -> list[int | None]:
        for _ in range(3):
            await store.ledger.record_sample(sampled(None), for_network=True, for_stop=False)
        found = [await store.ledger.next_fact(past) for past in ([1, 2], [1])]
        return [None if one is None else one.seq for one in found]

    assert run.run(firsts()) == [3, 2]


@pytest.mark.parametrize("is_known", [False, True])
def test_a_look_goes_back_to_the_samples_of_a_start_that_is_told_meanwhile(
    store: Store, run: asyncio.Runner, is_known: bool
) -> None:
    async def firsts() -> list[int | None]:
        await store.ledger.record_sample(sampled(None), for_network=True, for_stop=False)
        await store.ledger.record_start(started(1), PLUG)
        for number in (1, None):
            await store.ledger.record_sample(sampled(number), for_network=True, for_stop=False)
        if is_known:
            await store.ledger.next_fact([1, 2])
        before, _ = await asyncio.gather(store.ledger.next_fact([1, 2]), store.ledger.settle(2, 4711))
        after = await store.ledger.next_fact([1, 2])
        return [None if one is None else one.seq for one in (before, after)]

    assert run.run(firsts()) == [4, 3]


@hypothesis_settings(max_examples=100, deadline=None)
@given(past=sets(integers(1, len(QUEUED) + 2)), told=sets(integers(1, len(QUEUED))))
def test_the_oldest_fact_is_the_first_that_is_neither_told_nor_gone_past(
    tmp_path_factory: pytest.TempPathFactory, past: set[int], told: set[int]
) -> None:
    with asyncio.Runner() as run:
        store = open_store(tmp_path_factory.mktemp("queue"), inline=True, flush=False)
        run.run(all_recorded(store.ledger))
        for seq in told:
            run.run(store.ledger.settle(seq))
        found = {gone: queue.head(store.writer.connection, gone) for gone in (frozenset(), frozenset(past))}
        store.writer.drop()

    waiting = {seq: fact for seq, fact in enumerate(QUEUED, 1) if seq not in told}
    for gone, head in found.items():
        without = {fact.key for seq, fact in waiting.items() if seq in gone and isinstance(fact, TransactionStarted)}
        expected = [seq for seq, fact in waiting.items() if seq not in gone and fact.key not in without]
        assert (None if head is None else head.seq) == (expected[0] if expected else None)
        assert head is None or head.fact.key == waiting[head.seq].key


async def all_recorded(ledger: Ledger) -> None:
    for fact in QUEUED:
        match fact:
            case TransactionStarted():
                await ledger.record_start(fact, None)
            case TransactionSampled():
                await ledger.record_sample(fact, for_network=True, for_stop=False)
            case TransactionStopped():
                await ledger.record_stop(fact)


def test_a_start_told_before_an_older_one_is_known_by_its_id(store: Store, run: asyncio.Runner) -> None:
    run.run(store.ledger.record_start(started(1), PLUG))
    run.run(store.ledger.record_start(started(2, TWO), PLUG))
    run.run(store.ledger.record_sample(sampled(2), for_network=True, for_stop=False))

    run.run(store.ledger.settle(2, 4711))
    sample = run.run(store.ledger.next_fact({1}))
    oldest = run.run(store.ledger.next_fact())

    assert store.ledger.key_of_remote(4711) == key(2)
    assert sample is not None
    assert (sample.fact, sample.remote_id) == (sampled(2), 4711)
    assert oldest is not None
    assert (oldest.fact, store.ledger.queued()) == (started(1), 2)


def test_a_start_that_was_given_up_is_on_record_and_marks_what_follows(store: Store, run: asyncio.Runner) -> None:
    run.run(store.ledger.record_start(started(1), PLUG))
    run.run(store.ledger.record_stop(stopped(1)))
    start = run.run(store.ledger.next_fact())
    assert start is not None
    run.run(store.ledger.record_attempt(start.seq))
    refused = run.run(store.ledger.next_fact())
    assert refused is not None
    run.run(store.ledger.abandon(start.seq, "answered InternalError three times"))

    stop = run.run(store.ledger.next_fact())
    (session,) = run.run(store.ledger.sessions())
    kept = store.writer.connection.execute("SELECT kind, transaction_key, why FROM undelivered").fetchall()

    assert refused.attempts == 1
    assert stop is not None
    assert stop.abandoned_start
    assert (session.start_delivery, session.stop_delivery) == (Delivery.ABANDONED, Delivery.QUEUED)
    assert [tuple(row) for row in kept] == [("started", key(1), "answered InternalError three times")]

    run.run(store.ledger.settle(stop.seq))
    (session,) = run.run(store.ledger.sessions())
    assert (session.stop_delivery, session.delivery) == (Delivery.TOLD, Delivery.ABANDONED)


def test_settling_twice_takes_one_fact(store: Store, run: asyncio.Runner) -> None:
    run.run(store.ledger.record_start(started(1), PLUG))
    run.run(store.ledger.record_stop(stopped(1)))
    start = run.run(store.ledger.next_fact())
    assert start is not None

    for _ in range(2):
        run.run(store.ledger.settle(start.seq, 5))

    assert store.ledger.queued() == 1


def test_a_place_in_the_order_is_never_given_twice(store: Store, run: asyncio.Runner, tmp_path: Path) -> None:
    run.run(store.ledger.record_sample(sampled(None), for_network=True, for_stop=False))
    first = run.run(store.ledger.next_fact())
    assert first is not None
    run.run(store.ledger.settle(first.seq))
    store = reopened(store, tmp_path)
    run.run(store.ledger.record_sample(sampled(None), for_network=True, for_stop=False))

    second = run.run(store.ledger.next_fact())

    assert second is not None
    assert second.seq > first.seq
    store.writer.drop()


def test_what_is_of_no_transaction_is_forgotten_alone_and_counted_so_after_a_restart(
    store: Store, run: asyncio.Runner, tmp_path: Path
) -> None:
    async def fill() -> int:
        await store.ledger.record_start(started(1), PLUG)
        for number in (None, 1, None, 1):
            await store.ledger.record_sample(sampled(number), for_network=True, for_stop=False)
        return await store.ledger.forget_outside()

    assert run.run(fill()) == 2
    assert store.ledger.queued() == 3
    store = reopened(store, tmp_path)
    assert store.ledger.queued() == 3
    store.writer.drop()
