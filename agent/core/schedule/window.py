"""When one charging profile speaks: its validity, the run of its schedule at a moment, and the period in force."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator

from agent.core.schedule.profile import ChargingProfile, ProfileKind, ProfilePurpose, Recurrency, SchedulePeriod
from agent.values import frozen

DAY_MS = 86_400_000
RECURS_EVERY_MS = {Recurrency.DAILY: DAY_MS, Recurrency.WEEKLY: 7 * DAY_MS}


@frozen
class Run:
    """One run of a schedule, UTC milliseconds; `end_ms` is the first moment behind it, None without an end."""

    start_ms: int
    end_ms: int | None

    def contains(self, at_ms: int) -> bool:
        return self.start_ms <= at_ms and (self.end_ms is None or at_ms < self.end_ms)


def period_at(profile: ChargingProfile, started_ms: int | None, at_ms: int) -> SchedulePeriod | None:
    """The period in force at `at_ms`, None where the profile says nothing then.

    `started_ms` is when the running transaction began.
    """
    run = run_at(profile, started_ms, at_ms)
    if run is None or not run.contains(at_ms) or not _is_valid(profile, at_ms):
        return None
    place = bisect_right(profile.periods, (at_ms - run.start_ms) // 1000, key=starts_s) - 1
    return profile.periods[place] if place >= 0 else None


def next_boundary(profile: ChargingProfile, started_ms: int | None, at_ms: int) -> int | None:
    """The next moment after `at_ms` at which the profile may say something else; None where there is none."""
    return min((moment for moment in _boundaries(profile, started_ms, at_ms) if moment > at_ms), default=None)


def _boundaries(profile: ChargingProfile, started_ms: int | None, at_ms: int) -> Iterator[int]:
    """Of all that lie after `at_ms` the next is among these."""
    yield from (moment for moment in (profile.valid_from_ms, profile.valid_to_ms) if moment is not None)
    run = run_at(profile, started_ms, at_ms)
    if run is None:
        return
    yield run.start_ms
    if run.end_ms is not None:
        yield run.end_ms
    following = bisect_right(profile.periods, (at_ms - run.start_ms) // 1000, key=starts_s)
    if following < len(profile.periods):
        yield run.start_ms + profile.periods[following].start_s * 1000
    if profile.kind is ProfileKind.RECURRING:
        yield run.start_ms + _recurs_every_ms(profile)


def voices(
    profile: ChargingProfile, started_ms: int | None, from_ms: int, until_ms: int
) -> Iterator[tuple[int, int, int]]:
    """When the profile speaks within a window: (first moment, first moment behind it, start of that run), in order."""
    start_ms = first_start(profile, started_ms)
    if start_ms is None:
        return
    low_ms = from_ms if profile.valid_from_ms is None else max(from_ms, profile.valid_from_ms)
    high_ms = until_ms if profile.valid_to_ms is None else min(until_ms, profile.valid_to_ms)
    lasts_ms = math.inf if profile.duration_s is None else profile.duration_s * 1000
    every_ms = math.inf
    if profile.kind is ProfileKind.RECURRING:
        every_ms = _recurs_every_ms(profile)
        start_ms += max(0, (low_ms - start_ms) // every_ms) * every_ms
    while start_ms < high_ms:
        begin_ms, end_ms = max(start_ms, low_ms), min(start_ms + min(lasts_ms, every_ms), high_ms)
        if begin_ms < end_ms:
            yield begin_ms, int(end_ms), start_ms
        if every_ms == math.inf:
            return
        start_ms += int(every_ms)


def run_at(profile: ChargingProfile, started_ms: int | None, at_ms: int) -> Run | None:
    """The run that has begun last at `at_ms`, or else the first one; None where nothing has set its start."""
    start_ms = first_start(profile, started_ms)
    if start_ms is None:
        return None
    end_ms = None if profile.duration_s is None else start_ms + profile.duration_s * 1000
    if profile.kind is not ProfileKind.RECURRING:
        return Run(start_ms, end_ms)
    every_ms = _recurs_every_ms(profile)
    # Whatever is longer than the recurrence is cut off, because the next run is the last begun then.
    later_ms = max(0, (at_ms - start_ms) // every_ms) * every_ms
    return Run(start_ms + later_ms, None if end_ms is None else end_ms + later_ms)


def first_start(profile: ChargingProfile, started_ms: int | None) -> int | None:
    """When the schedule begins for the first time; one that names no start begins with its installation."""
    if profile.kind is ProfileKind.RELATIVE:
        return profile.installed_at_ms if profile.purpose is ProfilePurpose.STATION_MAX else started_ms
    return profile.installed_at_ms if profile.start_ms is None else profile.start_ms


def _recurs_every_ms(profile: ChargingProfile) -> int:
    return RECURS_EVERY_MS[profile.recurrency or Recurrency.DAILY]


def _is_valid(profile: ChargingProfile, at_ms: int) -> bool:
    begun = profile.valid_from_ms is None or profile.valid_from_ms <= at_ms
    return begun and (profile.valid_to_ms is None or at_ms < profile.valid_to_ms)


def starts_s(period: SchedulePeriod) -> int:
    """Periods are ordered by it."""
    return period.start_s
