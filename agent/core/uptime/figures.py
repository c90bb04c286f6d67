"""Uptime by 23 CFR 680.116(b), technical availability, MTBF and MTTR: what a record says, for anybody who has it.

A port is up "when its hardware and software are both online and available for use, or in use, and the charging port
successfully dispenses electricity". The figure `percent` reads "online" of hardware and software as running: hardware
has no connection of its own. `percent_connected` reads it as connected: what it counts besides are the minutes without
the central system. Which of the two an authority wants it has to say; both are always given.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from agent.core.time import Instant
from agent.core.uptime.axis import Axis
from agent.core.uptime.exclusions import Excluded, excluded
from agent.core.uptime.hours import closed
from agent.core.uptime.intervals import Stretch, Stretches, common, length, united, without
from agent.core.uptime.model import OF_THE_CHARGER, CauseClass, Exclusion, Outage, ServiceRecords
from agent.core.uptime.repairs import Repair, RepairFigures, figures_of_repairs, repair_of
from agent.values import frozen

YEAR_MIN = 525_600
"""The rule's own number, in leap years, too."""
MONTHS = 12
CLOSED_FOR_MS = 430 * 86_400_000
"""So far back hours of operation are looked at: more than any figure takes."""
FAILS_FROM_MS = 60_000
"""What clears sooner is no failure (operations reference, section 4)."""


@frozen(kw_only=True)
class Placed:
    """One outage on the axis; one that lasts ends now. `excluded` are its parts that do not count, and why.

    `starts`: how often the program started within it.
    """

    outage: Outage
    at: Stretch
    excluded: tuple[Excluded, ...]
    starts: int = 0

    @property
    def excluded_ms(self) -> int:
        return length(united(one.at for one in self.excluded))


@frozen(kw_only=True)
class Share:
    """Milliseconds of one port within a stretch: on record, out of service, and excluded of that."""

    recorded_ms: int
    outage_ms: int
    excluded_ms: int
    offline_ms: int
    unconnected_ms: int
    """Out of service or without the central system."""
    unconnected_excluded_ms: int


@frozen(kw_only=True)
class MonthFigure:
    """One port at the end of one UTC month. `year` is the twelve months that end with it, `alone` that month.

    Percent are None where nothing is on record. `percent` is the rule's figure, which counts what is not on record as
    up; where `is_partial`, `percent_of_recorded` tells what the record alone says.
    """

    port: int
    month: str
    year: Share
    alone: Share
    is_partial: bool
    repairs: RepairFigures
    """Of failures that were over in that month."""

    @property
    def percent(self) -> float | None:
        return _by_rule(self.year.outage_ms - self.year.excluded_ms) if self.year.recorded_ms else None

    @property
    def percent_connected(self) -> float | None:
        down_ms = self.year.unconnected_ms - self.year.unconnected_excluded_ms
        return _by_rule(down_ms) if self.year.recorded_ms else None

    @property
    def percent_of_recorded(self) -> float | None:
        return _of(self.year.recorded_ms, self.year.outage_ms - self.year.excluded_ms)

    @property
    def month_percent(self) -> float | None:
        return _of(self.alone.recorded_ms, self.alone.outage_ms - self.alone.excluded_ms)

    @property
    def availability_percent(self) -> float | None:
        """Technical: nothing is excluded."""
        return _of(self.year.recorded_ms, self.year.outage_ms)

    @property
    def online_percent(self) -> float | None:
        return _of(self.year.recorded_ms, self.year.offline_ms)


@frozen(kw_only=True)
class Reliability:
    """Of one port over all that is on record. None where there was no failure, or none that is over.

    A failure lay with the charger, ended or prevented a charge, and lasted a minute.
    """

    port: int
    operating_s: float
    failures: int
    mtbf_s: float | None
    repairs: RepairFigures


@frozen(kw_only=True)
class ServiceFigures:
    """`why`: nothing can be told, since nobody knows the time; "" otherwise. `unplaced` lie nowhere in time."""

    months: tuple[MonthFigure, ...] = ()
    reliability: tuple[Reliability, ...] = ()
    outages: tuple[Placed, ...] = ()
    unplaced: tuple[Outage, ...] = ()
    moved_boots: int = 0
    why: str = ""


def axis_of(records: ServiceRecords) -> Axis:
    """Boots in the order of their runs; the present one is the last, and one whose runs were forgotten lies before."""
    moments = list(_moments(records))
    runs = [*(run.began for run in records.runs), records.now]
    known = {at.boot_id for at in runs}
    forgotten = sorted((at for at in moments if at.boot_id not in known), key=lambda at: at.utc_ms or 0)
    return Axis([*forgotten, *runs], moments)


