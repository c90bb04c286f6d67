"""What may be drawn from now on, asked of the charger: what counts, and when it is worked out anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.core.facts import TransactionStarted
from agent.core.identity import TransactionKey
from agent.core.limits import BroughtProfile, LimitSource
from agent.core.schedule.composite import MOST_S, CompositeSchedule
from agent.core.schedule.profile import ChargingProfile, ProfileKind, ProfilePurpose, RateUnit, SchedulePeriod
from agent.core.session.events import LimitChanged
from agent.ocpp_client.ports import ProfileVerdict
from agent.station.composite_schedules import SPARE_S
from tests.station.desk import CARD, EPOCH_MS, ONE, Desk, at_desk
from tests.station.test_network_side import charges_at_one


def a_profile(id: int = 1, *steps: tuple[int, float], level: int = 0, whole: bool = False) -> ChargingProfile:
    """Absolute from the beginning of the tests' time on."""
    return ChargingProfile(
        id=id,
        connector=None if whole else ONE,
        purpose=ProfilePurpose.STATION_MAX if whole else ProfilePurpose.TX_DEFAULT,
        kind=ProfileKind.ABSOLUTE,
        stack_level=level,
        unit=RateUnit.A,
        periods=tuple(SchedulePeriod(start_s=start_s, limit=limit) for start_s, limit in steps or ((0, 16.0),)),
        start_ms=EPOCH_MS,
    )


async def install(desk: Desk, profile: ChargingProfile) -> None:
    assert await desk.network_side.install_profile(profile) is ProfileVerdict.ACCEPTED


def currents(schedule: CompositeSchedule) -> list[tuple[int, float]]:
    return [(period.start_s, period.current_a) for period in schedule.periods]


def rated(desk: Desk) -> None:
    for outlet in desk.outlets.values():
        outlet.post(LimitChanged(source=LimitSource.HARDWARE, current_a=32.0, detail="rated_current_a"))


def told(folder: Path, story: Callable[[Desk], Coroutine[Any, Any, None]], *, knows_time: bool = True) -> None:
    """Two connectors of 32 A behind a supply of 32 A."""

    async def begun(desk: Desk) -> None:
        rated(desk)
        if knows_time:
            desk.clock.told(EPOCH_MS)
        await story(desk)

    at_desk(folder, begun)


