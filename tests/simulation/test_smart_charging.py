"""Charging profiles from the central system to the pilot: what is told of them, what outlives them, and a flood."""

from __future__ import annotations

import gc
import logging
import os
from collections import Counter
from typing import Any

import pytest

from agent.core.session.model import SessionPhase
from tests.simulation.stage import Charger, tell


def a_profile(
    id: int, *steps: tuple[int, float], purpose: str = "TxDefaultProfile", level: int = 0, **more: Any
) -> dict[str, Any]:
    """Relative, in amperes, from pairs of seconds and amperes; `more` by the names of the schedule."""
    periods = [{"startPeriod": start, "limit": limit} for start, limit in steps]
    return {
        "chargingProfileId": id,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": periods, **more},
    }


async def install(charger: Charger, profile: dict[str, Any], connector: int = 1) -> None:
    payload = {"connectorId": connector, "csChargingProfiles": profile}
    answer = await charger.network("call", action="SetChargingProfile", payload=payload)
    assert answer["answer"] == {"status": "Accepted"}


async def composite(charger: Charger, **asked: Any) -> dict[str, Any]:
    answer = await charger.network("composite_schedule", **asked)
    assert "schema_problem" not in answer, answer
    assert answer["answer"]["status"] == "Accepted"
    schedule = answer["answer"]["chargingSchedule"]
    assert isinstance(schedule, dict)
    return schedule


def steps(schedule: dict[str, Any]) -> list[tuple[int, float]]:
    return [(period["startPeriod"], period["limit"]) for period in schedule["chargingSchedulePeriod"]]


def offered_a(charger: Charger, connector: int = 1) -> float:
    return float(charger.outlet(connector)["pilot"]["offered_a"] or 0.0)


def test_the_composite_schedule_of_a_charge_is_what_the_pilot_then_does() -> None:
    async def story(charger: Charger) -> None:
        await install(charger, a_profile(1, (0, 16.0), (300, 10.0), (600, 20.0)))
        await install(charger, a_profile(2, (0, 13.0), level=3, duration=120))
        await charger.charge(current_a=32)
        await charger.passes(30.0)

        shown = steps(await composite(charger, duration_s=900))

        assert [limit for _, limit in shown] == [13.0, 16.0, 10.0, 20.0]
        elapsed_s = 0.0
        for (start_s, limit), end_s in zip(shown, [*(start for start, _ in shown[1:]), 900], strict=True):
            middle_s = max(start_s + 10.0, (start_s + end_s) / 2)
            await charger.passes(middle_s - elapsed_s)
            elapsed_s = middle_s
            assert offered_a(charger) == pytest.approx(limit, abs=0.1)

    tell(story)


def test_a_schedule_is_told_in_watts_and_of_the_whole_station_too() -> None:
    async def story(charger: Charger) -> None:
        await install(charger, a_profile(1, (0, 20.0), purpose="ChargePointMaxProfile"), connector=0)
        in_watts = await composite(charger, connector=1, duration_s=60, unit="W")
        assert (in_watts["chargingRateUnit"], steps(in_watts)) == ("W", [(0, 13_800.0)])
        assert steps(await composite(charger, connector=0, duration_s=60)) == [(0, 20.0)]
        rejected = await charger.network("composite_schedule", connector=7)
        assert rejected["answer"] == {"status": "Rejected"}

    tell(story, board="sim-dual")


def test_no_profile_lifts_what_the_installer_set() -> None:
    async def story(charger: Charger) -> None:
        await install(charger, a_profile(1, (0, 32.0), level=20))
        await install(charger, a_profile(2, (0, 80.0), purpose="ChargePointMaxProfile", level=20), connector=0)
        await charger.charge(current_a=32)
        await charger.passes(15.0)
        assert offered_a(charger) == pytest.approx(13.0, abs=0.1)
        assert steps(await composite(charger, duration_s=60)) == [(0, 13.0)]

    tell(story, more_site="[connector.1]\nfuse_current_a = 13\n")


def test_profiles_outlive_a_restart_of_the_program() -> None:
    async def story(charger: Charger) -> None:
        await install(charger, a_profile(1, (0, 9.0)))
        await install(charger, a_profile(2, (0, 25.0), purpose="ChargePointMaxProfile"), connector=0)
        before = charger.agent.station.store.profiles.all()
        await charger.stage.charger.stop()
        await charger.stage.charger.start()
        await charger.passes(5.0)
        assert charger.agent.station.store.profiles.all() == before
        await charger.charge(current_a=32)
        await charger.passes(15.0)
        assert offered_a(charger) == pytest.approx(9.0, abs=0.1)

    tell(story)


def test_once_the_central_system_has_been_silent_for_long_the_safe_current_holds_until_it_is_back() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        await charger.network("offline")
        await charger.passes(250.0)
        assert offered_a(charger) == pytest.approx(32.0, abs=0.1)
        await charger.passes(90.0)
        assert offered_a(charger) == pytest.approx(8.0, abs=0.1)
        assert charger.session().limits.effective().detail.startswith("safe_current_a")
        await charger.network("heal")
        await charger.passes(400.0)
        assert offered_a(charger) == pytest.approx(32.0, abs=0.1)
        assert charger.session().phase is SessionPhase.CHARGING

    tell(story, site={"safe_current_a": 8, "safe_after_s": 300})


def test_without_a_safe_current_a_silent_central_system_changes_nothing() -> None:
    async def story(charger: Charger) -> None:
        await install(charger, a_profile(1, (0, 11.0)))
        await charger.charge(current_a=32)
        await charger.network("offline")
        await charger.passes(700.0)
        assert offered_a(charger) == pytest.approx(11.0, abs=0.1)

    tell(story)


def things_of_ours() -> Counter[str]:
    """How many objects of each class of the agent there are."""
    gc.collect()
    kinds = (type(one) for one in gc.get_objects())
    return Counter(f"{kind.__module__}.{kind.__qualname__}" for kind in kinds if kind.__module__.startswith("agent."))


PROFILES_A_MINUTE = 300
FLOOD_MIN = int(os.environ.get("FLOOD_MIN", "6"))
"""The hour that is asked for takes a minute of processor time: FLOOD_MIN=60 has it."""

A_FEW = 50
"""What the last exchanges and frames are kept in is full after two minutes, when the count begins; a leak of any kind
is 24 times that."""


def test_300_profiles_a_minute_leave_nothing_behind_and_spare_the_contactor(caplog: pytest.LogCaptureFixture) -> None:
    """On and off in turns, as a broken controller does it, with ids and levels that replace each other."""
    caplog.set_level(logging.WARNING)  # what is logged, pytest keeps

    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        closings, was_closed, in_the_beginning = 0, True, Counter[str]()
        for number in range(FLOOD_MIN * PROFILES_A_MINUTE):
            limit = 0.0 if number // 20 % 2 else 6.0 + number % 10
            await install(charger, a_profile(number % 50, (0, limit), level=number % 20))
            await charger.passes(60 / PROFILES_A_MINUTE)
            is_closed = charger.outlet()["contactor"] == "closed"
            closings += is_closed and not was_closed
            was_closed = is_closed
            if number == FLOOD_MIN * PROFILES_A_MINUTE // 3:
                in_the_beginning = things_of_ours()
        grown = {kind: count for kind, count in (things_of_ours() - in_the_beginning).items() if count > A_FEW}
        assert grown == {}
        assert len(charger.agent.station.store.profiles.all()) == 20
        assert 1 <= closings <= FLOOD_MIN
        assert len(charger.transactions()) == 1 and charger.session().phase is SessionPhase.CHARGING

    tell(story)
