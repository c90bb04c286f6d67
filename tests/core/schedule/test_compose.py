"""The limit of a moment: what each purpose, level and kind says, and what it is checked against."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.identity import ConnectorId, TransactionKey
from agent.core.schedule.compose import (
    Profiles,
    RunningCharge,
    ScheduledLimit,
    connector_limit,
    station_limit,
)
from agent.core.schedule.installing import installed
from agent.core.schedule.profile import ChargingProfile, ProfileKind, ProfilePurpose, RateUnit, Recurrency
from agent.core.time import Instant
from tests.core.schedule.profiles import CHARGE, DAY_H, HOUR_MS, ONE, TWO, any_profile, moment, profile
from tests.searching import costly

RUNNING = RunningCharge(key=CHARGE, started_ms=moment(3))
DAILY, WEEKLY = Recurrency.DAILY, Recurrency.WEEKLY


def limit(profiles: Profiles, hour: float, running: RunningCharge | None = RUNNING) -> float | None:
    return connector_limit(profiles, ONE, running, moment(hour)).current_a


def test_without_profiles_there_is_no_limit_for_ever() -> None:
    assert connector_limit((), ONE, RUNNING, moment(0)) == ScheduledLimit(
        current_a=None, detail="no charging profile is installed for it"
    )


def test_periods_of_an_absolute_schedule_follow_each_other_until_its_end() -> None:
    profiles = (profile(1, (0, 16), (2, 8), start=10, hours=5),)

    assert [limit(profiles, hour) for hour in (9.9, 10, 11.9, 12, 14.9, 15)] == [None, 16, 16, 8, 8, None]


def test_the_next_change_is_named() -> None:
    profiles = (profile(1, (0, 16), (2, 8), start=10, hours=5, valid_to=14),)

    untils = [connector_limit(profiles, ONE, RUNNING, moment(hour)).until_ms for hour in (0, 10, 12, 14, 15)]

    assert untils == [moment(10), moment(12), moment(14), moment(15), None]


def test_a_transactions_own_profile_comes_before_the_default_and_falls_back_to_it() -> None:
    own = profile(1, (0, 10), purpose=ProfilePurpose.TX, transaction=CHARGE, start=5, hours=2)
    default = profile(2, (0, 20), level=9)

    assert [limit((own, default), hour) for hour in (4, 5, 7)] == [20, 10, 20]


def test_a_profile_of_another_transaction_is_no_concern() -> None:
    other = profile(1, (0, 10), purpose=ProfilePurpose.TX, transaction=TransactionKey("tx-9"))

    assert limit((other,), 5) is None
    assert limit((profile(1, (0, 10), purpose=ProfilePurpose.TX),), 5) == 10
    assert limit((profile(1, (0, 10), purpose=ProfilePurpose.TX),), 5, running=None) is None


def test_a_higher_level_with_a_hole_lets_the_lower_one_speak() -> None:
    night = profile(1, (0, 6), level=5, kind=ProfileKind.RECURRING, every=DAILY, start=22, hours=4)
    always = profile(2, (0, 16), level=1)

    assert [limit((night, always), hour) for hour in (21, 22, 25, 26, 46)] == [16, 6, 6, 16, 6]


def test_at_equal_level_the_connectors_own_default_beats_the_stations() -> None:
    own = profile(1, (0, 10), connector=ONE)
    everybody = profile(2, (0, 20), connector=None)

    assert limit((own, everybody), 5) == 10
    assert connector_limit((own, everybody), TWO, None, moment(5)).current_a == 20


def test_a_day_that_is_longer_than_a_day_is_cut_off_by_the_next() -> None:
    profiles = (profile(1, (0, 10), (20, 6), (30, 32), kind=ProfileKind.RECURRING, every=DAILY, start=0),)

    assert [limit(profiles, hour) for hour in (0, 23, 24, 30, 44)] == [10, 6, 10, 10, 6]


def test_a_week_recurs_weekly() -> None:
    profiles = (profile(1, (0, 10), kind=ProfileKind.RECURRING, every=WEEKLY, start=5, hours=1),)

    assert [limit(profiles, hour) for hour in (5, 6, 29, 5 + 7 * 24)] == [10, None, None, 10]


def test_a_relative_schedule_begins_with_the_transaction() -> None:
    profiles = (profile(1, (0, 10), (1, 20), kind=ProfileKind.RELATIVE),)

    assert [limit(profiles, hour) for hour in (3, 3.9, 4)] == [10, 10, 20]
    assert limit(profiles, 5, running=None) is None


def test_a_schedule_that_names_no_start_begins_with_its_installation() -> None:
    assert [limit((profile(1, (0, 10), start=None),), hour) for hour in (0.9, 1)] == [None, 10]


def test_station_profiles_limit_the_station_and_no_connector() -> None:
    profiles = (profile(1, (0, 25), purpose=ProfilePurpose.STATION_MAX, connector=None),)

    assert limit(profiles, 5) is None
    assert station_limit(profiles, moment(5)).current_a == 25


@pytest.mark.parametrize(
    ("phases", "wired", "current_a"), [(None, 3, 16.0), (None, 1, 48.0), (3, 1, 16.0), (1, 3, 48.0), (2, 3, 24.0)]
)
def test_watts_become_amperes_by_phases_and_230_v(phases: int | None, wired: int, current_a: float) -> None:
    base = profile(1, (0, 11_040), unit=RateUnit.W)
    [period] = base.periods
    one = replace(base, periods=(replace(period, phases=phases),))

    said = connector_limit((one,), ONE, RUNNING, moment(5), supply_phases=wired)

    assert said.current_a == pytest.approx(current_a)
    assert said.detail.startswith("TxDefaultProfile 1, level 0: 11040 W")


def test_a_minimum_rate_is_passed_on_and_raises_nothing() -> None:
    said = connector_limit((replace(profile(1, (0, 4)), min_rate=8.0),), ONE, RUNNING, moment(5))

    assert (said.current_a, said.min_rate_a) == (4, 8)


def test_without_a_trusted_clock_the_strictest_period_of_all_is_obeyed() -> None:
    said = connector_limit((profile(1, (0, 16), (2, 8)), profile(2, (0, 10), level=3)), ONE, RUNNING, None)

    assert (said.current_a, said.profile_id, said.until_ms) == (8, 1, None)
    assert "while the clock is not trusted" in said.detail


def test_a_start_from_before_the_clock_was_trusted_is_placed_by_the_other_clock() -> None:
    now = Instant(500.0, moment(4), "kernel-1")

    placed = RunningCharge.since(CHARGE, Instant(140.0, None, "kernel-1"), now)
    lost = RunningCharge.since(CHARGE, Instant(140.0, None, "kernel-0"), now)

    assert placed.started_ms == moment(4) - 360_000
    assert lost.started_ms is None
    relative = (profile(1, (0, 10), (1, 6), (2, 20), kind=ProfileKind.RELATIVE),)
    assert connector_limit(relative, ONE, lost, moment(4)).current_a == 6


# --- against a slow model that looks at every hour ------------------------------------------------------------------

WEEKS_H = range(-40, 400)
"""The hours the model knows: a run may have begun long before the moment that is asked about."""


starts = st.none() | st.integers(-20, 60)


@st.composite
def telling_hours(draw: st.DrawFn, profiles: Profiles) -> int:
    """An hour at which something may begin or end, or its neighbour, or any."""
    times = [one.start_ms for one in profiles] + [one.valid_from_ms for one in profiles]
    times += [one.valid_to_ms for one in profiles]
    at = [(time - moment(0)) // HOUR_MS for time in times if time is not None]
    lasts = [one.duration_s // 3600 for one in profiles if one.duration_s is not None]
    steps = [period.start_s // 3600 for one in profiles for period in one.periods]
    hour = draw(st.sampled_from(at or [0])) + draw(st.sampled_from([0, *lasts, *steps]))
    return draw(st.sampled_from([hour, hour, hour - 1, hour + DAY_H, hour + 7 * DAY_H]) | st.integers(-30, 200))


@st.composite
def any_profiles(draw: st.DrawFn) -> Profiles:
    profiles: Profiles = ()
    for id in range(draw(st.integers(1, 6))):
        profiles = installed(profiles, draw(any_profile(id)))
    return profiles


def model_rate(one: ChargingProfile, started: int | None, hour: int) -> float | None:
    """What one profile says in the hour that begins at `hour`, found by laying out all its runs one after another."""
    at_ms = moment(hour)
    if one.valid_from_ms is not None and at_ms < one.valid_from_ms:
        return None
    if one.valid_to_ms is not None and at_ms >= one.valid_to_ms:
        return None
    start = one.start_ms if one.start_ms is not None else one.installed_at_ms
    if one.kind is ProfileKind.RELATIVE and one.purpose is not ProfilePurpose.STATION_MAX:
        if started is None:
            return None
        start = moment(started)
    lasts_h = one.duration_s // 3600 if one.duration_s is not None else len(WEEKS_H)
    laid_out: dict[int, float] = {}
    runs = [start]
    if one.recurrency is not None:
        every_ms = (DAY_H if one.recurrency is DAILY else 7 * DAY_H) * HOUR_MS
        runs = [start + number * every_ms for number in range(40)]
    for run in runs:
        for later in [at for at in laid_out if at >= run]:
            del laid_out[later]
        for offset in range(lasts_h):
            begun = [period.limit for period in one.periods if period.start_s <= offset * 3600]
            laid_out[run + offset * HOUR_MS] = begun[-1]
        if run > at_ms:
            break
    return laid_out.get(at_ms)


def model_limit(profiles: Profiles, connector: ConnectorId, started: int | None, hour: int) -> float | None:
    """The rules of ocpp16.md section 9, read one after another."""
    own = [
        one
        for one in profiles
        if one.purpose is ProfilePurpose.TX and one.connector == connector and started is not None
    ]
    default = [
        one for one in profiles if one.purpose is ProfilePurpose.TX_DEFAULT and one.connector in (None, connector)
    ]
    for candidates in (own, default):
        for level in (2, 1, 0):
            for specific in (True, False):
                for one in candidates:
                    rate = model_rate(one, started, hour)
                    if one.stack_level == level and (one.connector is not None) == specific and rate is not None:
                        return rate
    return None


@given(any_profiles(), st.sampled_from([ONE, TWO]), starts, st.data())
@costly(120, search=2_500)
def test_the_limit_is_that_of_a_model_which_lays_out_every_run(
    profiles: Profiles, connector: ConnectorId, started: int | None, data: st.DataObject
) -> None:
    hour = data.draw(telling_hours(profiles))
    running = None if started is None else RunningCharge(key=CHARGE, started_ms=moment(started))

    said = connector_limit(profiles, connector, running, moment(hour))

    assert said.current_a == model_limit(profiles, connector, started, hour)


@given(any_profiles(), starts, st.data())
def test_nothing_changes_before_the_moment_that_was_named(
    profiles: Profiles, started: int | None, data: st.DataObject
) -> None:
    hour = data.draw(telling_hours(profiles))
    running = None if started is None else RunningCharge(key=CHARGE, started_ms=moment(started))

    said = connector_limit(profiles, ONE, running, moment(hour))

    assert said.until_ms is None or said.until_ms > moment(hour)
    last_ms = moment(hour + 200) if said.until_ms is None else said.until_ms
    for at_ms in range(moment(hour), last_ms, HOUR_MS):
        later = connector_limit(profiles, ONE, running, at_ms)
        assert (later.current_a, later.profile_id) == (said.current_a, said.profile_id)


@given(any_profiles(), starts, st.integers(-30, 200))
def test_the_strictest_period_of_all_is_never_above_any_hours_limit(
    profiles: Profiles, started: int | None, hour: int
) -> None:
    running = None if started is None else RunningCharge(key=CHARGE, started_ms=moment(started))
    blind = connector_limit(profiles, ONE, running, None).current_a

    seen = connector_limit(profiles, ONE, running, moment(hour)).current_a

    assert seen is None or (blind is not None and blind <= seen)