def figures_of(records: ServiceRecords, months: int = MONTHS) -> ServiceFigures:
    """The newest `months` calendar months with anything on record, oldest first."""
    axis = axis_of(records)
    now_ms = axis.ms(records.now)
    if now_ms is None:
        return ServiceFigures(unplaced=records.outages, why="the clock is unknown, so no outage lies in any month yet")
    lost = tuple(one for one in records.outages if axis.ms(one.began) is None)
    offline = _offline(records, axis, now_ms)
    shut = closed(records.hours, records.zone, (now_ms - CLOSED_FOR_MS, now_ms))
    placed = tuple(_placed(records, axis, now_ms, shut))
    silent = united((*(offline if records.is_networked else ()), *_not_running(records, axis)))
    found: list[MonthFigure] = []
    reliability: list[Reliability] = []
    for service in records.ports:
        begin_ms = axis.ms(service.began)
        if begin_ms is None:
            continue
        mine = tuple(one for one in placed if one.outage.port == service.port)
        failures = tuple(one for one in _failures(mine) if one.at[1] - one.at[0] > FAILS_FROM_MS)
        port = _Port(
            number=service.port,
            recorded=((begin_ms, now_ms),) if begin_ms < now_ms else (),
            placed=mine,
            down=united(one.at for one in mine),
            out=united(part.at for one in mine for part in one.excluded),
            offline=offline if records.is_networked else (),
            shut=shut,
            failures=failures,
            repairs=tuple(_repairs(failures, silent, _Acts(records, axis, service.port))),
        )
        reliability.append(port.reliability())
        found += [port.month(at_ms, now_ms) for at_ms in _months(begin_ms, now_ms)[-months:]]
    return ServiceFigures(
        months=tuple(found),
        reliability=tuple(reliability),
        outages=placed,
        unplaced=lost,
        moved_boots=len(axis.moved),
    )


@frozen(kw_only=True)
class _Failure:
    at: Stretch
    is_over: bool


@frozen(kw_only=True)
class _Port:
    number: int
    recorded: Stretches
    placed: tuple[Placed, ...]
    down: Stretches
    out: Stretches
    """What of `down` is excluded."""
    offline: Stretches
    shut: Stretches
    failures: tuple[_Failure, ...]
    repairs: tuple[Repair, ...]
    """Of those failures that are over."""

    def month(self, begin_ms: int, now_ms: int) -> MonthFigure:
        year_ms, end_ms = _shifted(begin_ms, 1 - MONTHS), _shifted(begin_ms, 1)
        year = self._share((year_ms, min(end_ms, now_ms)))
        return MonthFigure(
            port=self.number,
            month=_named(begin_ms),
            year=year,
            alone=self._share((begin_ms, min(end_ms, now_ms))),
            repairs=figures_of_repairs(one for one in self.repairs if begin_ms <= one.at[1] < end_ms),
            is_partial=year.recorded_ms < end_ms - year_ms,
        )

    def _share(self, within: Stretch) -> Share:
        recorded = common(self.recorded, (within,))
        outage = common(self.down, recorded)
        out = common(self.out, outage)
        offline = common(self.offline, recorded)
        either = united((*outage, *offline))
        # Closed is closed, connected or not; any other exclusion is an outage's alone.
        either_out = united((*out, *common(without(offline, outage), self.shut)))
        return Share(
            recorded_ms=length(recorded),
            outage_ms=length(outage),
            excluded_ms=length(out),
            offline_ms=length(offline),
            unconnected_ms=length(either),
            unconnected_excluded_ms=length(either_out),
        )

    def reliability(self) -> Reliability:
        up_ms = length(without(self.recorded, self.down))
        return Reliability(
            port=self.number,
            operating_s=up_ms / 1000,
            failures=len(self.failures),
            mtbf_s=up_ms / 1000 / len(self.failures) if self.failures else None,
            repairs=figures_of_repairs(self.repairs),
        )


class _Acts:
    """Those that concern a port, UTC milliseconds, ascending; from the begin of the first run on that keeps any."""

    def __init__(self, records: ServiceRecords, axis: Axis, port: int) -> None:
        placed = (axis.ms(one.at) for one in records.acts if one.concerns(port))
        self._at_ms = sorted(ms for ms in placed if ms is not None)
        began = (axis.ms(run.began) for run in records.runs if run.keeps_acts)
        self._from_ms = min((ms for ms in began if ms is not None), default=None)

    def known_at(self, ms: int) -> list[int] | None:
        return self._at_ms if self._from_ms is not None and self._from_ms <= ms else None


