"""When one charging profile speaks: its validity, the run of its schedule at a moment, and the period in force."""

from __future__ import annotations

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
    begun = [period for period in profile.periods if run.start_ms + period.start_s * 1000 <= at_ms]
    return begun[-1] if begun else None


def boundaries(profile: ChargingProfile, started_ms: int | None, at_ms: int) -> Iterator[int]:
    """Moments after `at_ms` at which the profile may say something else; the next of them is always among these."""
    for moment in _boundaries(profile, started_ms, at_ms):
        if moment is not None and moment > at_ms:
            yield moment


def _boundaries(profile: ChargingProfile, started_ms: int | None, at_ms: int) -> Iterator[int | None]:
    yield profile.valid_from_ms
    yield profile.valid_to_ms
    run = run_at(profile, started_ms, at_ms)
    if run is None:
        return
    yield run.start_ms
    yield run.end_ms
    yield from (run.start_ms + period.start_s * 1000 for period in profile.periods)
    if profile.kind is ProfileKind.RECURRING:
        yield run.start_ms + _recurs_every_ms(profile)


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
