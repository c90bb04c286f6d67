from __future__ import annotations

import asyncio
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
        run.run(store.profiles.keep(tuple(installed.values())))
    store.writer.drop()

    store = open_store(folder, inline=True, flush=False)
    store.writer.drop()

    assert store.profiles.all() == tuple(installed[id] for id in sorted(installed))


def test_exactly_what_is_given_is_kept(store: Store, run: asyncio.Runner, tmp_path: Path) -> None:
    run.run(store.profiles.keep((a_profile(1), a_profile(2))))
    run.run(store.profiles.keep((a_profile(2, limit=8.0), a_profile(3))))
    store.writer.drop()

    store = open_store(tmp_path, inline=True, flush=False)
    store.writer.drop()

    assert store.profiles.all() == (a_profile(2, limit=8.0), a_profile(3))


def test_keeping_what_is_there_costs_no_commit(store: Store, run: asyncio.Runner) -> None:
    run.run(store.profiles.keep((a_profile(1),)))
    commits = store.writer.commits

    run.run(store.profiles.keep((a_profile(1),)))

    assert store.writer.commits == commits


def test_two_profiles_of_one_id_are_our_own_mistake(store: Store, run: asyncio.Runner) -> None:
    with pytest.raises(StoreError, match="one id"):
        run.run(store.profiles.keep((a_profile(1), a_profile(1))))
