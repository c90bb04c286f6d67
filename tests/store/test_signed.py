"""What the meter signed, on disk: as it came, in the commit of its start or stop, also where it is missing."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from agent.core.facts import (
    Fact,
    MeterReadings,
    SignedBegin,
    TransactionSampled,
    TransactionStarted,
    TransactionStopped,
)
from agent.core.quantities import Measurand, Reading, ReadingContext
from agent.core.signatures import SignedValue
from agent.store.store import Store, open_store
from agent.store.writer import CommitMoment, SimulatedCrash
from tests.store.domain import ONE, PLUG, key, moment, started, stopped

BEGIN = SignedValue(data='OCMF|{"RD":[]}|{"SD":"30"}', encoding="OCMF", method="M", public_key="3059", signed_wh=1000)
END = replace(BEGIN, data="OCMF|ü|{}", signed_wh=2000, step_wh=10, holds_begin=True)


def signed_start(number: int = 1) -> TransactionStarted:
    return replace(started(number), signed=BEGIN)


def told(store: Store, run: asyncio.Runner) -> list[Fact]:
    """Every fact in order; the network gives the id 5 to each start."""

    async def drained() -> list[Fact]:
        facts = []
        while (queued := await store.ledger.next_fact()) is not None:
            facts.append(queued.fact)
            await store.ledger.settle(queued.seq, 5)
        return facts

    return run.run(drained())


def test_both_ends_are_told_as_the_meter_gave_them(store: Store, run: asyncio.Runner) -> None:
    run.run(store.ledger.record_start(signed_start(), PLUG))
    run.run(store.ledger.record_stop(replace(stopped(1), signed=END)))

    start, stop = told(store, run)

    assert start == signed_start()
    begun = SignedBegin(at=signed_start().at, register_wh=1000, value=BEGIN)
    assert stop == replace(stopped(1), signed=END, begun=begun)


def test_what_could_not_be_signed_is_on_record_with_its_reason(store: Store, run: asyncio.Runner) -> None:
    run.run(store.ledger.record_start(replace(started(1), unsigned_because="its clock"), PLUG))
    run.run(store.ledger.record_stop(replace(stopped(1), unsigned_because="no supply")))

    start, stop = told(store, run)
    (kept,) = run.run(store.ledger.signed_sessions(10))

    assert isinstance(start, TransactionStarted)
    assert isinstance(stop, TransactionStopped)
    assert (start.signed, start.unsigned_because) == (None, "its clock")
    assert (stop.signed, stop.unsigned_because, stop.begun) == (None, "no supply", None)
    assert kept.begin is not None
    assert kept.end is not None
    assert (kept.begin.missing, kept.end.missing) == ("its clock", "no supply")


def test_a_restart_finds_what_was_begun(store: Store, run: asyncio.Runner, tmp_path: Path) -> None:
    run.run(store.ledger.record_start(signed_start(), PLUG))
    store.writer.drop()

    store = open_store(tmp_path, inline=True, flush=False)
    (found,) = store.ledger.open_transactions()
    store.writer.drop()

    assert found.signed == BEGIN


def test_the_readings_at_a_begin_bring_what_was_signed_then_and_others_do_not(
    store: Store, run: asyncio.Runner
) -> None:
    register = (Reading(Measurand.ENERGY_IMPORT_REGISTER, 1000),)
    run.run(store.ledger.record_start(signed_start(), PLUG))
    for context in (ReadingContext.BEGIN, ReadingContext.PERIODIC):
        taken = MeterReadings(at=moment(2), context=context, readings=register)
        sample = TransactionSampled(key=key(1), connector=ONE, readings=taken)
        run.run(store.ledger.record_sample(sample, for_network=True, for_stop=False))

    _, begin, later = told(store, run)

    assert isinstance(begin, TransactionSampled)
    assert isinstance(later, TransactionSampled)
    assert (begin.begun, later.begun) == (BEGIN, None)


def test_the_same_start_and_the_same_stop_again_change_nothing(store: Store, run: asyncio.Runner) -> None:
    for _ in range(2):
        run.run(store.ledger.record_start(signed_start(), PLUG))
    for end in (END, replace(END, data="another text")):
        run.run(store.ledger.record_stop(replace(stopped(1), signed=end)))

    _, stop = told(store, run)

    assert isinstance(stop, TransactionStopped)
    assert stop.signed == END


def test_a_charge_is_found_by_our_key_and_by_the_networks_id(store: Store, run: asyncio.Runner) -> None:
    run.run(store.ledger.record_start(signed_start(), PLUG))
    told(store, run)

    for wanted in (key(1), "5"):
        found = run.run(store.ledger.signed_session(wanted))
        assert found is not None
        assert found.begin is not None
        assert found.begin.value == BEGIN
        assert found.end is None
    assert run.run(store.ledger.signed_session("6")) is None


def test_a_charge_without_a_wish_for_signatures_is_not_listed(store: Store, run: asyncio.Runner) -> None:
    run.run(store.ledger.record_start(started(1), PLUG))
    run.run(store.ledger.record_stop(stopped(1)))

    assert run.run(store.ledger.signed_sessions(10)) == ()


@hypothesis_settings(max_examples=25)
@given(
    crashes=st.lists(st.sampled_from(["start", "stop"]), max_size=2), moments=st.lists(st.sampled_from(CommitMoment))
)
def test_a_power_cut_leaves_a_start_or_a_stop_with_its_signature_or_neither(
    crashes: list[str], moments: list[CommitMoment]
) -> None:
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as run:
        path = Path(folder)
        for step in ("start", "stop"):
            cuts = [moment for moment in moments if step in crashes]
            _record(path, run, step, cuts)
        store = open_store(path, inline=True, flush=False)
        facts = told(store, run)
        store.writer.drop()

    assert [getattr(fact, "signed", None) for fact in facts] == [BEGIN, END]


def _record(path: Path, run: asyncio.Runner, step: str, cuts: list[CommitMoment]) -> None:
    """Until it is on record: each try dies at one moment of its commit."""
    for cut in [*cuts, None]:

        def dies(at: CommitMoment, _: int, cut: CommitMoment | None = cut) -> None:
            if at is cut:
                raise SimulatedCrash

        store = open_store(path, inline=True, flush=False, on_commit=dies)
        with contextlib.suppress(SimulatedCrash):
            if step == "start":
                run.run(store.ledger.record_start(signed_start(), PLUG))
            else:
                run.run(store.ledger.record_stop(replace(stopped(1), signed=END)))
        store.writer.drop()
