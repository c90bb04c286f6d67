"""How long failures took: until the charger could tell, until somebody acted, until the port served again. Pure.

A word leaves the charger at once while the program runs and the central system is there, else with the first moment at
which both are so; a charger without one has it on record. A failure is acknowledged with the first act that
concerns its port: a command with an effect, from afar or there, or a look for a support case (acts.py). One in which
nobody acted was over without: by itself, or by a hand that no command tells of.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from agent.core.uptime.intervals import Stretch, Stretches, without
from agent.values import frozen


@frozen(kw_only=True)
class Repair:
    """One failure that is over, UTC milliseconds. `acknowledged_ms` None: nobody acted, if `acts_known`."""

    at: Stretch
    detected_ms: int
    acknowledged_ms: int | None
    acts_known: bool


@frozen(kw_only=True)
class RepairFigures:
    """Means in seconds, None without any. `detect_s` is of all that were `repaired`, as is `mttr_s`.

    `acknowledge_s` and `repair_s` are of the `acknowledged`; `unattended_s` is of those in which nobody acted, from
    being told to serving. Where no acts are on record a failure is neither: the two may be fewer than `repaired`.
    """

    repaired: int = 0
    mttr_s: float | None = None
    detect_s: float | None = None
    acknowledged: int = 0
    acknowledge_s: float | None = None
    repair_s: float | None = None
    unattended: int = 0
    unattended_s: float | None = None


def repair_of(at: Stretch, silent: Stretches, acts_ms: Sequence[int] | None) -> Repair:
    """`silent`: no word left then. `acts_ms`: acts that concern the port, ascending; None: none is on record."""
    begin_ms, end_ms = at
    spoken = without((at,), silent)
    detected_ms = spoken[0][0] if spoken else end_ms
    acknowledged_ms = None if acts_ms is None else _first(acts_ms, at)
    if acknowledged_ms is not None:
        # Whoever acts knows, whether the charger could tell it or not.
        detected_ms = min(detected_ms, acknowledged_ms)
    return Repair(
        at=(begin_ms, end_ms),
        detected_ms=detected_ms,
        acknowledged_ms=acknowledged_ms,
        acts_known=acts_ms is not None,
    )


def _first(acts_ms: Sequence[int], at: Stretch) -> int | None:
    place = bisect_left(acts_ms, at[0])
    return acts_ms[place] if place < len(acts_ms) and acts_ms[place] <= at[1] else None


def figures_of_repairs(repairs: Iterable[Repair]) -> RepairFigures:
    over = tuple(repairs)
    acted = [(one, one.acknowledged_ms) for one in over if one.acknowledged_ms is not None]
    alone = [one for one in over if one.acts_known and one.acknowledged_ms is None]
    return RepairFigures(
        repaired=len(over),
        mttr_s=_mean_s([one.at[1] - one.at[0] for one in over]),
        detect_s=_mean_s([one.detected_ms - one.at[0] for one in over]),
        acknowledged=len(acted),
        acknowledge_s=_mean_s([acted_ms - one.detected_ms for one, acted_ms in acted]),
        repair_s=_mean_s([one.at[1] - acted_ms for one, acted_ms in acted]),
        unattended=len(alone),
        unattended_s=_mean_s([one.at[1] - one.detected_ms for one in alone]),
    )


def together(figures: Iterable[RepairFigures]) -> RepairFigures:
    """Over all repairs of several ports or chargers, not over the ports."""
    known = tuple(figures)
    repaired = [(one.repaired, one) for one in known]
    acted = [(one.acknowledged, one) for one in known]
    alone = [(one.unattended, one) for one in known]
    return RepairFigures(
        repaired=sum(count for count, _ in repaired),
        mttr_s=_weighted((count, one.mttr_s) for count, one in repaired),
        detect_s=_weighted((count, one.detect_s) for count, one in repaired),
        acknowledged=sum(count for count, _ in acted),
        acknowledge_s=_weighted((count, one.acknowledge_s) for count, one in acted),
        repair_s=_weighted((count, one.repair_s) for count, one in acted),
        unattended=sum(count for count, _ in alone),
        unattended_s=_weighted((count, one.unattended_s) for count, one in alone),
    )


def _weighted(means: Iterable[tuple[int, float | None]]) -> float | None:
    known = [(count, mean_s) for count, mean_s in means if mean_s is not None]
    count = sum(count for count, _ in known)
    return sum(count * mean_s for count, mean_s in known) / count if count else None


def _mean_s(all_ms: Sequence[int]) -> float | None:
    return sum(all_ms) / len(all_ms) / 1000 if all_ms else None
