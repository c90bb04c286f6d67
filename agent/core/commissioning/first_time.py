"""Right the first time: no must that failed, no second visit (operations reference, section 4). Pure.

One meaning for the report and the figures. A test that could not be judged is no failure: it is done again, and what it
then finds counts. A power cut is no visit: only rest ends one.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from agent.core.commissioning.catalogue import catalogue
from agent.core.commissioning.model import Job, Verdict
from agent.core.metrics.timeline import Timeline
from agent.core.time import Instant

VISIT_GAP_S = 4 * 3600
"""Work on a commissioning that rested for longer was taken up by another visit. Proposed value."""


def failures(job: Job) -> tuple[str, ...]:
    """The musts that failed at least once, tests and steps, in the order of their names."""
    tests = {test: row.is_must for test, row in catalogue().items()}
    failed = {one.test for one in job.attempts if one.outcome.verdict is Verdict.FAIL and tests.get(one.test, True)}
    return tuple(sorted(failed | {step.key for step in job.steps if step.verdict is Verdict.FAIL}))


def worked(job: Job) -> frozenset[Instant]:
    """The moments at which something was done."""
    steps = {at for step in job.steps for at in (step.started, step.ended) if at is not None}
    return frozenset(steps | {one.started for one in job.attempts})


def visits(work: Iterable[Instant], time: Timeline) -> int | None:
    """How often somebody came; None where nobody knows how long work rested."""
    gaps = [time.between(one, other) for one, other in pairwise(sorted(set(work), key=time.order))]
    return None if None in gaps else 1 + sum(gap is not None and gap > VISIT_GAP_S for gap in gaps)


def visits_of(job: Job) -> int | None:
    """The same by what the job itself tells of its clocks."""
    work = {job.started, *worked(job)}
    return visits(work, Timeline(work))


def is_right(job: Job) -> bool | None:
    """So far, of this job alone; None where only a clock could tell how often somebody came."""
    came = visits_of(job)
    if failures(job) or (came is not None and came > 1):
        return False
    return None if came is None else True
