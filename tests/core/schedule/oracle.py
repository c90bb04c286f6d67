"""The rules of ocpp16.md section 9 in the plainest words there are, for one second at a time.

Slow on purpose. Nothing of the composer is used here: a run is found by counting forward, the strongest profile by
going through the levels one by one.
"""

from __future__ import annotations

from agent.core.identity import ConnectorId
from agent.core.schedule.composite import Circumstances
from agent.core.schedule.profile import ChargingProfile, ProfileKind, ProfilePurpose, RateUnit, Recurrency

VOLTS = 230
DAY_MS = 24 * 60 * 60 * 1000
LEVELS = range(20, -1, -1)
NO_LIMIT = float("inf")


def run_start(profile: ChargingProfile, started_ms: int | None, at_ms: int) -> int | None:
    """When the run that holds at that moment began; None where nothing has begun it."""
    start_ms = profile.start_ms
    if profile.kind is ProfileKind.RELATIVE:
        start_ms = None
        if profile.purpose is not ProfilePurpose.STATION_MAX:
            return started_ms
    if start_ms is None:
        start_ms = profile.installed_at_ms
    if profile.kind is ProfileKind.RECURRING:
        every_ms = DAY_MS if profile.recurrency is Recurrency.DAILY else 7 * DAY_MS
        while start_ms + every_ms <= at_ms:
            start_ms += every_ms
    return start_ms


def rate_at(profile: ChargingProfile, started_ms: int | None, at_ms: int, wired_phases: int) -> float | None:
    """Amperes a phase that one profile allows at that moment; None where it has nothing to say."""
    if profile.valid_from_ms is not None and at_ms < profile.valid_from_ms:
        return None
    if profile.valid_to_ms is not None and at_ms >= profile.valid_to_ms:
        return None
    start_ms = run_start(profile, started_ms, at_ms)
    if start_ms is None or at_ms < start_ms:
        return None
    if profile.duration_s is not None and at_ms >= start_ms + profile.duration_s * 1000:
        return None
    for period in reversed(profile.periods):
        if at_ms >= start_ms + period.start_s * 1000:
            if profile.unit is RateUnit.A:
                return period.limit
            return period.limit / VOLTS / (period.phases if period.phases is not None else wired_phases)
    return None


def first_word(
    candidates: list[ChargingProfile], started_ms: int | None, at_ms: int, wired_phases: int
) -> tuple[float, int | None]:
    """From the highest level down, at each level the connector's own before the station's."""
    for level in LEVELS:
        for is_connectors_own in (True, False):
            for profile in candidates:
                if profile.stack_level == level and (profile.connector is not None) == is_connectors_own:
                    rate_a = rate_at(profile, started_ms, at_ms, wired_phases)
                    if rate_a is not None:
                        return rate_a, profile.id
    return NO_LIMIT, None


def connector_at(circumstances: Circumstances, connector: ConnectorId, at_ms: int) -> tuple[float, int | None]:
    """What a connector may draw of what is its own, and which profile says so; None: the hardware does."""
    standing, phases = circumstances.connectors[connector], circumstances.supply_phases
    own, default = [], []
    for profile in circumstances.profiles:
        is_own = profile.purpose is ProfilePurpose.TX and profile.connector == connector
        if is_own and standing.running is not None and profile.transaction == standing.running.key:
            own.append(profile)
        if profile.purpose is ProfilePurpose.TX_DEFAULT and profile.connector in (None, connector):
            default.append(profile)
    started_ms = None if standing.running is None else standing.running.started_ms
    word = first_word(own, started_ms, at_ms, phases)
    if word[1] is None:
        word = first_word(default, started_ms, at_ms, phases)
    return (standing.current_a, None) if standing.current_a <= word[0] else word


def current_at(circumstances: Circumstances, connector: ConnectorId | None, at_ms: int) -> tuple[float, int | None]:
    """What may be drawn at that moment, by a connector or (None) by all together, and which profile says so."""
    if connector is not None:
        own = connector_at(circumstances, connector, at_ms)
    elif len(circumstances.connectors) == 1:
        own = connector_at(circumstances, next(iter(circumstances.connectors)), at_ms)
    else:
        own = sum(connector_at(circumstances, one, at_ms)[0] for one in circumstances.connectors), None
    whole = [one for one in circumstances.profiles if one.purpose is ProfilePurpose.STATION_MAX]
    station = first_word(whole, None, at_ms, circumstances.supply_phases)
    least: tuple[float, int | None] = (circumstances.supply_a, None)
    for word in (own, station):
        if word[0] < least[0]:
            least = word
    return least
