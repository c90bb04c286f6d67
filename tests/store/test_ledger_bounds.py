"""How much is kept, what goes first where there is too much, and what people read of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis.strategies import booleans, lists

from agent.core.facts import Fact, StopReason, TransactionSampled
from agent.store.ledger import LedgerLimits
from agent.store.store import Store, open_store
from tests.store.domain import ONE, PLUG, TWO, drained, key, moment, sampled, started, stopped


def test_sessions_are_told_newest_first_with_their_energy(store: Store, run: asyncio.Runner) -> None:
    run.run(store.ledger.record_start(started(1, ONE, 1000), PLUG))
    run.run(store.ledger.record_stop(stopped(1, ONE, 4500)))
    run.run(store.ledger.record_start(started(2, TWO, 700), PLUG))
    run.run(store.ledger.record_checkpoint(key(2), 760, moment(60)))

    sessions = run.run(store.ledger.sessions(2))

    assert [(one.key, one.energy_wh, one.stop_reason) for one in sessions] == [
        (key(2), 60, None),
        (key(1), 3500, StopReason.LOCAL),
    ]


def test_old_sessions_are_forgotten_once_they_were_told(tmp_path: Path, run: asyncio.Runner) -> None:
    store = open_store(tmp_path, inline=True, flush=False, limits=LedgerLimits(sessions=3))

    async def charge(number: int, *, told: bool) -> None:
        await store.ledger.record_start(started(number), PLUG)
        await store.ledger.record_stop(stopped(number))
        if told:
            await drained(store.ledger)

    for number in range(1, 9):
        run.run(charge(number, told=True))
    told = run.run(store.ledger.sessions(100))
    for number in range(9, 20):
        run.run(charge(number, told=False))
    waiting = run.run(store.ledger.sessions(100))
    store.writer.drop()

    assert len(told) == 3
    assert [one.key for one in waiting] == [key(number) for number in range(19, 8, -1)]


@hypothesis_settings(max_examples=25, deadline=None)
@given(plan=lists(booleans(), min_size=30, max_size=80))
def test_a_full_queue_loses_samples_only_and_never_the_ends(
    tmp_path_factory: pytest.TempPathFactory, plan: list[bool]
) -> None:
    folder = tmp_path_factory.mktemp("full")
    store = open_store(folder, inline=True, flush=False, limits=LedgerLimits(queued_facts=20))
    recorded: list[Fact] = []

    async def record() -> list[Fact]:
        number = 0
        for is_sample in plan:
            if number == 0 or not is_sample:
                if number:
                    recorded.append(stopped(number))
                    await store.ledger.record_stop(stopped(number))
                number += 1
                recorded.append(started(number))
                await store.ledger.record_start(started(number), PLUG)
            else:
                fact = sampled(number, 1000 + len(recorded))
                recorded.append(fact)
                await store.ledger.record_sample(fact, for_network=True, for_stop=False)
        counted = store.ledger.queued()
        told = await drained(store.ledger)
        assert counted == len(told)
        return told

    with asyncio.Runner() as runner:
        told = runner.run(record())
    store.writer.drop()

    assert told == [fact for fact in recorded if fact in told]
    for fact in recorded:
        if not isinstance(fact, TransactionSampled) or is_an_end(fact, recorded):
            assert fact in told
    samples_beyond_the_ends = [fact for fact in recorded if isinstance(fact, TransactionSampled)]
    if len(recorded) > 40 and len(samples_beyond_the_ends) > 30:
        assert len(told) < len(recorded)


def is_an_end(fact: TransactionSampled, recorded: list[Fact]) -> bool:
    siblings = [one for one in recorded if isinstance(one, TransactionSampled) and one.key == fact.key]
    return fact in (siblings[0], siblings[-1])


def test_the_fill_says_how_near_the_limit_is(tmp_path: Path, run: asyncio.Runner) -> None:
    store = open_store(tmp_path, inline=True, flush=False, limits=LedgerLimits(queued_facts=10))

    for _ in range(9):
        run.run(store.ledger.record_sample(sampled(None), for_network=True, for_stop=False))
    fill = store.ledger.fill()
    store.writer.drop()

    assert fill == pytest.approx(0.9)
