"""Charging profiles as 1.6 sends them → core/schedule, and its composite schedules → 1.6 (ocpp16.md section 9)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from agent.core.identity import ConnectorId
from agent.core.schedule import installing
from agent.core.schedule.compose import NOMINAL_V
from agent.core.schedule.composite import ComposedPeriod, CompositeSchedule
from agent.core.schedule.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    Recurrency,
    SchedulePeriod,
)
from agent.core.time import Instant
from agent.ocpp_client.adapter import Payload
from agent.ocpp_client.station.settings import NetworkSettings
from agent.ocpp_client.v16.checks import bad_value
from agent.ocpp_client.v16.moments import read_time, time_text

MOST = 2**31 - 1
"""1.6 integers have 32 bits."""


def read_profile(given: Payload, connector: ConnectorId | None, now: Instant) -> ChargingProfile:
    """The profile, bound to no transaction yet. Raises PeerViolation for a time that is none or a number too large.

    A Relative schedule has no start of its own: one that is given all the same is ignored. An Absolute or Recurring one
    without a start begins when it is installed.
    """
    schedule = given["chargingSchedule"]
    kind = ProfileKind(given["chargingProfileKind"])
    recurrency = given.get("recurrencyKind")
    start_ms = _time(schedule, "startSchedule")
    duration_s = schedule.get("duration")
    return ChargingProfile(
        id=_whole(given["chargingProfileId"], "chargingProfileId"),
        connector=connector,
        purpose=ProfilePurpose(given["chargingProfilePurpose"]),
        kind=kind,
        stack_level=_whole(given["stackLevel"], "stackLevel"),
        unit=RateUnit(schedule["chargingRateUnit"]),
        periods=tuple(_period(period) for period in schedule["chargingSchedulePeriod"]),
        start_ms=None if kind is ProfileKind.RELATIVE else start_ms,
        duration_s=None if duration_s is None else _whole(duration_s, "duration"),
        recurrency=None if recurrency is None else Recurrency(recurrency),
        valid_from_ms=_time(given, "validFrom"),
        valid_to_ms=_time(given, "validTo"),
        min_rate=schedule.get("minChargingRate"),
        installed_at_ms=now.utc_ms or 0,
    )


def objection(profile: ChargingProfile, settings: NetworkSettings) -> str | None:
    """Why a profile is refused whoever it is for, in words: bounds the site may have narrowed, then those of the core.

    What depends on the running transaction is left to who installs it, so a TX profile is looked at as a default one.
    """
    if profile.stack_level > settings.profile_stack_level:
        return f"stack level {profile.stack_level} is above {settings.profile_stack_level}"
    if len(profile.periods) > settings.periods_per_schedule:
        return f"{len(profile.periods)} periods are more than {settings.periods_per_schedule}"
    if profile.unit not in settings.rate_units:
        return f"rates in {profile.unit.value} are not taken"
    if profile.duration_s is not None and profile.duration_s < 0:
        return "the duration is negative"
    return installing.objection((), replace(profile, purpose=ProfilePurpose.TX_DEFAULT), None)


def written_schedule(schedule: CompositeSchedule, unit: RateUnit) -> Payload:
    """The fields of an answer that tell a schedule; without a trusted clock it names no start."""
    start = {} if schedule.start_ms is None else {"scheduleStart": time_text(schedule.start_ms)}
    told = {
        "duration": schedule.duration_s,
        "chargingRateUnit": unit.value,
        "chargingSchedulePeriod": list(_written(schedule.periods, unit)),
    }
    if schedule.start_ms is not None:
        told["startSchedule"] = start["scheduleStart"]
    return {**start, "chargingSchedule": told}


def _written(periods: tuple[ComposedPeriod, ...], unit: RateUnit) -> Iterator[Payload]:
    """Equal ones in a row are told once, whichever profiles they are from."""
    before = None
    for period in periods:
        limit = _rate(period, unit)
        if (limit, period.phases) != before:
            before = limit, period.phases
            yield {"startPeriod": period.start_s, "limit": limit, "numberPhases": period.phases}


def _rate(period: ComposedPeriod, unit: RateUnit) -> float:
    """In tenths, which is what the schema knows, rounded down; what binary fractions cost is not."""
    rate = period.current_a if unit is RateUnit.A else period.current_a * NOMINAL_V * period.phases
    return math.floor(rate * 10 + 1e-6) / 10


def _period(given: Payload) -> SchedulePeriod:
    phases = given.get("numberPhases")
    return SchedulePeriod(
        start_s=_whole(given["startPeriod"], "startPeriod"), limit=float(given["limit"]), phases=phases
    )


def _time(given: Payload, field: str) -> int | None:
    if field not in given:
        return None
    utc_ms = read_time(given[field])
    if utc_ms is None:
        raise bad_value(f"{field} is no time")
    return utc_ms


def _whole(value: int, field: str) -> int:
    if abs(value) > MOST:
        raise bad_value(f"{field} has more than 32 bits")
    return value
