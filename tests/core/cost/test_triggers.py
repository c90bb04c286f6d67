"""Marks against oracles over a whole day of looks: each is passed exactly when it is crossed."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis.strategies import integers, lists, none, sampled_from, sets

from agent.core.availability import ConnectorStatus
from agent.core.cost.triggers import NO_TRIGGERS, Crossing, Sight, Triggers, looked

NOON_MS = 1_800_000_000_000


def passes(triggers: Triggers, sights: list[Sight]) -> list[tuple[Crossing, ...]]:
    """What each look found passed."""
    found = []
    for sight in sights:
        triggers, passed = looked(triggers, sight)
        found.append(passed)
    return found


@given(integers(0, 50), lists(none() | integers(0, 50), max_size=20))
def test_a_register_is_passed_once_at_the_first_reading_that_reached_it(mark: int, registers: list[int | None]) -> None:
    found = passes(Triggers(register_wh=mark), [Sight(register_wh=register) for register in registers])
    reached = [at for at, register in enumerate(registers) if register is not None and register >= mark]

    assert [at for at, passed in enumerate(found) if passed == (Crossing.ENERGY,)] == reached[:1]
    assert sum(map(len, found)) == len(reached[:1])


@given(integers(-50, 50), lists(none() | integers(-50, 50), max_size=20))
def test_a_time_is_passed_once_however_the_clock_jumps(mark_s: int, times: list[int | None]) -> None:
    sights = [Sight(utc_ms=None if at is None else NOON_MS + at * 1000) for at in times]
    found = passes(Triggers(at_ms=NOON_MS + mark_s * 1000), sights)
    reached = [number for number, at in enumerate(times) if at is not None and at >= mark_s]

    assert [number for number, passed in enumerate(found) if passed == (Crossing.TIME,)] == reached[:1]
    assert sum(map(len, found)) == len(reached[:1])


@given(integers(1, 22_000), lists(none() | integers(90, 110) | integers(0, 300), max_size=40))
def test_a_power_is_passed_on_each_way_to_the_other_side_of_its_hysteresis(
    mark_w: int, percents: list[int | None]
) -> None:
    powers = [None if percent is None else mark_w * percent / 100 for percent in percents]
    found = passes(Triggers(power_w=mark_w), [Sight(power_w=power) for power in powers])
    known = [power for power in powers if power is not None]
    # Beyond the band the side is plain, within it the last one counts; the very first look decides without a band.
    sides = [known[0] >= mark_w] if known else []
    for power in known[1:]:
        above, below = power * 20 >= mark_w * 21, power * 20 <= mark_w * 19
        sides.append(True if above else False if below else sides[-1])

    assert sum(passed == (Crossing.POWER,) for passed in found) == sum(a is not b for a, b in pairwise(sides))
    assert all(passed in ((), (Crossing.POWER,)) for passed in found)


@given(sets(sampled_from(ConnectorStatus), min_size=1), lists(sampled_from(ConnectorStatus), max_size=20))
def test_a_status_counts_each_time_it_is_entered_and_not_where_it_was_already(
    wanted: set[ConnectorStatus], statuses: list[ConnectorStatus]
) -> None:
    found = passes(Triggers(statuses=tuple(wanted)), [Sight(status=status) for status in statuses])
    entered = [now for before, now in pairwise(statuses) if now is not before and now in wanted]

    assert sum(map(len, found)) == len(entered)


def test_several_marks_at_one_look_are_told_together() -> None:
    triggers = Triggers(at_ms=NOON_MS, register_wh=100, power_w=1000, is_above=False)

    left, passed = looked(triggers, Sight(utc_ms=NOON_MS, register_wh=100, power_w=2000.0))

    assert passed == (Crossing.TIME, Crossing.ENERGY, Crossing.POWER)
    assert left == Triggers(power_w=1000, is_above=True)


def test_without_marks_a_look_changes_nothing() -> None:
    sight = Sight(utc_ms=NOON_MS, register_wh=1, power_w=1.0, status=ConnectorStatus.CHARGING)

    left, passed = looked(NO_TRIGGERS, sight)

    assert left is NO_TRIGGERS
    assert passed == ()
