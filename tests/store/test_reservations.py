"""Reservations on record: kept over a restart, and used up by the start they are for, in one commit."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.availability import Reservation
from agent.core.identity import IdToken
from agent.store.store import Store, open_store
from agent.store.writer import CommitMoment, SimulatedCrash
from tests.store.domain import ONE, PLUG, started

OWN = Reservation(id=7, connector=ONE, token=IdToken("CAFE01"), group=IdToken("FAMILY"), expires_ms=1_800_000_000_000)
ANYWHERE = replace(OWN, id=-8, connector=None, group=None)


def test_they_are_kept_whole_over_a_restart(store: Store, run: asyncio.Runner, tmp_path: Path) -> None:
    for one in (OWN, ANYWHERE):
        run.run(store.latches.reservations.keep(one))
    store.writer.drop()

    store = open_store(tmp_path, inline=True, flush=False)
    kept = {one.id: one for one in store.latches.reservations.all()}
    store.writer.drop()

    assert kept == {7: OWN, -8: ANYWHERE}
    assert kept[7].token.value == "CAFE01"


def test_one_with_the_same_number_is_replaced_and_ended_once(store: Store, run: asyncio.Runner) -> None:
    later = replace(OWN, expires_ms=1_900_000_000_000)
    run.run(store.latches.reservations.keep(OWN))
    run.run(store.latches.reservations.keep(later))
    assert store.latches.reservations.all() == (later,)

    assert run.run(store.latches.reservations.end(7)) is True
    assert run.run(store.latches.reservations.end(7)) is False
    assert store.latches.reservations.all() == ()


@pytest.mark.parametrize("moment", CommitMoment)
def test_a_start_and_its_reservation_go_together_whenever_the_program_dies(
    moment: CommitMoment, run: asyncio.Runner, tmp_path: Path
) -> None:
    def die(at: CommitMoment, number: int) -> None:
        if number == 2 and at is moment:
            raise SimulatedCrash

    store = open_store(tmp_path, inline=True, flush=False, on_commit=die)
    run.run(store.latches.reservations.keep(OWN))
    with pytest.raises(SimulatedCrash):
        run.run(store.ledger.record_start(replace(started(1), reservation_id=7), PLUG))
    store.writer.drop()

    store = open_store(tmp_path, inline=True, flush=False)
    has_begun = bool(store.ledger.open_transactions())
    assert store.latches.reservations.all() == (() if has_begun else (OWN,))
    assert has_begun == (moment is CommitMoment.AFTER)
    store.writer.drop()


def test_memory_follows_the_start(store: Store, run: asyncio.Runner) -> None:
    for one in (OWN, ANYWHERE):
        run.run(store.latches.reservations.keep(one))

    run.run(store.ledger.record_start(replace(started(1), reservation_id=7), PLUG))

    assert store.latches.reservations.all() == (ANYWHERE,)