class Drawn:
    """How many lines were drawn: each is another object."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lines: list[object] = []

    @property
    def count(self) -> int:
        for drawn in self._desk.network_side._schedules._drawn.values():
            if not any(drawn.line is known for known in self._lines):
                self._lines.append(drawn.line)
        return len(self._lines)


def test_profiles_hardware_and_supply_count_and_the_share_of_the_supply_does_not(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await install(desk, a_profile(1, (0, 16.0), (600, 50.0)))
        desk.outlets[ONE].post(LimitChanged(source=LimitSource.SUPPLY, current_a=8.0, detail="share"))
        desk.outlets[ONE].post(LimitChanged(source=LimitSource.CABLE, current_a=20.0, detail="cable"))

        schedule = await desk.network_side.composite_schedule(ONE, 3600)

        assert currents(schedule) == [(0, 16.0), (600, 20.0)]

    told(tmp_path, story)


def test_the_station_is_both_connectors_together(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await install(desk, a_profile(1, (0, 25.0), (600, 90.0), whole=True))

        assert currents(await desk.network_side.composite_schedule(None, 3600)) == [(0, 25.0), (600, 32.0)]

    told(tmp_path, story)


def test_more_than_a_day_is_told_for_a_day(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        assert (await desk.network_side.composite_schedule(ONE, 10**12)).duration_s == MOST_S

    told(tmp_path, story)


def test_without_the_time_it_is_the_strictest_of_all_periods(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await install(desk, a_profile(1, (0, 16.0), (600, 7.0)))

        schedule = await desk.network_side.composite_schedule(ONE, 3600)

        assert (schedule.start_ms, currents(schedule)) == (None, [(0, 7.0)])

    told(tmp_path, story, knows_time=False)


def test_who_asks_again_within_the_hour_gets_the_same_line_from_where_he_is(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await install(desk, a_profile(1, (0, 16.0), (600, 8.0)))
        drawn = Drawn(desk)

        first = await desk.network_side.composite_schedule(ONE, 3600)
        assert drawn.count == 1
        await asyncio.sleep(500)
        second = await desk.network_side.composite_schedule(ONE, 3600)

        assert (currents(first), currents(second)) == ([(0, 16.0), (600, 8.0)], [(0, 16.0), (100, 8.0)])
        assert drawn.count == 1
        await asyncio.sleep(SPARE_S)
        await desk.network_side.composite_schedule(ONE, 3600)
        assert drawn.count == 2

    told(tmp_path, story)


@pytest.mark.parametrize("change", ["a profile", "its end", "a charge", "the cable"])
def test_whatever_changes_it_makes_it_anew(tmp_path: Path, change: str) -> None:
    async def story(desk: Desk) -> None:
        await install(desk, a_profile())
        drawn = Drawn(desk)
        await desk.network_side.composite_schedule(ONE, 3600)
        assert drawn.count == 1
        match change:
            case "a profile":
                await install(desk, a_profile(2, (0, 10.0), level=3))
            case "its end":
                await desk.network_side.clear_profiles()
            case "a charge":
                charges_at_one(desk)
                rated(desk)
            case _:
                desk.outlets[ONE].post(LimitChanged(source=LimitSource.CABLE, current_a=13.0, detail="cable"))

        schedule = await desk.network_side.composite_schedule(ONE, 3600)

        assert drawn.count == 2
        expected_a = {"a profile": 10.0, "its end": 32.0, "a charge": 16.0, "the cable": 13.0}[change]
        assert currents(schedule) == [(0, expected_a)]

    told(tmp_path, story)


def test_what_the_next_charge_gets_is_known_beforehand_and_is_what_it_then_gets(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        relative = replace(a_profile(1, (0, 5.0), (600, 16.0)), kind=ProfileKind.RELATIVE, start_ms=None)
        await install(desk, relative)
        before = await desk.control_side.composite_schedule(ONE, 60)
        started = TransactionStarted(
            key=TransactionKey("t-1"), connector=ONE, at=desk.clock.now(), token=CARD, register_wh=0
        )

        found = desk.control_side.limit_of_next_charge(ONE)

        assert (currents(before), found.current_a) == ([(0, 32.0)], 5.0)
        then = desk.limits.limit_of(started)
        assert (then.current_a, then.detail) == (found.current_a, found.detail)

    told(tmp_path, story)


def test_a_profile_that_came_with_the_request_of_whoever_is_accepted_counts_for_the_next_charge(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await install(desk, a_profile(1, (0, 5.0)))
        own = replace(a_profile(7, (0, 9.0)), purpose=ProfilePurpose.TX)
        desk.outlets[ONE].becomes(brought=(BroughtProfile(CARD, own),))
        before = desk.control_side.limit_of_next_charge(ONE)
        desk.outlets[ONE].becomes(token=CARD)

        assert (before.current_a, desk.control_side.limit_of_next_charge(ONE).current_a) == (5.0, 9.0)

    told(tmp_path, story)


def test_a_person_at_the_charger_is_told_the_same(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await install(desk, a_profile(1, (0, 16.0), (600, 8.0)))

        told_here = await desk.control_side.composite_schedule(ONE, 3600)

        assert told_here == await desk.network_side.composite_schedule(ONE, 3600)

    told(tmp_path, story)


def test_while_it_is_worked_out_others_have_their_turns(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        for id in range(1, 21):
            steps = tuple((number * 60, float(6 + number % 7)) for number in range(90))
            await install(desk, a_profile(id, *steps, level=20 - id) if id < 20 else a_profile(id, *steps, whole=True))
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        other = asyncio.get_running_loop().create_task(others())
        await desk.network_side.composite_schedule(ONE, MOST_S)
        other.cancel()

        assert turns > 1

    told(tmp_path, story)
