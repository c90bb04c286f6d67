"""What was recorded without a trusted clock, and when it is told to have been once anybody knows better."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.facts import Fact, TransactionSampled, moment_of
from agent.core.time import Instant
from agent.ocpp_client.v16.moments import placed_ms
from agent.store.database import known_migrations
from agent.store.moments import columns, placed
from agent.store.security_log import broken_at
from agent.store.store import Store, open_store
from tests.store.domain import sampled, started, stopped

NOON_MS = 1_790_000_000_000
A, B, C = "boot-a", "boot-b", "boot-c"


def in_boot(folder: Path, boot: str) -> Store:
    return open_store(folder, inline=True, flush=False, boot_id=boot)


def at(fact: Fact, moment: Instant) -> Fact:
    if isinstance(fact, TransactionSampled):
        return replace(fact, readings=replace(fact.readings, at=moment))
    return replace(fact, at=moment)


def write(run: asyncio.Runner, store: Store, *facts: Fact) -> None:
    for fact in facts:
        match type(fact).__name__:
            case "TransactionStarted":
                run.run(store.ledger.record_start(fact, None))  # type: ignore[arg-type]
            case "TransactionSampled":
                run.run(store.ledger.record_sample(fact, for_network=True, for_stop=True))  # type: ignore[arg-type]
            case _:
                run.run(store.ledger.record_stop(fact))  # type: ignore[arg-type]


def times(run: asyncio.Runner, store: Store, now: Instant) -> list[float]:
    """When each fact is told to have happened, in seconds from now on; empties the queue."""
    found = []
    while (queued := run.run(store.ledger.next_fact())) is not None:
        placed_at = placed_ms(moment_of(queued.fact), now)
        assert placed_at is not None and now.utc_ms is not None
        found.append((placed_at - now.utc_ms) / 1000)
        run.run(store.ledger.settle(queued.seq))
    return found


def test_a_start_without_a_clock_is_placed_by_a_sample_of_its_boot_that_had_one(
    run: asyncio.Runner, tmp_path: Path
) -> None:
    store = in_boot(tmp_path, A)
    write(run, store, at(started(1), Instant(30.0, None, A)), at(sampled(1), Instant(330.0, NOON_MS, A)))
    store.writer.drop()

    store = in_boot(tmp_path, B)
    write(run, store, at(stopped(1), Instant(330.0, NOON_MS, A)))

    assert times(run, store, Instant(20.0, NOON_MS + 3_600_000, B)) == [-3900.0, -3600.0, -3600.0]
    store.writer.drop()


def test_a_charge_of_a_boot_that_never_had_a_clock_keeps_its_length_and_its_order(
    run: asyncio.Runner, tmp_path: Path
) -> None:
    store = in_boot(tmp_path, A)
    facts = (at(started(1), Instant(30.0, None, A)), at(sampled(1), Instant(630.0, None, A)))
    write(run, store, *facts, at(stopped(1), Instant(1830.0, None, A)))
    store.writer.drop()

    store = in_boot(tmp_path, B)

    assert times(run, store, Instant(20.0, NOON_MS, B)) == [-1820.0, -1220.0, -20.0]
    store.writer.drop()


def test_two_boots_without_a_clock_lie_one_before_the_other(run: asyncio.Runner, tmp_path: Path) -> None:
    store = in_boot(tmp_path, A)
    write(run, store, at(started(1), Instant(30.0, None, A)), at(stopped(1), Instant(90.0, None, A)))
    store.writer.drop()
    store = in_boot(tmp_path, B)
    write(run, store, at(started(2), Instant(10.0, None, B)), at(stopped(2), Instant(50.0, None, B)))
    store.writer.drop()

    store = in_boot(tmp_path, C)

    assert times(run, store, Instant(5.0, NOON_MS, C)) == [-115.0, -55.0, -45.0, -5.0]
    store.writer.drop()


def test_an_open_charge_is_found_in_the_present_boots_time(run: asyncio.Runner, tmp_path: Path) -> None:
    store = in_boot(tmp_path, A)
    write(run, store, at(started(1), Instant(30.0, None, A)), at(sampled(1), Instant(90.0, None, A)))
    store.writer.drop()

    store = in_boot(tmp_path, B)
    (found,) = store.ledger.open_transactions()

    assert (found.started_at, found.last_at) == (Instant(-60.0, None, B), Instant(0.0, None, B))
    assert found.kernel_boot_id == A, "the reason of the end still sees that the kernel restarted"
    write(run, store, at(stopped(1), found.last_at))
    assert times(run, store, Instant(40.0, NOON_MS, B)) == [-100.0, -40.0, -40.0]
    store.writer.drop()


@pytest.mark.parametrize("finds_time", [False, True])
def test_a_stop_that_is_recorded_again_is_the_same_one_also_when_time_became_known_between(
    run: asyncio.Runner, tmp_path: Path, finds_time: bool
) -> None:
    store = in_boot(tmp_path, A)
    stop = at(stopped(1), Instant(90.0, None, A))
    write(run, store, at(started(1), Instant(30.0, None, A)), stop)
    if finds_time:
        write(run, store, at(started(2), Instant(100.0, NOON_MS, A)))

    write(run, store, stop)

    assert store.ledger.queued() == (3 if finds_time else 2)
    store.writer.drop()


def test_a_security_event_is_told_with_its_place_and_its_chain_stays_whole(run: asyncio.Runner, tmp_path: Path) -> None:
    store = in_boot(tmp_path, A)
    run.run(store.logs.security.append(Instant(10.0, None, A), "StartupOfTheDevice", "", waits=True))
    run.run(store.logs.security.append(Instant(70.0, NOON_MS, A), "SettingSystemTime", "", waits=True))
    store.writer.drop()

    store = in_boot(tmp_path, B)

    oldest = store.logs.security.oldest_waiting()
    assert oldest is not None and oldest.at.utc_ms == NOON_MS - 60_000
    assert broken_at(run.run(store.logs.security.records())) is None
    store.writer.drop()


@given(st.lists(st.tuples(st.floats(0, 5000), st.sampled_from([False, True]), st.booleans()), min_size=1, max_size=30))
def test_what_is_placed_never_changes_its_order_and_never_lies_in_the_future(
    steps: list[tuple[float, bool, bool]],
) -> None:
    """Boots with and without a clock, in any order: what was recorded later is never placed before."""
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    for number in sorted(known_migrations()):
        connection.executescript(known_migrations()[number].read_text())
    boot, monotonic_s, real_s, written = 1, 0.0, 0.0, []
    clocked: dict[int, bool] = {}
    for seconds, has_clock, reboots in steps:
        if reboots:
            boot, monotonic_s, real_s = boot + 1, 0.0, real_s + 30.0
        monotonic_s, real_s = monotonic_s + seconds, real_s + seconds
        clocked[boot] = clocked.get(boot, False) or has_clock  # a clock once found is not lost within a boot
        utc_ms = NOON_MS + round(real_s * 1000) if clocked[boot] else None
        written.append((columns(connection, Instant(monotonic_s, utc_ms, f"boot-{boot}")), real_s))
    now = Instant(monotonic_s, NOON_MS + round(real_s * 1000), f"boot-{boot}")

    told = [placed_ms(placed(connection, parts), now) for parts, _ in written]

    assert all(later is not None and earlier is not None and later - earlier >= -2 for earlier, later in pairwise(told))
    for one, (_, happened_s) in zip(told, written, strict=True):
        assert one is not None and one >= NOON_MS + round(happened_s * 1000) - 2, "nothing is placed before it happened"
    assert told[-1] is not None and now.utc_ms is not None and told[-1] <= now.utc_ms + 1
