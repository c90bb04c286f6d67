from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis.strategies import builds, dictionaries, floats, integers, none, sampled_from, text, tuples

from agent.core.identity import ConnectorId, TransactionKey
from agent.core.schedule.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    Recurrency,
    SchedulePeriod,
)
from agent.errors import StoreError
from agent.store.store import Store, open_store
from tests.store.domain import PLUG, key, started, stopped

PERIODS = builds(
    SchedulePeriod, start_s=integers(0, 86_400), limit=floats(0, 1e6), phases=none() | sampled_from((1, 3))
)
MOMENTS_MS = none() | integers(0, 2**45)
PROFILES = builds(
    ChargingProfile,
    id=integers(-(2**31), 2**31),
    connector=none() | integers(1, 4).map(ConnectorId),
    purpose=sampled_from(ProfilePurpose),
    kind=sampled_from(ProfileKind),
    stack_level=integers(0, 100),
    unit=sampled_from(RateUnit),
    periods=tuples(PERIODS, PERIODS),
    start_ms=MOMENTS_MS,
    duration_s=none() | integers(0, 10**6),
    recurrency=none() | sampled_from(Recurrency),
    valid_from_ms=MOMENTS_MS,
    valid_to_ms=MOMENTS_MS,
    min_rate=none() | floats(0, 100),
    transaction=none() | text("0123456789abcdef", min_size=1).map(TransactionKey),
)


def a_profile(id: int, limit: float = 10.0) -> ChargingProfile:
    return ChargingProfile(
        id=id,
        connector=ConnectorId(1),
        purpose=ProfilePurpose.TX_DEFAULT,
        kind=ProfileKind.RELATIVE,
        stack_level=0,
        unit=RateUnit.A,
        periods=(SchedulePeriod(start_s=0, limit=limit),),
    )


@hypothesis_settings(max_examples=30, deadline=None)
@given(
    installed=dictionaries(integers(), PROFILES, max_size=3).map(lambda found: {one.id: one for one in found.values()})
)
def test_any_profile_survives_a_restart(
    tmp_path_factory: pytest.TempPathFactory, installed: dict[int, ChargingProfile]
) -> None:
    folder = tmp_path_factory.mktemp("profiles")
    store = open_store(folder, inline=True, flush=False)
    with asyncio.Runner() as run:
        run.run(store.profiles.change(lambda _: tuple(installed.values())))
    store.writer.drop()

    store = open_store(folder, inline=True, flush=False)
    store.writer.drop()

    assert store.profiles.all() == tuple(installed[id] for id in sorted(installed))


def test_exactly_what_is_given_is_kept(store: Store, run: asyncio.Runner, tmp_path: Path) -> None:
    run.run(store.profiles.change(lambda _: (a_profile(1), a_profile(2))))
    run.run(store.profiles.change(lambda _: (a_profile(2, limit=8.0), a_profile(3))))
    store.writer.drop()

    store = open_store(tmp_path, inline=True, flush=False)
    store.writer.drop()

    assert store.profiles.all() == (a_profile(2, limit=8.0), a_profile(3))


def test_keeping_what_is_there_costs_no_commit(store: Store, run: asyncio.Runner) -> None:
    run.run(store.profiles.change(lambda _: (a_profile(1),)))
    commits = store.writer.commits

    run.run(store.profiles.change(lambda _: (a_profile(1),)))

    assert store.writer.commits == commits


def test_two_profiles_of_one_id_are_our_own_mistake(store: Store, run: asyncio.Runner) -> None:
    with pytest.raises(StoreError, match="one id"):
        run.run(store.profiles.change(lambda _: (a_profile(1), a_profile(1))))


def of_a_charge(number: int, id: int = 7) -> ChargingProfile:
    return replace(a_profile(id), purpose=ProfilePurpose.TX, transaction=key(number))


def test_the_profile_of_a_charge_is_on_record_in_the_commit_of_its_start(store: Store, run: asyncio.Runner) -> None:
    run.run(store.profiles.change(lambda _: (a_profile(1),)))
    commits = store.writer.commits

    run.run(store.ledger.record_start(started(1), PLUG, of_a_charge(1)))

    assert store.writer.commits == commits + 1
    assert store.profiles.all() == (a_profile(1), of_a_charge(1))


def test_a_start_that_is_refused_installs_no_profile(store: Store, run: asyncio.Runner) -> None:
    run.run(store.ledger.record_start(started(1), PLUG))

    with pytest.raises(StoreError, match="has an open transaction"):
        run.run(store.ledger.record_start(started(2), PLUG, of_a_charge(2)))

    assert store.profiles.all() == ()


def test_the_profiles_of_a_charge_are_gone_with_the_commit_of_its_stop(
    store: Store, run: asyncio.Runner, tmp_path: Path
) -> None:
    run.run(store.ledger.record_start(started(1), PLUG, of_a_charge(1)))
    run.run(store.profiles.change(lambda known: (*known, of_a_charge(1, id=8), a_profile(9))))
    commits = store.writer.commits

    run.run(store.ledger.record_stop(stopped(1)))
    store.writer.drop()

    assert store.writer.commits == commits + 1
    assert store.profiles.all() == (a_profile(9),)
    again = open_store(tmp_path, inline=True, flush=False)
    again.writer.drop()
    assert again.profiles.all() == (a_profile(9),)


def test_a_profile_for_a_charge_whose_stop_is_on_its_way_is_not_taken(store: Store, run: asyncio.Runner) -> None:
    run.run(store.ledger.record_start(started(1), PLUG))

    async def at_once() -> bool:
        _, is_taken = await asyncio.gather(store.ledger.record_stop(stopped(1)), store.profiles.install(of_a_charge(1)))
        return is_taken

    assert not run.run(at_once())
    assert store.profiles.all() == ()


def test_a_profile_is_taken_while_its_charge_is_open_and_one_of_no_charge_at_any_time(
    store: Store, run: asyncio.Runner
) -> None:
    assert run.run(store.profiles.install(a_profile(1)))
    run.run(store.ledger.record_start(started(1), PLUG))

    assert run.run(store.profiles.install(of_a_charge(1)))
    assert not run.run(store.profiles.install(of_a_charge(2, id=8)))

    assert store.profiles.all() == (a_profile(1), of_a_charge(1))


def test_changes_of_one_turn_all_count_whoever_makes_them(store: Store, run: asyncio.Runner) -> None:
    async def at_once() -> None:
        await asyncio.gather(
            store.profiles.change(lambda known: (*known, a_profile(1))),
            store.ledger.record_start(started(1), PLUG, of_a_charge(1)),
            store.profiles.change(lambda known: (*known, a_profile(3))),
        )

    run.run(at_once())

    assert store.profiles.all() == (a_profile(1), a_profile(3), of_a_charge(1))
