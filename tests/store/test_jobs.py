"""Commissioning jobs on disk: what was found is there after any crash, and no attempt is ever overwritten."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.commissioning.model import Attempt, Job, JobState, Measured, Outcome, StepRecord, Verdict
from agent.core.identity import ConnectorId
from agent.core.time import Instant
from agent.errors import StoreError
from agent.store import reset
from agent.store.jobs import Jobs, ServiceRecord
from agent.store.store import Store, open_store
from firmware_sim import virtual_loop

BOOT = "boot-1"
NOW = Instant(100.0, 1_800_000_000_000, BOOT)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)
numbers = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
moments = st.floats(0, 1e6, allow_nan=False).map(lambda s: NOW.plus(round(s, 3)))
answers = st.dictionaries(words, words, max_size=3)
measured = st.builds(
    Measured,
    name=words,
    value=numbers | words,
    unit=words,
    low=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    high=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    source=words,
)
outcomes = st.builds(
    Outcome,
    verdict=st.sampled_from(Verdict),
    says=words,
    next=words,
    cause=words,
    measured=st.lists(measured, max_size=3).map(tuple),
    evidence=st.dictionaries(words, st.lists(numbers, max_size=4), max_size=2),
    is_not_applicable=st.booleans(),
)
attempts = st.builds(
    Attempt,
    test=st.sampled_from(["ST201", "ST203", "ST701"]),
    connector=st.none() | st.sampled_from([ConnectorId(1), ConnectorId(2)]),
    version=st.integers(0, 9),
    attempt=st.integers(1, 4),
    started=moments,
    duration_ms=st.integers(0, 10**9),
    outcome=outcomes,
    by=words,
    remote=st.booleans(),
    answers=answers,
)
steps = st.builds(
    StepRecord,
    key=st.sampled_from(["plan", "self-test", "network"]),
    started=moments,
    ended=st.none() | moments,
    verdict=st.none() | st.sampled_from(Verdict),
    says=words,
    accepted_by=words,
    accepted_why=words,
    answers=answers,
)


def job(job_id: str = "a", **fields: object) -> Job:
    made = Job(number=0, job_id=job_id, state=JobState.RUNNING, started=NOW, config_hash="c1", installation="i1")
    return replace(made, **fields)  # type: ignore[arg-type]


def an_attempt(test: str = "ST201", **fields: object) -> Attempt:
    made = Attempt(
        test=test,
        connector=ConnectorId(1),
        version=1,
        attempt=1,
        started=NOW,
        duration_ms=5,
        outcome=Outcome(verdict=Verdict.PASS, says="it is right"),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="evse-jobs-"))
    yield made
    shutil.rmtree(made)


def opened(folder: Path) -> Store:
    return open_store(folder, inline=True, flush=False, boot_id=BOOT)


@given(kept=st.lists(steps, max_size=3), made=st.lists(attempts, max_size=3), typed=answers)
def test_what_was_kept_is_read_back_as_it_was(
    kept: list[StepRecord], made: list[Attempt], typed: dict[str, str]
) -> None:
    async def story(folder: Path) -> None:
        store = opened(folder)
        begun = await store.commissioning.jobs.begin(job(answers=typed, by="anna"))
        for one in made:
            await store.commissioning.jobs.keep_attempt(one, begun.number)
        now = replace(begun, steps=tuple(kept), state=JobState.COMPLETE, ended=NOW.plus(9), runs=3, pauses_ms=7)
        await store.commissioning.jobs.keep(now)
        store.writer.drop()

        store = opened(folder)

        assert await store.commissioning.jobs.latest() == replace(now, attempts=tuple(made))
        store.writer.drop()

    with tempfile.TemporaryDirectory() as name:
        virtual_loop.run(story(Path(name)))


def test_a_new_job_abandons_the_one_that_had_no_end_and_keeps_its_attempts(folder: Path) -> None:
    async def story() -> None:
        store = opened(folder)
        first = await store.commissioning.jobs.begin(job("a"))
        await store.commissioning.jobs.keep_attempt(an_attempt(), first.number)

        second = await store.commissioning.jobs.begin(job("b"))

        before, after = await store.commissioning.jobs.all()
        assert (before.state, len(before.attempts)) == (JobState.ABANDONED, 1)
        assert (after.number, after.attempts) == (second.number, ())
        assert second.number > first.number
        store.writer.drop()

    virtual_loop.run(story())


def test_a_complete_job_stays_complete_whoever_begins_anew(folder: Path) -> None:
    async def story() -> None:
        store = opened(folder)
        first = await store.commissioning.jobs.begin(job("a"))
        await store.commissioning.jobs.keep(replace(first, state=JobState.COMPLETE))
        await store.commissioning.jobs.begin(job("b"))

        assert (await store.commissioning.jobs.all())[0].state is JobState.COMPLETE
        store.writer.drop()

    virtual_loop.run(story())


def test_evidence_that_is_no_json_is_refused_and_too_much_of_it_left_out(folder: Path) -> None:
    async def story() -> None:
        store = opened(folder)
        begun = await store.commissioning.jobs.begin(job())
        strange = replace(an_attempt().outcome, evidence={"curve": {1, 2}})
        with pytest.raises(StoreError, match="nothing that can be kept"):
            await store.commissioning.jobs.keep_attempt(an_attempt(outcome=strange), begun.number)
        long = replace(an_attempt().outcome, evidence={"curve": "x" * 200_000})
        await store.commissioning.jobs.keep_attempt(an_attempt(outcome=long), begun.number)

        (kept,) = (await store.commissioning.jobs.latest() or begun).attempts
        assert list(kept.outcome.evidence) == ["left_out"]
        store.writer.drop()

    virtual_loop.run(story())


def test_single_attempts_are_kept_to_a_number_and_those_of_jobs_for_ever(folder: Path) -> None:
    async def story() -> None:
        store = opened(folder)
        jobs = Jobs(store.writer, single_attempts_kept=3)
        begun = await jobs.begin(job())
        for number in range(5):
            await jobs.keep_attempt(an_attempt(duration_ms=number), begun.number)
            await jobs.keep_attempt(an_attempt(duration_ms=10 + number), None)

        assert [one.duration_ms for one in await jobs.single_attempts()] == [12, 13, 14]
        assert len((await jobs.latest() or begun).attempts) == 5
        store.writer.drop()

    virtual_loop.run(story())


def test_what_a_test_said_last_outlives_any_number_of_others(folder: Path) -> None:
    async def story() -> None:
        store = opened(folder)
        jobs = Jobs(store.writer, single_attempts_kept=3)
        await jobs.keep_attempt(an_attempt("ST402", outcome=Outcome(verdict=Verdict.FAIL, says="it sticks")), None)
        for _ in range(6):
            await jobs.keep_attempt(an_attempt("ST701", connector=None), None)
        store.writer.drop()

        store = opened(folder)

        assert store.commissioning.jobs.verdicts["ST402", ConnectorId(1)] is Verdict.FAIL
        assert len(await store.commissioning.jobs.single_attempts()) == 4
        store.writer.drop()

    virtual_loop.run(story())


def test_a_factory_reset_keeps_what_was_found_and_ends_being_in_service(folder: Path) -> None:
    async def story() -> None:
        store = opened(folder)
        begun = await store.commissioning.jobs.begin(job())
        await store.commissioning.jobs.keep_attempt(an_attempt(), begun.number)
        await store.commissioning.jobs.put_in_service(
            ServiceRecord(job=begun.number, since=NOW, marks={"board": "a1"}), begun
        )
        await reset.erase(store.writer)
        store.writer.drop()

        store = opened(folder)

        assert store.commissioning.jobs.service is None
        found = await store.commissioning.jobs.latest()
        assert found is not None and len(found.attempts) == 1
        store.writer.drop()

    virtual_loop.run(story())


def test_being_in_service_is_known_at_the_next_start_with_what_it_rests_on(folder: Path) -> None:
    async def story() -> None:
        store = opened(folder)
        begun = await store.commissioning.jobs.begin(job())
        record = ServiceRecord(job=begun.number, since=NOW, marks={"supply": "32", "board": "a1"})
        await store.commissioning.jobs.put_in_service(record, replace(begun, state=JobState.COMPLETE))
        store.writer.drop()

        store = opened(folder)

        assert store.commissioning.jobs.service == record
        store.writer.drop()

    virtual_loop.run(story())


# What a killed process leaves is tested once for every write of the store (test_killed_process.py); that a whole visit
# survives being killed at any commit is a story of tests/selftest/.


def test_the_number_that_somebody_read_off_the_label_is_known_at_once_and_after_a_restart(folder: Path) -> None:
    async def story() -> None:
        store = opened(folder)
        begun = await store.commissioning.jobs.begin(replace(job(), answers={}))
        assert store.commissioning.jobs.label == ""
        await store.commissioning.jobs.keep(replace(begun, answers={"label.serial": " SD-17 "}))
        assert store.commissioning.jobs.label == "SD-17"
        await store.commissioning.jobs.begin(replace(job(), job_id="other", answers={"label.serial": "-"}))
        store.writer.drop()

        store = opened(folder)
        assert store.commissioning.jobs.label == "SD-17"
        store.writer.drop()

    virtual_loop.run(story())
