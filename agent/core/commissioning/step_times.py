"""How long a step was worked on, over all runs of `evsectl commission` that had a part in it. Pure.

A step that is begun again is on record once, as it stood last; its tests are on record with every attempt. Between two
of them nobody rests who does nothing else in the meantime: they turn the adapter, and answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from agent.core.commissioning.catalogue import catalogue
from agent.core.commissioning.model import Job
from agent.core.commissioning.record import PAUSE_FROM_MS
from agent.core.commissioning.steps import step_of
from agent.core.metrics.timeline import Timeline
from agent.core.time import Instant
from agent.values import frozen, mutable


@frozen
class _Work:
    """Something of a step, from one moment to the other."""

    step: str
    began: Instant
    ended: Instant


@mutable
class _Sum:
    """`known_to`: up to where the work of the step is summed."""

    known_to: Instant
    total_s: float | None = 0.0


def worked_ms(job: Job) -> Mapping[str, int | None]:
    """Of each step of which something has an end, without pauses of more than 15 minutes; None: no clock spans it."""
    work = list(_all(job))
    time = Timeline([moment for one in work for moment in (one.began, one.ended)])
    sums: dict[str, _Sum] = {}
    for one in sorted(work, key=lambda one: time.order(one.began)):
        before = sums.get(one.step)
        if before is None:
            before = sums[one.step] = _Sum(known_to=one.began)
        _add(before, one, [other.known_to for step, other in sums.items() if step != one.step], time)
    return {step: None if one.total_s is None else round(one.total_s * 1000) for step, one in sums.items()}


def _add(so_far: _Sum, one: _Work, others: Sequence[Instant], time: Timeline) -> None:
    known_to = so_far.known_to
    gap_s, further_s = time.between(known_to, one.began), time.between(known_to, one.ended)
    if gap_s is None or further_s is None:
        so_far.total_s = None
    if so_far.total_s is None or gap_s is None or further_s is None or further_s <= 0:
        return
    is_rest = gap_s * 1000 > PAUSE_FROM_MS or any(time.order(other) > time.order(known_to) for other in others)
    so_far.total_s += further_s - gap_s if gap_s > 0 and is_rest else further_s
    so_far.known_to = one.ended


def _all(job: Job) -> Iterator[_Work]:
    rows = catalogue()
    for attempt in job.attempts:
        if attempt.test in rows:
            end = attempt.started.plus(attempt.duration_ms / 1000)
            yield _Work(step_of(rows[attempt.test]).value, attempt.started, end)
    for record in job.steps:
        if record.ended is not None:
            yield _Work(record.key, record.started, record.ended)
