"""What is on record of a commissioning: what has passed, what is missing, and what the record becomes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import assert_never

from agent.core.commissioning.catalogue import Row, catalogue
from agent.core.commissioning.model import Attempt, Job, JobState, Outcome, StepRecord, Verdict
from agent.core.commissioning.steps import AFTER_THE_VERDICT, Place, Site, Step, rows_of, step_of
from agent.core.time import Instant

MOST_FAILURES = 4
"""The first one and three repeats (self-test catalogue, section 2)."""
PAUSE_FROM_MS = 15 * 60_000
"""A shorter silence is work: somebody measures, or fetches a tool (operations reference, section 4)."""
ACCEPTED_BY, ACCEPTED_WHY = "accepted.by", "accepted.why"
"""Answers of an attempt that was skipped by name."""
NOT_JUDGED = 0
"""The version of an attempt that no test made."""
REPORTED = frozenset(step.value for step in AFTER_THE_VERDICT)
NOT_APPLICABLE = "not applicable"
"""How a skipped step says that it is missing from nothing."""


def record_of(job: Job, step: Step) -> StepRecord | None:
    return next((record for record in reversed(job.steps) if record.key == step.value), None)


def attempts_at(job: Job, place: Place) -> tuple[Attempt, ...]:
    return tuple(one for one in job.attempts if (one.test, one.connector) == place)


def latest(attempts: Sequence[Attempt], place: Place) -> Attempt | None:
    return next((one for one in reversed(attempts) if (one.test, one.connector) == place), None)


def latest_at(job: Job, place: Place) -> Attempt | None:
    return latest(job.attempts, place)


def latest_of(attempts: Iterable[Attempt]) -> dict[Place, Attempt]:
    """What each test came to last wherever it was done, in the order of the first attempts."""
    return {(one.test, one.connector): one for one in attempts}


def repeats_left(attempts: Sequence[Attempt], place: Place) -> int:
    """How often a test may still be tried that failed; those that said nothing of the charger count for nothing."""
    failures = sum((one.test, one.connector) == place and one.outcome.verdict is Verdict.FAIL for one in attempts)
    return max(0, MOST_FAILURES - failures)


def is_not_applicable(outcome: Outcome) -> bool:
    return outcome.verdict is Verdict.SKIP and outcome.is_not_applicable


def is_accepted(attempt: Attempt) -> bool:
    """Somebody let it be skipped, by name and with a reason."""
    return attempt.outcome.verdict is Verdict.SKIP and bool(attempt.answers.get(ACCEPTED_BY))


def is_settled(record: StepRecord) -> bool:
    """Nothing of it is to be done again unasked: it passed, does not apply, or somebody lets it stand."""
    match record.verdict:
        case Verdict.PASS | Verdict.WARN:
            return True
        case Verdict.SKIP:
            return bool(record.accepted_by) or record.says.startswith(NOT_APPLICABLE)
        case Verdict.FAIL | Verdict.ERROR:
            return bool(record.accepted_by)
        case None:
            return False
        case _:
            assert_never(record.verdict)


def has_passed(attempt: Attempt | None) -> bool:
    """Or the charger has no such part."""
    if attempt is None:
        return False
    return attempt.outcome.verdict in (Verdict.PASS, Verdict.WARN) or is_not_applicable(attempt.outcome)


def is_done(job: Job, place: Place) -> bool:
    found = latest_at(job, place)
    return has_passed(found) or (found is not None and is_accepted(found))


def missing(job: Job, site: Site) -> tuple[str, ...]:
    """What keeps it from being complete, in words. A must that somebody skipped is missing, whoever accepted it."""
    found: list[str] = []
    for step in Step:
        if step in AFTER_THE_VERDICT:
            continue
        record = record_of(job, step)
        if record is None or record.verdict is None:
            found.append(f"{step.value}: not done")
        elif site.why_not(step):
            continue
        elif not rows_of(step) and record.verdict not in (Verdict.PASS, Verdict.WARN):
            found.append(f"{step.value}: {record.says or record.verdict.value}")
    for row in catalogue().values():
        if row.is_must and not site.why_not(step_of(row)):
            found += [_missing(place, row, job) for place in site.places(row) if not has_passed(latest_at(job, place))]
    found += [_not_in_order(key, job) for key, answer in job.answers.items() if is_not_in_order(key, answer)]
    return tuple(found)


MUST_BE_IN_ORDER = ("mounting", "ingress", "glands", "torque", "conductors")
"""What no charger is put in service without. What else was looked at may deviate, with a remark."""


def is_not_in_order(key: str, answer: str) -> bool:
    """Whether it is the answer to something that was looked at, must be in order, and is not."""
    subject, _, word = key.partition(".")
    return subject == "inspection" and word in MUST_BE_IN_ORDER and answer.strip().lower() == "no"


def _not_in_order(key: str, job: Job) -> str:
    remark = job.answers.get(f"{key}.remark", "")
    again = "once it is in order: evsectl commission --only measurements"
    return f"{key.replace('.', ', ')}: answered no{f' ({remark})' if remark else ''}; {again}"


def _missing(place: Place, row: Row, job: Job) -> str:
    found = latest_at(job, place)
    where = f" at connector {place[1]}" if place[1] is not None else ""
    if found is None:
        return f"{row.test} {row.purpose}{where}: not done"
    return f"{row.test} {row.purpose}{where}: {found.outcome.verdict.value}, {found.outcome.says}"


# What the record becomes.


def begun(job: Job, step: Step, now: Instant) -> Job:
    """A step that is done anew is on record once, as it stands; its attempts are all kept."""
    others = tuple(record for record in job.steps if record.key != step.value)
    return replace(job, steps=(*others, StepRecord(key=step.value, started=now)))


def ended(job: Job, step: Step, now: Instant, verdict: Verdict, says: str) -> Job:
    """The end of a step that was begun."""
    return replace(job, steps=tuple(_with_end(one, step, now, verdict, says) for one in job.steps))


def _with_end(record: StepRecord, step: Step, now: Instant, verdict: Verdict, says: str) -> StepRecord:
    return replace(record, ended=now, verdict=verdict, says=says) if record.key == step.value else record


def accepted(job: Job, step: Step, by: str, why: str) -> Job:
    """Somebody lets the step stand as it is: a deviation of the report, and no repeat unasked."""
    return replace(
        job,
        steps=tuple(
            replace(one, accepted_by=by, accepted_why=why) if one.key == step.value else one for one in job.steps
        ),
    )


def answered(job: Job, key: str, answer: str) -> Job:
    return replace(job, answers={**job.answers, key: answer})


def without_answers(job: Job, prefix: str) -> Job:
    """Those whose key begins so are gone."""
    return replace(job, answers={key: answer for key, answer in job.answers.items() if not key.startswith(prefix)})


def with_attempt(job: Job, attempt: Attempt) -> Job:
    return replace(job, attempts=(*job.attempts, attempt))


def not_judged(job: Job, place: Place, outcome: Outcome, *, started: Instant, by: str) -> Attempt:
    """An attempt in which the test itself found nothing: it was cut off, or skipped by name."""
    return Attempt(
        test=place[0],
        connector=place[1],
        version=NOT_JUDGED,
        attempt=1 + len(attempts_at(job, place)),
        started=started,
        duration_ms=0,
        outcome=outcome,
        by=by,
    )


def left_out(job: Job, step: Step, now: Instant, who: str, why: str) -> Job:
    """A step that somebody skips by name."""
    skipped = ended(begun(job, step, now), step, now, Verdict.SKIP, f"left out by {who}: {why}")
    return accepted(skipped, step, who, why)


def can_go_on(job: Job | None) -> bool:
    """Whether a visit goes on with this job, in place of a new one. A running one was cut off by a power cut."""
    return job is not None and job.state in (JobState.RUNNING, JobState.PAUSED, JobState.INCOMPLETE)


def resumed(job: Job, now: Instant) -> Job:
    """The same job, one run more; a silence of more than 15 minutes counts as a pause where a clock knows it."""
    gap_ms, not_over = _silence_ms(job, now), job.state is not JobState.INCOMPLETE
    # A report that was made already told of the charger as it was; what follows wants a new one. One that was cut off
    # right behind its seal has a verdict of its own to give yet, which is given by a new one too.
    steps = tuple(one for one in job.steps if one.key not in REPORTED or (_is_left_out(one) and not_over))
    pause_ms = gap_ms if gap_ms > PAUSE_FROM_MS else 0
    return replace(
        job, state=JobState.RUNNING, ended=None, runs=job.runs + 1, pauses_ms=job.pauses_ms + pause_ms, steps=steps
    )


def _is_left_out(record: StepRecord) -> bool:
    return record.verdict is Verdict.SKIP and bool(record.accepted_by)


def _silence_ms(job: Job, now: Instant) -> int:
    """Since the last thing on record; 0 where neither clock spans it."""
    moments = [job.started]
    moments += [one.started.plus(one.duration_ms / 1000) for one in job.attempts]
    moments += [moment for record in job.steps for moment in (record.started, record.ended) if moment is not None]
    known = [gap for moment in moments if (gap := now.ms_since(moment)) is not None]
    return max(0, min(known)) if known else 0


def over(job: Job, site: Site, now: Instant) -> Job:
    """The job at its end."""
    state = JobState.INCOMPLETE if missing(job, site) else JobState.COMPLETE
    return replace(job, state=state, ended=now)
