"""From all installed profiles to the limit of one moment, and the moment at which it may change next.

ocpp16.md section 9: of each purpose the highest stack level that yields a value counts; a level that yields nothing
lets the next lower one speak; a transaction's own profile comes before the default ones. Recurring schedules are
folded in UTC, so a change to summer time does not move them.
"""

from __future__ import annotations

from collections.abc import Iterable

from agent.core.identity import ConnectorId, TransactionKey
from agent.core.schedule.profile import ChargingProfile, ProfileKind, ProfilePurpose, RateUnit, SchedulePeriod
from agent.core.schedule.window import next_boundary, period_at
from agent.core.time import Instant
from agent.values import frozen

NOMINAL_V = 230.0
"""Line to neutral: what watts are divided by to find amperes (ocpp16.md section 9)."""

Profiles = tuple[ChargingProfile, ...]


@frozen(kw_only=True)
class RunningCharge:
    """The open transaction of a connector; relative schedules begin with it.

    `started_ms` is UTC milliseconds, None where the start has no place on a trusted clock.
    """

    key: TransactionKey
    started_ms: int | None

    @classmethod
    def since(cls, key: TransactionKey, started_at: Instant, now: Instant) -> RunningCharge:
        """A charge that began at `started_at`: as long ago as the monotonic clock says, whatever the other does."""
        started_ms = started_at.utc_ms
        if now.utc_ms is not None and started_at.boot_id == now.boot_id:
            started_ms = now.utc_ms - round(now.since(started_at) * 1000)
        return cls(key=key, started_ms=started_ms)


@frozen(kw_only=True)
class ScheduledLimit:
    """What the profiles say at one moment, in amperes a phase.

    `current_a` None is no limit. Time alone changes nothing before `until_ms` (UTC milliseconds; None: never), and not
    always then. `min_rate_a` is the profile's wish not to be offered less; it raises no limit.
    """

    current_a: float | None
    detail: str
    profile_id: int | None = None
    until_ms: int | None = None
    min_rate_a: float | None = None


def connector_limit(
    profiles: Profiles,
    connector: ConnectorId,
    running: RunningCharge | None,
    at_ms: int | None,
    *,
    supply_phases: int = 3,
) -> ScheduledLimit:
    """What TX and TX_DEFAULT profiles leave to a connector; `at_ms` None is a clock that is not trusted.

    `supply_phases`: phases wired at the site; watts that name no number of phases are spread over them. OCPP reads
    three then (errata 3.69), which would leave a single-phase charger a third of the power it was granted.
    """
    started_ms = running.started_ms if running is not None else None
    concerned = for_connector(profiles, connector, running)
    is_placed = can_be_placed(concerned, running)
    return _limit(concerned, started_ms, at_ms if is_placed else None, supply_phases)


def station_limit(profiles: Profiles, at_ms: int | None, *, supply_phases: int = 3) -> ScheduledLimit:
    """What STATION_MAX profiles leave to all connectors together."""
    return _limit(for_station(profiles), None, at_ms, supply_phases)


def for_connector(
    profiles: Profiles, connector: ConnectorId, running: RunningCharge | None
) -> tuple[ChargingProfile, ...]:
    """The TX and TX_DEFAULT profiles that a connector obeys; of those that say something the first one counts."""
    return _in_order(one for one in profiles if _concerns(one, connector, running))


def for_station(profiles: Profiles) -> tuple[ChargingProfile, ...]:
    """The profiles that limit all connectors together; of those that say something the first one counts."""
    return _in_order(one for one in profiles if one.purpose is ProfilePurpose.STATION_MAX)


def can_be_placed(concerned: Iterable[ChargingProfile], running: RunningCharge | None) -> bool:
    """False where a schedule began with a charge of which nobody knows when it did."""
    if running is None or running.started_ms is not None:
        return True
    return all(one.kind is not ProfileKind.RELATIVE for one in concerned)


def _in_order(profiles: Iterable[ChargingProfile]) -> tuple[ChargingProfile, ...]:
    return tuple(sorted(profiles, key=_precedence, reverse=True))


def _concerns(profile: ChargingProfile, connector: ConnectorId, running: RunningCharge | None) -> bool:
    match profile.purpose:
        case ProfilePurpose.TX:
            bound = running is not None and profile.transaction in (None, running.key)
            return bound and profile.connector == connector
        case ProfilePurpose.TX_DEFAULT:
            return profile.connector in (None, connector)
        case ProfilePurpose.STATION_MAX:
            return False


def _limit(
    concerned: tuple[ChargingProfile, ...], started_ms: int | None, at_ms: int | None, supply_phases: int
) -> ScheduledLimit:
    if not concerned:
        return ScheduledLimit(current_a=None, detail="no charging profile is installed for it")
    if at_ms is None:
        return _lowest(concerned, supply_phases)
    boundaries = (next_boundary(one, started_ms, at_ms) for one in concerned)
    until_ms = min((moment for moment in boundaries if moment is not None), default=None)
    for profile in concerned:
        period = period_at(profile, started_ms, at_ms)
        if period is not None:
            return _said(profile, period, until_ms, supply_phases)
    return ScheduledLimit(current_a=None, detail="no charging profile applies now", until_ms=until_ms)


def _precedence(profile: ChargingProfile) -> tuple[bool, int, bool, int, int]:
    """Higher wins. The last two only order what the rules of installing keep apart."""
    is_own = profile.purpose is ProfilePurpose.TX
    return is_own, profile.stack_level, profile.connector is not None, profile.installed_at_ms, profile.id


def _said(profile: ChargingProfile, period: SchedulePeriod, until_ms: int | None, supply_phases: int) -> ScheduledLimit:
    return ScheduledLimit(
        current_a=amperes(profile.unit, period.limit, period.phases or supply_phases),
        detail=f"{_name(profile)}: {period.limit:g} {profile.unit.value}{_over(profile, period, supply_phases)}",
        profile_id=profile.id,
        until_ms=until_ms,
        min_rate_a=_min_rate_a(profile, period, supply_phases),
    )


def _name(profile: ChargingProfile) -> str:
    return f"{profile.purpose.value} {profile.id}, level {profile.stack_level}"


def _over(profile: ChargingProfile, period: SchedulePeriod, supply_phases: int) -> str:
    phases = period.phases or supply_phases
    return f" over {phases} phases" if profile.unit is RateUnit.W and phases > 1 else ""


def _min_rate_a(profile: ChargingProfile, period: SchedulePeriod, supply_phases: int) -> float | None:
    if profile.min_rate is None:
        return None
    return amperes(profile.unit, profile.min_rate, period.phases or supply_phases)


def amperes(unit: RateUnit, rate: float, phases: int) -> float:
    """A rate as amperes a phase; watts are those of all `phases` at the nominal voltage."""
    return rate if unit is RateUnit.A else rate / (NOMINAL_V * phases)


def _lowest(concerned: Iterable[ChargingProfile], supply_phases: int) -> ScheduledLimit:
    """Where nobody knows which period it is, for want of a clock, the strictest of all is obeyed until it is known."""
    said = [_said(profile, period, None, supply_phases) for profile in concerned for period in profile.periods]
    lowest = min(said, key=lambda one: one.current_a or 0.0)
    detail = f"{lowest.detail}, the lowest of all periods while the clock is not trusted"
    return ScheduledLimit(current_a=lowest.current_a, detail=detail, profile_id=lowest.profile_id)
