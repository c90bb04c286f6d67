"""Load of a site: the profiles of several chargers on one axis of quarters, and the figures a planner asks for. Pure.

The mean of a sum is the sum of the means, so quarters add up exactly where every connector is known. Where one is not,
what the others drew is the least that it was. The highest moment of a sum has bounds and no value: nobody saw all
chargers at one moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from math import ceil

from agent.core.load_profile.days import Day, Figures, figures_of
from agent.core.load_profile.quarters import QUARTERS, mean_w
from agent.values import frozen

PERCENTS = (50.0, 90.0, 95.0, 99.0, 99.9)
HIGHEST = 10


@frozen(kw_only=True)
class Member:
    """One charger of the site. `connected_w` None: not told. No days: nothing is known of it, so of no sum either."""

    name: str
    days: tuple[Day, ...] = ()
    connected_w: int | None = None


@frozen(kw_only=True)
class SiteQuarter:
    """`number` counts from 1970. `mean_w` None: not known, for want of `missing`.

    `at_least_w`: what is known of it. `peak_at_least_w`: the highest of that mean and of what any charger drew at one
    moment; `peak_at_most_w`: as if all had peaked at once, None where one of them does not tell its peak.
    """

    number: int
    mean_w: int | None
    at_least_w: int
    peak_at_least_w: int
    peak_at_most_w: int | None
    missing: tuple[str, ...]


@frozen(kw_only=True)
class MemberFigures:
    """`own`: over its own days. `known`: its quarters that are known, of all of the axis."""

    name: str
    connected_w: int | None
    own: Figures
    known: int


@frozen(kw_only=True)
class SiteFigures:
    """Over `quarters`, of which `known` are known of every charger. None: not known.

    `energy_wh`: all that is known, also of quarters in which something is missing: the least that it was.
    `peak_mean_w`, `coincidence`, percentiles and the like rest on the known quarters alone. `coincidence`: the highest
    mean of the sum over the sum of each charger's own highest mean; `coincidence_of_connectors` over that of each
    connector's. `moments`: the least and the most that the sum's highest moment was over the sum of the chargers', in
    the bounded quarters.
    """

    quarters: tuple[SiteQuarter, ...]
    known: int
    energy_wh: int | None
    connected_w: int | None
    peak_mean_w: int | None
    at_least_w: int
    """The highest of what is known of any quarter: above `peak_mean_w` where the highest one is not known whole."""
    peak_at_least_w: int
    peak_at_most_w: int | None
    """Of the `bounded` quarters: those known of which every charger tells its peak."""
    bounded: int
    sum_of_peak_means_w: int | None
    coincidence: float | None
    coincidence_of_connectors: float | None
    moments: tuple[float, float] | None
    load_factor: float | None
    """The mean of all known quarters over the highest of them."""
    percentiles: tuple[tuple[float, int], ...]
    """So many percent of the known quarters are at or below it (nearest rank)."""
    highest: tuple[SiteQuarter, ...]
    members: tuple[MemberFigures, ...]


def axis_of(members: Sequence[Member], first: int | None = None, last: int | None = None) -> range:
    """Days since 1970, from the first to the last that anybody has, unless bounds are given; empty where none has."""
    numbers = [day.number for one in members for day in one.days]
    if not numbers:
        return range(0)
    return range(min(numbers) if first is None else first, (max(numbers) if last is None else last) + 1)


@frozen
class _Rows:
    """One charger's day. `known_wh`: of its connectors that are known; `least_w`: its highest moment was no lower."""

    day: Day
    is_known: Sequence[bool]
    is_told: Sequence[bool]
    """Its highest moment, too."""
    known_wh: Sequence[int]
    least_w: Sequence[int]


_NONE, _ZERO = (False,) * QUARTERS, (0,) * QUARTERS


def _days_of(members: Sequence[Member], days: range) -> Iterator[tuple[int, Sequence[_Rows]]]:
    of_day = [{day.number: day for day in one.days} for one in members]
    for number in days:
        yield number, [_rows(own.get(number) or Day(number=number, ports={})) for own in of_day]


def _rows(day: Day) -> _Rows:
    if not day.ports:
        return _Rows(day, _NONE, _NONE, _ZERO, _ZERO)
    energies = list(zip(*(one.energy_wh for one in day.ports.values()), strict=True))
    peaks = zip(*(one.peak_w for one in day.ports.values()), strict=True)
    is_known = [None not in one for one in energies]
    known_wh = [sum(filter(None, one)) for one in energies]
    # What all drew together is forgotten by a restart in the quarter, a connector's own peak and its mean are not.
    least_w = [
        max(mean_w(wh), together or 0, *(one or 0 for one in own))
        for wh, together, own in zip(known_wh, day.peak_w, peaks, strict=True)
    ]
    # A charger without power tells no peak; its register, which did not move, tells that it drew nothing.
    is_told = [
        together is not None or (is_whole and not wh)
        for together, is_whole, wh in zip(day.peak_w, is_known, known_wh, strict=True)
    ]
    return _Rows(day, is_known, is_told, known_wh, least_w)


def _quarters(number: int, members: Sequence[Member], rows: Sequence[_Rows]) -> Sequence[SiteQuarter]:
    return [_quarter(number * QUARTERS + place, place, members, rows) for place in range(QUARTERS)]


