"""Charging profiles for tests: short to write, and drawn at random on a grid of whole hours."""

from __future__ import annotations

from hypothesis import strategies as st

from agent.core.identity import ConnectorId, TransactionKey
from agent.core.schedule.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    Recurrency,
    SchedulePeriod,
)

HOUR_MS = 3_600_000
DAY_H = 24
MONDAY_MS = 1_799_625_600_000
"""2027-01-11, 00:00 UTC."""
ONE, TWO = ConnectorId(1), ConnectorId(2)
CHARGE = TransactionKey("tx-1")


def moment(hour: float) -> int:
    """So many hours after the beginning of the week the tests play in, UTC milliseconds."""
    return MONDAY_MS + round(hour * HOUR_MS)


def periods(*steps: tuple[float, float]) -> tuple[SchedulePeriod, ...]:
    """Periods from pairs of (hours after the start, limit)."""
    return tuple(SchedulePeriod(start_s=round(hour * 3600), limit=limit) for hour, limit in steps)


def profile(
    id: int = 1,
    *steps: tuple[float, float],
    purpose: ProfilePurpose = ProfilePurpose.TX_DEFAULT,
    kind: ProfileKind = ProfileKind.ABSOLUTE,
    level: int = 0,
    connector: ConnectorId | None = ONE,
    unit: RateUnit = RateUnit.A,
    start: float | None = 0,
    hours: float | None = None,
    every: Recurrency | None = None,
    valid_from: float | None = None,
    valid_to: float | None = None,
    transaction: TransactionKey | None = None,
) -> ChargingProfile:
    """A profile with its times in hours of the tests' week."""
    is_relative = kind is ProfileKind.RELATIVE
    return ChargingProfile(
        id=id,
        connector=connector,
        purpose=purpose,
        kind=kind,
        stack_level=level,
        unit=unit,
        periods=periods(*(steps or ((0, 16.0),))),
        start_ms=None if is_relative or start is None else moment(start),
        duration_s=None if hours is None else round(hours * 3600),
        recurrency=every,
        valid_from_ms=None if valid_from is None else moment(valid_from),
        valid_to_ms=None if valid_to is None else moment(valid_to),
        transaction=transaction,
        installed_at_ms=moment(1),
    )


hours = st.integers(-30, 60)
"""Few enough that two times of a test meet."""
steps = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 32)), max_size=3, unique_by=lambda step: step[0]).flatmap(
    lambda later: st.integers(0, 32).map(lambda first: tuple(sorted(((0, first), *later))))
)


@st.composite
def any_profile(draw: st.DrawFn, id: int) -> ChargingProfile:
    """Any profile the rules of installing let in, its times on whole hours."""
    purpose = draw(st.sampled_from([ProfilePurpose.TX_DEFAULT, *ProfilePurpose]))
    kind = draw(st.sampled_from(ProfileKind))
    places = {
        ProfilePurpose.STATION_MAX: st.none(),
        ProfilePurpose.TX_DEFAULT: st.sampled_from([None, ONE, TWO]),
        ProfilePurpose.TX: st.sampled_from([ONE, TWO]),
    }
    return profile(
        id,
        *draw(steps),
        purpose=purpose,
        kind=kind,
        level=draw(st.integers(0, 2)),
        connector=draw(places[purpose]),
        start=draw(st.none() | hours),
        hours=draw(st.none() | st.integers(1, 60)),
        every=draw(st.sampled_from(Recurrency)) if kind is ProfileKind.RECURRING else None,
        valid_from=draw(st.none() | hours),
        valid_to=draw(st.none() | hours),
        transaction=CHARGE if purpose is ProfilePurpose.TX else None,
    )
