"""A program that starts again and again after ends that were not in order. Pure, from the record of its runs.

Decided here for health and `explain`, which tell it in the same words (core/explain/surroundings.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.core.last_words import name_of
from agent.core.runs import BAD, ToldRun
from agent.core.time import Instant
from agent.values import frozen

LOOP_FROM = 3
"""So many starts within an hour after ends that were not in order are a loop."""
HOUR_S = 3600


@frozen(kw_only=True)
class CrashLoop:
    """The program starts again and again: `starts` of the last hour, the first of them `since`, `within_s` ago.

    `last` is how the newest failure came about, in words; `died_of` its name: an exception, a signal, or the word for
    such an end.
    """

    starts: int
    since: Instant
    within_s: float
    last: str
    died_of: str


def crash_loop(runs: Sequence[ToldRun], now: Instant) -> CrashLoop | None:
    """None where no loop is. `runs`: the newest first, the first of them runs.

    What counts are runs that began within the last hour because the one before failed; what cannot be dated does not.
    """
    starts = [one for one in runs if one.reason in BAD and _is_of_last_hour(one, now)]
    failed = next(((one.run, one.end) for one in runs if one.end is not None and one.end.how in BAD), None)
    if len(starts) < LOOP_FROM or failed is None:
        return None
    run, end = failed
    return CrashLoop(
        starts=len(starts),
        since=starts[-1].began,
        within_s=(now.ms_since(starts[-1].began) or 0) / 1000,
        last=run.crash or end.words,
        died_of=name_of(run.crash) or end.how.value,
    )


def _is_of_last_hour(one: ToldRun, now: Instant) -> bool:
    age_ms = now.ms_since(one.began)
    return age_ms is not None and 0 <= age_ms <= HOUR_S * 1000
