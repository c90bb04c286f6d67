"""Days of quarters: what is kept, and the figures a planner of the grid asks for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from agent.core.load_profile.quarters import NOTHING, QUARTERS, Quarter, Running, higher, mean_w
from agent.values import frozen

DAY_MS = 86_400_000
EPOCH = date(1970, 1, 1)
KEPT_DAYS = 400
"""A year, and the month that a report of it takes."""
Row = tuple[int | None, ...]
"""One value for each quarter of a day; None: not known."""
EMPTY: Row = (None,) * QUARTERS


@frozen(kw_only=True)
class PortDay:
    """`running` is where it goes on after a restart; of a day that is over it says nothing."""

    energy_wh: Row = EMPTY
    peak_w: Row = EMPTY
    running: Running = NOTHING

    def at(self, running: Running) -> PortDay:
        return replace(self, running=running)


@frozen(kw_only=True)
class Day:
    """`number` counts from 1970, UTC. `peak_w`: of all connectors together, at one moment."""

    number: int
    ports: Mapping[int, PortDay]
    peak_w: Row = EMPTY

    def mean_w(self) -> Row:
        """Of the station: known where all its connectors are."""
        rows = [one.energy_wh for one in self.ports.values()]
        return tuple(_sum_of_means(quarter) for quarter in zip(*rows, strict=True)) if rows else EMPTY


def day_number(text: str) -> int:
    """Days since 1970 of "2026-12-01". Raises ValueError."""
    return (date.fromisoformat(text) - EPOCH).days


def day_text(number: int) -> str:
    """ "2026-12-01" of days since 1970."""
    return date.fromordinal(EPOCH.toordinal() + number).isoformat()


def _sum_of_means(energies_wh: Sequence[int | None]) -> int | None:
    known = [one for one in energies_wh if one is not None]
    return mean_w(sum(known)) if len(known) == len(energies_wh) else None


def means_of(row: Row) -> Row:
    """Mean power of each quarter, W."""
    return tuple(None if one is None else mean_w(one) for one in row)


def with_quarter(day: Day, port: int, quarter: Quarter) -> Day:
    """A quarter that is already known keeps its first word: a clock that was set back tells it twice."""
    place, before = quarter.number % QUARTERS, day.ports.get(port, PortDay())
    if before.energy_wh[place] is not None:
        return day
    after = replace(
        before,
        energy_wh=_put(before.energy_wh, place, quarter.energy_wh),
        peak_w=_put(before.peak_w, place, higher(before.peak_w[place], quarter.peak_w)),
    )
    return _with_true_peak(replace(day, ports={**day.ports, port: after}), place)


def merged(before: Day, after: Day) -> Day:
    """What both know of one day; where they differ the later word counts."""
    ports = dict(before.ports)
    for port, one in after.ports.items():
        known = ports.get(port, PortDay())
        energy_wh, peak_w = _laid_over(known.energy_wh, one.energy_wh), _laid_over(known.peak_w, one.peak_w)
        ports[port] = PortDay(energy_wh=energy_wh, peak_w=peak_w, running=one.running)
    return Day(number=after.number, ports=ports, peak_w=_laid_over(before.peak_w, after.peak_w))


def with_station_peak(day: Day, quarter: int, peak_w: int) -> Day:
    """`quarter` counts from 1970."""
    place = quarter % QUARTERS
    return _with_true_peak(replace(day, peak_w=_put(day.peak_w, place, higher(day.peak_w[place], peak_w))), place)


def _with_true_peak(day: Day, place: int) -> Day:
    """Where moments were lost the peak is no lower than what is known of its parts; where nobody saw one, none is."""
    seen_w = day.peak_w[place]
    if seen_w is None:
        return day
    energies_wh = [one.energy_wh[place] for one in day.ports.values()]
    parts_w = [_sum_of_means(energies_wh), *(one.peak_w[place] for one in day.ports.values())]
    least_w = max((one for one in parts_w if one is not None), default=0)
    return day if least_w <= seen_w else replace(day, peak_w=_put(day.peak_w, place, least_w))


@frozen(kw_only=True)
class Figures:
    """Over some days. None: not known.

    `coincidence`: the peak of all connectors together over the sum of each one's own peak, 1.0 where all peak at once.
    `known`: the share of all quarters that are known.
    """

    energy_wh: int | None
    peak_w: int | None
    peak_mean_w: int | None
    """The highest mean of a quarter: what a meter of the grid bills."""
    sum_of_peaks_w: int | None
    coincidence: float | None
    known: float


def figures_of(days: Iterable[Day]) -> Figures:
    """Of the station."""
    seen = tuple(days)
    peaks: dict[int, int] = {}
    for day in seen:
        for port, one in day.ports.items():
            highest = max((peak for peak in one.peak_w if peak is not None), default=None)
            if highest is not None:
                peaks[port] = max(peaks.get(port, 0), highest)
    means = [mean for day in seen for mean in day.mean_w()]
    energies = [wh for day in seen for one in day.ports.values() for wh in one.energy_wh if wh is not None]
    together = max((peak for day in seen for peak in day.peak_w if peak is not None), default=None)
    total = sum(peaks.values()) if peaks else None
    return Figures(
        energy_wh=sum(energies) if energies else None,
        peak_w=together,
        peak_mean_w=max((mean for mean in means if mean is not None), default=None),
        sum_of_peaks_w=total,
        coincidence=round(min(1.0, together / total), 3) if total and together is not None else None,
        known=round(sum(mean is not None for mean in means) / len(means), 4) if means else 0.0,
    )


def _laid_over(before: Row, after: Row) -> Row:
    return tuple(one if one is not None else known for known, one in zip(before, after, strict=True))


def _put(row: Row, place: int, value: int | None) -> Row:
    return (*row[:place], value, *row[place + 1 :])