def _repairs(failures: Iterable[_Failure], silent: Stretches, acts: _Acts) -> Iterator[Repair]:
    return (repair_of(one.at, silent, acts.known_at(one.at[0])) for one in failures if one.is_over)


def _not_running(records: ServiceRecords, axis: Axis) -> Iterator[Stretch]:
    """Between the last sign of life of a run and the begin of the next."""
    for run, following in pairwise(records.runs):
        since_ms, until_ms = axis.ms(run.alive), axis.ms(following.began)
        if since_ms is not None and until_ms is not None and since_ms < until_ms:
            yield since_ms, until_ms


def _failures(placed: Sequence[Placed]) -> Iterator[_Failure]:
    """Outages of the charger that somebody met; parts that touch and have one cause are one failure."""
    groups: list[list[Placed]] = []
    for one in sorted(placed, key=lambda one: one.at):
        last = groups[-1][-1] if groups else None
        if last is not None and last.at[1] == one.at[0] and last.outage.cause.key == one.outage.cause.key:
            groups[-1].append(one)
        else:
            groups.append([one])
    for group in groups:
        is_ours = group[0].outage.cause.of in OF_THE_CHARGER and group[0].outage.verdict in ("", Exclusion.NONE.value)
        if is_ours and any(one.outage.wanted for one in group):
            yield _Failure(at=(group[0].at[0], group[-1].at[1]), is_over=group[-1].outage.ended is not None)


def _placed(records: ServiceRecords, axis: Axis, now_ms: int, shut: Stretches) -> Iterator[Placed]:
    starts = sorted(ms for run in records.runs if (ms := axis.ms(run.began)) is not None)
    for one in records.outages:
        at = _stretch(one.began, one.ended, axis, now_ms)
        if at is not None:
            inside = bisect_right(starts, at[1]) - bisect_right(starts, at[0])
            yield Placed(outage=one, at=at, excluded=excluded(one, at, records.windows, shut), starts=inside)


def _offline(records: ServiceRecords, axis: Axis, now_ms: int) -> Stretches:
    found = (_stretch(one.began, one.ended, axis, now_ms) for one in records.offline)
    return united(one for one in found if one is not None)


def _stretch(began: Instant, ended: Instant | None, axis: Axis, now_ms: int) -> Stretch | None:
    """None where nobody knows when. Clocks that contradict each other make it empty and never negative."""
    begin_ms, end_ms = axis.ms(began), now_ms if ended is None else axis.ms(ended)
    if begin_ms is None or end_ms is None:
        return None
    return begin_ms, max(begin_ms, end_ms)


def _moments(records: ServiceRecords) -> Iterator[Instant]:
    yield records.now
    for run in records.runs:
        yield from (run.began, run.alive)
    for port in records.ports:
        yield port.began
    stretches = [(one.began, one.ended) for one in records.outages] + [
        (one.began, one.ended) for one in records.offline
    ]
    for began, ended in stretches:
        yield began
        if ended is not None:
            yield ended
    for window in records.windows:
        yield window.opened
    for act in records.acts:
        yield act.at


def _by_rule(down_ms: int) -> float:
    """µ = (525,600 − (T_outage − T_excluded)) ÷ 525,600 × 100, in minutes."""
    return (YEAR_MIN - down_ms / 60_000) / YEAR_MIN * 100


def _of(whole_ms: int, down_ms: int) -> float | None:
    return (whole_ms - down_ms) / whole_ms * 100 if whole_ms else None


# Calendar months, UTC.


def _months(begin_ms: int, now_ms: int) -> list[int]:
    """The first instants of all months from `begin_ms` to `now_ms`."""
    found = [_shifted(begin_ms, 0)]
    while (following := _shifted(found[-1], 1)) <= now_ms:
        found.append(following)
    return found


def _shifted(ms: int, months: int) -> int:
    at = datetime.fromtimestamp(ms / 1000, UTC)
    count = 12 * at.year + at.month - 1 + months
    return round(datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC).timestamp() * 1000)


def _named(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m")


def minutes_by_class(placed: Iterable[Placed]) -> dict[CauseClass, float]:
    """Outage minutes of each class, exclusions not taken off."""
    found: dict[CauseClass, float] = {}
    for one in placed:
        found[one.outage.cause.of] = found.get(one.outage.cause.of, 0.0) + (one.at[1] - one.at[0]) / 60_000
    return found
