"""Which minutes of an outage do not count, by whose word. Pure.

The first of these that speaks: what a person said of it afterwards; its class, where the charger itself can show it;
planned maintenance; hours outside of operation. An outage that the charger had before a window was opened stays its
own: without the maintenance the port would not have been operational either.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from operator import itemgetter

from agent.core.uptime.intervals import Stretch, Stretches, common, united, without
from agent.core.uptime.model import BY_RULE, EXCLUDED_BY_ITSELF, OUTLASTS_MAINTENANCE, Exclusion, Outage, Window
from agent.values import frozen

_begin, _end = itemgetter(0), itemgetter(1)


@frozen(kw_only=True)
class Excluded:
    """A part of an outage. `by`: who says so, "rule" where the charger shows it itself."""

    at: Stretch
    why: Exclusion
    by: str


def excluded(outage: Outage, at: Stretch, windows: Iterable[Window], shut: Stretches) -> tuple[Excluded, ...]:
    """Its parts, apart from each other and within it, in the order of time."""
    whole = Exclusion(outage.verdict) if outage.verdict else EXCLUDED_BY_ITSELF.get(outage.cause.of)
    by = outage.verdict_by if outage.verdict else BY_RULE
    if whole is not None:
        is_none = whole is Exclusion.NONE or at[0] >= at[1]
        return () if is_none else (Excluded(at=at, why=whole, by=by),)
    found: list[Excluded] = []
    left: Stretches = united((at,))
    near = (one for one in windows if one.from_ms < at[1] and one.end_ms > at[0])
    for window in sorted(near, key=lambda one: (one.from_ms, one.number)):
        if outage.cause.of in OUTLASTS_MAINTENANCE and at[0] < window.from_ms:
            continue
        found += _cut(left, (window.from_ms, window.end_ms), Exclusion.MAINTENANCE, window.by)
        left = without(left, united(((window.from_ms, window.end_ms),)))
    first = bisect_right(shut, at[0], key=_end)
    found += [
        Excluded(at=one, why=Exclusion.CLOSED, by=BY_RULE)
        for one in common(left, shut[first : bisect_left(shut, at[1], key=_begin)])
    ]
    return tuple(sorted(found, key=lambda one: one.at))


def _cut(left: Stretches, stretch: Stretch, why: Exclusion, by: str) -> Iterable[Excluded]:
    return [Excluded(at=one, why=why, by=by) for one in common(left, united((stretch,)))]
