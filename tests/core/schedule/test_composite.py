"""The composite schedule against an oracle that looks at every single second of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.identity import ConnectorId
from agent.core.schedule.compose import Profiles, RunningCharge, connector_limit, station_limit
from agent.core.schedule.composite import (
    MOST_PERIODS,
    NO_TIME,
    Circumstances,
    ComposedPeriod,
    CompositeSchedule,
    Standing,
    cut,
    line_of,
)
from agent.core.schedule.installing import installed
from agent.core.schedule.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    Recurrency,
    SchedulePeriod,
)
from agent.core.schedule.timeline import PIECES_A_TURN, Line, at_once
from tests.core.schedule.oracle import DAY_MS, current_at
from tests.core.schedule.profiles import CHARGE, MONDAY_MS, ONE, TWO, moment, profile
from tests.searching import costly

RATED_A, SUPPLY_A = 32.0, 40.0
WINDOW_S = 300
"""Short enough to look at every second of it; days and weeks come in by where schedules begin."""


def circumstances(profiles: Profiles, started_ms: int | None = None, **changes: object) -> Circumstances:
    """One connector with a charge where `started_ms` says when it began."""
    running = None if started_ms is None else RunningCharge(key=CHARGE, started_ms=started_ms)
    whole = Circumstances(
        profiles=profiles, connectors={ONE: Standing(current_a=RATED_A, running=running)}, supply_a=SUPPLY_A
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def shown(
    given: Circumstances, from_ms: int, duration_s: int, connector: ConnectorId | None = ONE
) -> CompositeSchedule:
    line = at_once(line_of(given, connector, (from_ms, from_ms + duration_s * 1000)))
    return at_once(cut(line, from_ms, duration_s))


def steps(schedule: CompositeSchedule) -> list[tuple[float, float]]:
    """Hours after the beginning, and amperes."""
    return [(period.start_s / 3600, period.current_a) for period in schedule.periods]


# --- golden ---------------------------------------------------------------------------------------------------------


def test_without_profiles_it_is_what_the_hardware_can() -> None:
    assert shown(circumstances(()), moment(0), 3600).periods == (
        ComposedPeriod(start_s=0, current_a=RATED_A, phases=3, profile_id=None),
    )


def test_every_change_inside_the_window_is_shown_once_with_who_makes_it() -> None:
    profiles = (
        profile(1, (0, 16), (2, 16), (3, 8), start=10, hours=5),
        profile(2, (0, 6), level=4, start=14, hours=30),
    )

    schedule = shown(circumstances(profiles, moment(3)), moment(9), 8 * 3600)

    assert steps(schedule) == [(0, 32), (1, 16), (4, 8), (5, 6)]
    assert [period.profile_id for period in schedule.periods] == [None, 1, 1, 2]


def test_the_window_begins_and_ends_in_the_middle_of_periods() -> None:
    profiles = (profile(1, (0, 16), (2, 8), (4, 12), (6, 20), start=0),)

    assert steps(shown(circumstances(profiles, 0), moment(3), 2 * 3600)) == [(0, 8), (1, 12)]


def test_a_schedule_recurs_across_midnight() -> None:
    night = profile(1, (0, 6), (4, 10), kind=ProfileKind.RECURRING, every=Recurrency.DAILY, start=-2, hours=8)

    assert steps(shown(circumstances((night,), 0), moment(21), 24 * 3600)) == [(0, 32), (1, 6), (5, 10), (9, 32)]


def test_the_station_is_all_connectors_together_up_to_its_own_limit() -> None:
    profiles = (
        profile(1, (0, 10), connector=None),
        profile(2, (0, 16), level=3, connector=TWO, start=1, hours=1),
        profile(3, (0, 25), purpose=ProfilePurpose.STATION_MAX, connector=None, start=1.5),
    )
    both = circumstances(profiles, connectors={one: Standing(current_a=RATED_A) for one in (ONE, TWO)})

    assert steps(shown(both, moment(0), 3 * 3600, None)) == [(0, 20), (1, 26), (1.5, 25), (2, 20)]


def test_watts_keep_their_phases() -> None:
    base = profile(1, (0, 3680), unit=RateUnit.W)
    single = replace(base, periods=(SchedulePeriod(start_s=0, limit=3680, phases=1),))

    [period] = shown(circumstances((single,), 0), moment(1), 3600).periods

    assert (period.current_a, period.phases) == (16, 1)


def test_while_the_clock_is_not_trusted_it_is_one_period_of_the_strictest() -> None:
    profiles = (profile(1, (0, 16), (2, 8), start=10), profile(2, (0, 12), level=3))
    both = circumstances(profiles, connectors={one: Standing(current_a=RATED_A) for one in (ONE, TWO)})

    own, station = (at_once(cut(at_once(line_of(both, place, NO_TIME)), None, 60)) for place in (ONE, None))

    assert own == CompositeSchedule(
        start_ms=None, duration_s=60, periods=(ComposedPeriod(start_s=0, current_a=8, phases=3, profile_id=1),)
    )
    assert station.periods[0].current_a == SUPPLY_A


def test_a_relative_schedule_of_a_charge_without_a_known_start_shows_its_strictest_period() -> None:
    relative = profile(1, (0, 16), (1, 7), (2, 20), kind=ProfileKind.RELATIVE)
    lost = Standing(current_a=RATED_A, running=RunningCharge(key=CHARGE, started_ms=None))

    assert steps(shown(circumstances((relative,), connectors={ONE: lost}), moment(5), 86_400)) == [(0, 7)]


def test_a_schedule_of_more_changes_than_an_answer_holds_is_told_up_to_there() -> None:
    line: Line = [(MONDAY_MS + number * 1000, (float(6 + number % 2), 3, 1)) for number in range(MOST_PERIODS + 50)]

    schedule = at_once(cut(line, MONDAY_MS, 86_400))

    assert (len(schedule.periods), schedule.duration_s) == (MOST_PERIODS, MOST_PERIODS)


def test_two_changes_within_a_second_are_one() -> None:
    line: Line = [(MONDAY_MS, (8.0, 3, 1)), (MONDAY_MS + 1200, (9.0, 3, 2)), (MONDAY_MS + 1700, (8.0, 3, 1))]

    assert [period.current_a for period in at_once(cut(line, MONDAY_MS, 60)).periods] == [8.0]


# --- against the oracle ---------------------------------------------------------------------------------------------

seconds = st.integers(-WINDOW_S // 2, 2 * WINDOW_S)


@st.composite
def moments(draw: st.DrawFn) -> int:
    """Near the window, or as near on another day or week."""
    days = draw(st.sampled_from([0, 0, 0, -1, -7, -8, 1]))
    return MONDAY_MS + days * DAY_MS + draw(seconds) * 1000


@st.composite
def some_periods(draw: st.DrawFn, unit: RateUnit) -> tuple[SchedulePeriod, ...]:
    starts = [0, *sorted(draw(st.sets(st.integers(1, 2 * WINDOW_S) | st.just(DAY_MS // 1000 - 30), max_size=4)))]
    most = 40 if unit is RateUnit.A else 24_000
    limits = st.integers(0, most) | st.floats(0, most, allow_nan=False)
    return tuple(
        SchedulePeriod(start_s=start, limit=draw(limits), phases=draw(st.sampled_from([None, None, 1, 3])))
        for start in starts
    )


@st.composite
def a_profile(draw: st.DrawFn, id: int) -> ChargingProfile:
    purpose, kind = draw(st.sampled_from(ProfilePurpose)), draw(st.sampled_from(ProfileKind))
    unit = draw(st.sampled_from(RateUnit))
    places = {
        ProfilePurpose.STATION_MAX: st.none(),
        ProfilePurpose.TX_DEFAULT: st.sampled_from([None, ONE, TWO]),
        ProfilePurpose.TX: st.sampled_from([ONE, TWO]),
    }
    return ChargingProfile(
        id=id,
        connector=draw(places[purpose]),
        purpose=purpose,
        kind=kind,
        stack_level=draw(st.integers(0, 3) | st.just(20)),
        unit=unit,
        periods=draw(some_periods(unit)),
        start_ms=None if kind is ProfileKind.RELATIVE else draw(st.none() | moments()),
        duration_s=draw(st.none() | st.integers(0, WINDOW_S) | st.just(2 * DAY_MS // 1000)),
        recurrency=draw(st.sampled_from(Recurrency)) if kind is ProfileKind.RECURRING else None,
        valid_from_ms=draw(st.none() | moments()),
        valid_to_ms=draw(st.none() | moments()),
        min_rate=draw(st.none() | st.just(12.0)),
        transaction=CHARGE if purpose is ProfilePurpose.TX else None,
        installed_at_ms=draw(moments()),
    )


@st.composite
def any_circumstances(draw: st.DrawFn) -> Circumstances:
    profiles: Profiles = ()
    for id in range(draw(st.integers(1, 7))):
        profiles = installed(profiles, draw(a_profile(id)))
    standings = {}
    for connector in (ONE, TWO)[: draw(st.integers(1, 2))]:
        running = draw(st.none() | st.builds(RunningCharge, key=st.just(CHARGE), started_ms=moments()))
        standings[connector] = Standing(current_a=draw(st.sampled_from([10.0, 16.0, 32.0])), running=running)
    return Circumstances(
        profiles=profiles,
        connectors=standings,
        supply_a=draw(st.sampled_from([16.0, 63.0])),
        supply_phases=draw(st.sampled_from([1, 3])),
    )


def each_second(schedule: CompositeSchedule) -> Iterator[ComposedPeriod]:
    """The period in force in each second of the schedule."""
    place = 0
    for second in range(schedule.duration_s):
        while place + 1 < len(schedule.periods) and schedule.periods[place + 1].start_s <= second:
            place += 1
        yield schedule.periods[place]


@given(any_circumstances(), st.integers(-60, 60), st.integers(1, WINDOW_S), st.sampled_from([ONE, None]))
@costly(120, search=2_500)
def test_every_second_is_what_the_rules_say_one_by_one(
    given: Circumstances, from_s: int, duration_s: int, connector: ConnectorId | None
) -> None:
    from_ms = MONDAY_MS + from_s * 1000

    schedule = shown(given, from_ms, duration_s, connector)

    for second, period in enumerate(each_second(schedule)):
        expected_a, profile_id = current_at(given, connector, from_ms + second * 1000)
        assert period.current_a == pytest.approx(expected_a)
        assert period.profile_id == profile_id


@given(any_circumstances(), st.integers(-60, 60), st.sampled_from([ONE, None]))
def test_a_schedule_is_ordered_begins_at_once_and_says_nothing_twice(
    given: Circumstances, from_s: int, connector: ConnectorId | None
) -> None:
    schedule = shown(given, MONDAY_MS + from_s * 1000, WINDOW_S, connector)

    assert schedule.periods[0].start_s == 0
    for before, after in pairwise(schedule.periods):
        assert before.start_s < after.start_s < WINDOW_S
        assert replace(before, start_s=0) != replace(after, start_s=0)


@given(any_circumstances(), st.integers(0, 50), st.integers(1, 60))
def test_a_later_window_cut_from_the_same_line_is_the_one_made_for_it(
    given: Circumstances, later_s: int, duration_s: int
) -> None:
    line = at_once(line_of(given, ONE, (MONDAY_MS, MONDAY_MS + 120_000)))

    from_ms = MONDAY_MS + later_s * 1000

    assert at_once(cut(line, from_ms, duration_s)) == shown(given, from_ms, duration_s)


@given(any_circumstances(), st.integers(-60, 300))
def test_its_beginning_is_the_limit_that_a_charge_obeys(given: Circumstances, at_s: int) -> None:
    at_ms = MONDAY_MS + at_s * 1000
    standing, phases = given.connectors[ONE], given.supply_phases

    own = connector_limit(given.profiles, ONE, standing.running, at_ms, supply_phases=phases).current_a
    station = station_limit(given.profiles, at_ms, supply_phases=phases).current_a

    known = [limit for limit in (own, station, standing.current_a, given.supply_a) if limit is not None]
    assert shown(given, at_ms, 10).periods[0].current_a == min(known)


def test_a_long_work_pauses_in_between_as_often_as_its_pieces_want() -> None:
    """A turn ends with the profile that fills it up."""
    steps = tuple((minute / 60, 6 + minute % 5) for minute in range(14))
    profiles = tuple(profile(id, *steps, level=20 - id, start=id, hours=1) for id in range(20))
    line_work = line_of(circumstances(profiles, 0), ONE, (moment(0), moment(24)))

    pauses = sum(1 for _ in line_work)

    painted_pieces = joined_pieces = 20 * len(steps)
    assert pauses >= painted_pieces // (PIECES_A_TURN + len(steps)) + 2 * joined_pieces // PIECES_A_TURN
