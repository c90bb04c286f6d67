"""The rates of charging success, each beside what was left out of it and why. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from statistics import median

from agent.core.visits.model import Attempt, Outcome
from agent.values import frozen


@frozen(kw_only=True)
class Share:
    """`good` of `count`; `left_out` counts, by reason, what is in neither."""

    good: int
    count: int
    left_out: Mapping[str, int]

    @property
    def share(self) -> float | None:
        return self.good / self.count if self.count else None


@frozen(kw_only=True)
class VisitFigures:
    """Of all attempts that are over. `first_time` is port-local: one charger sees only its own ports.

    `start_s`: plug-in or authorisation, whichever is later, to the first energy; `start_p95_s` by nearest rank.
    """

    attempts: int
    start: Share
    end: Share
    session: Share
    first_time: Share
    start_times: int
    start_median_s: float | None
    start_p95_s: float | None
    failures: Mapping[str, int]
    codes: Mapping[str, int]


def figures_of(attempts: Iterable[Attempt]) -> VisitFigures:
    """Of one charger."""
    return figures_of_many((attempts,))


def figures_of_many(chargers: Iterable[Iterable[Attempt]]) -> VisitFigures:
    """Of several; each numbers its own visits."""
    of_each = [[one for one in attempts if one.is_over] for attempts in chargers]
    over = [one for attempts in of_each for one in attempts]
    out = Counter(one.excluded for one in over if one.start is Outcome.EXCLUDED)
    counted = [one for one in over if one.start is not Outcome.EXCLUDED]
    started = [one for one in counted if one.start is Outcome.SUCCESS]
    not_started = {"the charge did not start": len(counted) - len(started)}
    times = sorted(seconds for one in started if (seconds := one.charge_start_s) is not None)
    failed = [one for one in counted if not one.is_success]
    return VisitFigures(
        attempts=len(over),
        start=Share(good=len(started), count=len(counted), left_out=out),
        end=Share(
            good=sum(one.end is Outcome.SUCCESS for one in started),
            count=len(started),
            left_out={**out, **{why: count for why, count in not_started.items() if count}},
        ),
        session=Share(good=sum(one.is_success for one in counted), count=len(counted), left_out=out),
        first_time=_first_time(of_each),
        start_times=len(times),
        start_median_s=median(times) if times else None,
        start_p95_s=times[ceil(0.95 * len(times)) - 1] if times else None,
        failures=Counter(one.failure.value for one in failed),
        codes=Counter(one.code for one in failed if one.code),
    )


def _first_time(of_each: Sequence[Sequence[Attempt]]) -> Share:
    """Visits whose first attempt that counts succeeded; a visit of which no attempt counts is none."""
    visits: dict[tuple[int, int], list[Attempt]] = {}
    for charger, over in enumerate(of_each):
        for one in over:
            visits.setdefault((charger, one.visit or one.number), []).append(one)
    good, count, out = 0, 0, 0
    for group in visits.values():
        meant = [one for one in sorted(group, key=lambda one: one.number) if one.start is not Outcome.EXCLUDED]
        if not meant:
            out += 1
            continue
        count += 1
        good += meant[0].is_success
    return Share(good=good, count=count, left_out={"nobody meant to charge": out} if out else {})
