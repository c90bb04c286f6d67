from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.faults.register import LatchedFault
from agent.core.session.model import SessionSettings, initial
from agent.store.store import Store, open_store
from agent.store.writer import CommitMoment, SimulatedCrash
from tests.store.domain import ONE, TWO, moment

WELDED = LatchedFault(
    id="contactor.welded",
    first_seen=moment(1),
    last_seen=moment(2, trusted=False),
    count=2,
    evidence=(("mirror_v", 4.9), ("commanded", "open"), ("checked", True)),
)
LEAK = replace(WELDED, id="rcd.dc", count=1)


def dated(fault: LatchedFault) -> LatchedFault:
    """As it is read back: where its boot lies in time is known by the first of its moments."""
    return replace(fault, last_seen=moment(2))


def after_a_restart(store: Store, folder: Path) -> Store:
    store.writer.drop()
    store = open_store(folder, inline=True, flush=False)
    store.writer.drop()
    return store


def test_latched_faults_survive_by_connector(store: Store, run: asyncio.Runner, tmp_path: Path) -> None:
    run.run(store.latches.keep_faults(ONE, (WELDED, LEAK)))
    run.run(store.latches.keep_faults(None, (LEAK,)))

    latches = after_a_restart(store, tmp_path).latches

    assert latches.faults(ONE) == (dated(WELDED), dated(LEAK))
    assert latches.faults(None) == (dated(LEAK),)
    assert latches.faults(TWO) == ()


def test_a_fault_of_a_boot_without_a_clock_is_dated_once_the_boot_has_a_place_in_time(
    store: Store, run: asyncio.Runner, tmp_path: Path
) -> None:
    """As its event is, that the journal reads back."""
    run.run(store.latches.keep_faults(ONE, (replace(WELDED, first_seen=moment(1, trusted=False)),)))
    assert after_a_restart(store, tmp_path).latches.faults(ONE)[0].first_seen == moment(1, trusted=False)
    store = open_store(tmp_path, inline=True, flush=False)
    run.run(store.latches.keep_faults(TWO, (replace(LEAK, first_seen=moment(500)),)))

    assert after_a_restart(store, tmp_path).latches.faults(ONE)[0].first_seen == moment(1)


def test_cleared_faults_are_forgotten(store: Store, run: asyncio.Runner, tmp_path: Path) -> None:
    run.run(store.latches.keep_faults(ONE, (WELDED,)))
    run.run(store.latches.keep_faults(ONE, ()))

    assert after_a_restart(store, tmp_path).latches.faults(ONE) == ()


def test_seeing_a_latched_fault_again_costs_no_commit(store: Store, run: asyncio.Runner) -> None:
    run.run(store.latches.keep_faults(ONE, (WELDED, LEAK)))
    commits = store.writer.commits

    run.run(store.latches.keep_faults(ONE, (LEAK, replace(WELDED, last_seen=moment(9)))))

    assert store.writer.commits == commits


def test_a_session_without_latched_faults_costs_no_commit(store: Store, run: asyncio.Runner) -> None:
    session = initial(ONE, SessionSettings(), moment())

    run.run(store.latches.record_latched_faults(ONE, session))

    assert store.writer.commits == 0


@pytest.mark.parametrize(("moment_of_end", "kept"), [(CommitMoment.BEFORE, True), (CommitMoment.AFTER, False)])
def test_the_availability_of_all_is_one_record_whenever_the_program_ends(
    run: asyncio.Runner, tmp_path: Path, moment_of_end: CommitMoment, kept: bool
) -> None:
    def end(at: CommitMoment, _number: int) -> None:
        if at is moment_of_end:
            raise SimulatedCrash

    store = open_store(tmp_path, inline=True, flush=False, on_commit=end)
    with pytest.raises(SimulatedCrash):
        run.run(store.latches.record_all_operative((None, ONE, TWO), False))

    latches = after_a_restart(store, tmp_path).latches

    assert [latches.operative(one) for one in (None, ONE, TWO)] == [kept] * 3


def test_availability_is_operative_until_somebody_says_otherwise(
    store: Store, run: asyncio.Runner, tmp_path: Path
) -> None:
    run.run(store.latches.record_operative(ONE, False))
    run.run(store.latches.record_operative(None, False))
    run.run(store.latches.record_operative(None, True))

    latches = after_a_restart(store, tmp_path).latches

    assert [latches.operative(connector) for connector in (ONE, TWO, None)] == [False, True, True]