def _quarter(number: int, place: int, members: Sequence[Member], rows: Sequence[_Rows]) -> SiteQuarter:
    known_w = mean_w(sum([one.known_wh[place] for one in rows]))
    missing = tuple([who.name for who, one in zip(members, rows, strict=True) if not one.is_known[place]])
    moments_w = [one.least_w[place] for one in rows]
    is_bounded = not missing and all(one.is_told[place] for one in rows)
    return SiteQuarter(
        number=number,
        mean_w=None if missing else known_w,
        at_least_w=known_w,
        peak_at_least_w=max(known_w, *moments_w),
        peak_at_most_w=sum(moments_w) if is_bounded else None,
        missing=missing,
    )


def site_figures(members: Sequence[Member], days: range, highest: int = HIGHEST) -> SiteFigures:
    """Of at least one charger. `highest`: so many quarters are named, the highest mean first."""
    inside = [_within(one, days) for one in members]
    apart, quarters = [_Apart() for _ in inside], list[SiteQuarter]()
    for number, rows in _days_of(inside, days):
        of_day = _quarters(number, inside, rows)
        quarters += of_day
        for mine, row in zip(apart, rows, strict=True):
            mine.take(row, of_day)
    known = [one for one in quarters if one.mean_w is not None]
    bounded = [one for one in known if one.peak_at_most_w is not None]
    means = sorted(one.at_least_w for one in known)
    peak_mean_w = means[-1] if means else None
    apart_w, moments_w = mean_w(sum(one.highest_wh for one in apart)), sum(one.moment_w for one in apart)
    told = [figures_of(one.days) for one in inside]
    known_wh = [one.energy_wh for one in told if one.energy_wh is not None]
    at_most_w = max((one.peak_at_most_w or 0 for one in bounded), default=None)
    return SiteFigures(
        quarters=tuple(quarters),
        known=len(known),
        energy_wh=sum(known_wh) if known_wh else None,
        connected_w=_sum([one.connected_w for one in inside]),
        peak_mean_w=peak_mean_w,
        at_least_w=max((one.at_least_w for one in quarters), default=0),
        peak_at_least_w=max((one.peak_at_least_w for one in quarters), default=0),
        peak_at_most_w=at_most_w,
        bounded=len(bounded),
        sum_of_peak_means_w=apart_w if known else None,
        coincidence=_share(peak_mean_w, apart_w),
        coincidence_of_connectors=_share(peak_mean_w, mean_w(sum(sum(one.of_ports_wh.values()) for one in apart))),
        moments=_moments(max((one.peak_at_least_w for one in bounded), default=0), at_most_w, moments_w),
        load_factor=_share(sum(means), len(means) * means[-1]) if means else None,
        percentiles=tuple((percent, _ranked(means, percent)) for percent in PERCENTS) if means else (),
        highest=tuple(sorted(known, key=lambda one: (-one.at_least_w, one.number))[:highest]),
        members=tuple(
            MemberFigures(name=one.name, connected_w=one.connected_w, own=own, known=mine.known)
            for one, own, mine in zip(inside, told, apart, strict=True)
        ),
    )


def _within(member: Member, days: range) -> Member:
    return Member(
        name=member.name,
        days=tuple(day for day in member.days if day.number in days),
        connected_w=member.connected_w,
    )


class _Apart:
    """One charger's own highest, in the quarters that are known of the whole site."""

    def __init__(self) -> None:
        self.highest_wh = self.moment_w = self.known = 0
        self.of_ports_wh: dict[int, int] = {}

    def take(self, row: _Rows, quarters: Sequence[SiteQuarter]) -> None:
        """A day of it, and of the site."""
        known = [one.mean_w is not None for one in quarters]
        bounded = (one.peak_at_most_w is not None for one in quarters)
        self.known += sum(row.is_known)
        self.highest_wh = max(self.highest_wh, *compress(row.known_wh, known), 0)
        self.moment_w = max(self.moment_w, *compress(row.least_w, bounded), 0)
        for port, one in row.day.ports.items():
            inside = (wh or 0 for wh in compress(one.energy_wh, known))
            self.of_ports_wh[port] = max(self.of_ports_wh.get(port, 0), *inside, 0)


def _moments(at_least_w: int, at_most_w: int | None, sum_w: int) -> tuple[float, float] | None:
    low, high = _share(at_least_w, sum_w), _share(at_most_w, sum_w)
    return None if low is None or high is None else (low, high)


def _share(part: int | None, whole: int) -> float | None:
    return round(min(1.0, part / whole), 3) if part is not None and whole else None


def _sum(values: Sequence[int | None]) -> int | None:
    known = [one for one in values if one is not None]
    return sum(known) if len(known) == len(values) else None


def _ranked(ordered: Sequence[int], percent: float) -> int:
    return ordered[max(0, ceil(percent / 100 * len(ordered)) - 1)]


def agreeing(one: Member, other: Member) -> int:
    """Quarters with energy in which both say the same, where they differ in none: they are one charger told twice.

    0: they differ, or nothing flowed in any quarter that both know.
    """
    count = 0
    theirs: Mapping[int, Day] = {day.number: day for day in other.days}
    for day in one.days:
        twin = theirs.get(day.number)
        if twin is None:
            continue
        told = (day.mean_w(), twin.mean_w()), (day.peak_w, twin.peak_w)
        for rows in told:
            both = [pair for pair in zip(*rows, strict=True) if None not in pair]
            if any(mine != its for mine, its in both):
                return 0
        count += sum(bool(mine) and mine == its for mine, its in zip(*told[0], strict=True))
    return count
