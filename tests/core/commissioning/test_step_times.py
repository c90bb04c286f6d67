"""How long a step was worked on: over all runs, without what somebody did elsewhere and without rest."""

from __future__ import annotations

from dataclasses import replace

from agent.core.commissioning.model import Attempt, Job, JobState, StepRecord, Verdict, passed
from agent.core.commissioning.step_times import worked_ms
from agent.core.time import Instant

MINUTE_S = 60.0


def at(minute: float, boot: str = "boot", *, clock: bool = True) -> Instant:
    seconds = minute * MINUTE_S
    return Instant(seconds, 1_800_000_000_000 + round(seconds * 1000) if clock else None, boot)


def attempt(test: str, began: Instant, minutes: float) -> Attempt:
    took_ms = round(minutes * MINUTE_S * 1000)
    return Attempt(
        test=test, connector=None, version=1, attempt=1, started=began, duration_ms=took_ms, outcome=passed("")
    )


def step(key: str, began: Instant, ended: Instant | None) -> StepRecord:
    return StepRecord(key=key, started=began, ended=ended, verdict=None if ended is None else Verdict.PASS)


def job(attempts: tuple[Attempt, ...], steps: tuple[StepRecord, ...]) -> Job:
    return Job(number=1, job_id="j", state=JobState.RUNNING, started=at(0), attempts=attempts, steps=steps)


def minutes(of: Job, key: str) -> float | None:
    found = worked_ms(of).get(key)
    return None if found is None else found / 1000 / MINUTE_S


def test_a_step_of_several_runs_took_all_of_them_and_what_somebody_did_between_two_of_its_tests() -> None:
    # Begun at 20, cut off behind 38, gone on with at 40 to 45.
    done = job((attempt("ST206", at(21), 4), attempt("ST402", at(30), 8)), (step("adapter", at(40), at(45)),))

    assert minutes(done, "adapter") == 24


def test_a_pause_and_the_work_on_another_step_are_none_of_it() -> None:
    rested = job((attempt("ST206", at(0), 5), attempt("ST402", at(21), 1)), ())
    elsewhere = job((attempt("ST203", at(0), 5), attempt("ST901", at(6), 2), attempt("ST203", at(10), 3)), ())

    assert minutes(rested, "adapter") == 6
    assert (minutes(elsewhere, "self-test"), minutes(elsewhere, "measurements")) == (8, 2)


def test_what_ran_beside_another_counts_once_for_each() -> None:
    beside = job((attempt("ST801", at(1), 1),), (step("self-test", at(0), at(3)), step("network", at(8), at(9))))

    assert (minutes(beside, "self-test"), minutes(beside, "network")) == (3, 2)


def test_without_a_clock_over_a_power_cut_nobody_knows_and_what_has_no_end_has_no_time() -> None:
    dark = (attempt("ST206", at(0, "one", clock=False), 1), attempt("ST402", at(0, "two", clock=False), 1))

    assert minutes(job(dark, ()), "adapter") is None
    assert worked_ms(job((), (step("plan", at(0), None),))) == {}
    assert minutes(replace(job(dark[:1], ())), "adapter") == 1
