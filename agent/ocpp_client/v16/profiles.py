"""Charging profiles as 1.6 sends them → core/schedule (ocpp16.md section 9)."""

from __future__ import annotations

from dataclasses import replace

from agent.core.identity import ConnectorId
from agent.core.schedule import installing
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
from agent.ocpp_client.v16.moments import read_time

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
