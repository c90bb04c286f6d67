"""The profile that comes with a remote start: on record with the charge, and in force before the first permission."""

from __future__ import annotations

from typing import Any

import pytest

from agent.core.session.model import SessionPhase
from agent.drivers.pilot_board.codec import decode
from agent.drivers.pilot_board.frames import FrameSplitter, unframe
from agent.drivers.pilot_board.messages import Wish
from tests.simulation.stage import CARD, Charger, tell

GRANTED_A = 8.0


def a_profile(limit_a: float, purpose: str = "TxProfile", **more: Any) -> dict[str, Any]:
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_a}]}
    return {
        "chargingProfileId": 7,
        "stackLevel": 1,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule,
        **more,
    }


def overheard(charger: Charger) -> list[Wish]:
    """Every wish that reaches the pilot board's wire from now on, whichever agent says it."""
    wire, splitter, wishes = charger.stage.rig.world.boards[1].wire, FrameSplitter(), list[Wish]()
    received = wire._received

    def listen(octets: bytes) -> None:
        words = [decode(unframe(piece)) for piece in splitter.feed(octets)]
        wishes.extend(word for word in words if isinstance(word, Wish))
        received(octets)

    wire._received = listen  # a listener on the line; what arrives arrives as before
    return wishes


async def remote_start(charger: Charger, limit_a: float = GRANTED_A) -> None:
    payload = {"idTag": CARD, "chargingProfile": a_profile(limit_a)}
    answer = await charger.network("call", action="RemoteStartTransaction", payload=payload)
    assert answer["answer"] == {"status": "Accepted"}


def highest_a(wishes: list[Wish]) -> float:
    return max((wish.offer_da / 10 for wish in wishes if wish.permit), default=0.0)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("commits", [1, 2, 3])
def test_a_kill_at_any_commit_of_the_start_never_leaves_the_charge_without_its_profile(commits: int, when: str) -> None:
    async def story(charger: Charger) -> None:
        await charger.plug_in(current_a=32)
        await charger.passes(10.0)
        wishes = overheard(charger)
        charger.stage.charger.crash_at_commit(commits, when)
        await remote_start(charger)
        await charger.passes(5.0)
        assert charger.stage.charger.crashes == 1
        await charger.stage.charger.start()
        await charger.passes(30.0)
        assert highest_a(wishes) <= GRANTED_A
        is_running = charger.session().phase is SessionPhase.CHARGING
        assert is_running == ((commits, when) != (1, "before"))
        assert (highest_a(wishes[-10:]) == GRANTED_A) == is_running
        assert len(charger.agent.station.store.profiles.all()) == is_running

    tell(story)


def test_a_profile_below_six_amperes_pauses_the_charge_from_its_beginning() -> None:
    async def story(charger: Charger) -> None:
        await charger.plug_in(current_a=32)
        wishes = overheard(charger)
        await remote_start(charger, limit_a=5.0)
        await charger.passes(20.0)
        assert highest_a(wishes) == 0.0
        assert charger.session().phase is SessionPhase.CHARGING
        assert charger.statuses()[-1] == "SuspendedEVSE"

    tell(story)


def test_a_limit_of_nobodys_charge_that_is_on_its_way_does_not_lift_the_profile() -> None:
    async def story(charger: Charger) -> None:
        await charger.network("limit", amps=12, connector=1)
        await charger.plug_in(current_a=32)
        wishes = overheard(charger)
        await remote_start(charger, limit_a=5.0)
        await charger.network("clear_limit", profile=1)
        await charger.passes(20.0)
        assert highest_a(wishes) == 0.0

    tell(story)


def test_a_default_profile_that_begins_with_the_charge_holds_from_its_first_permission_on() -> None:
    default = a_profile(GRANTED_A, "TxDefaultProfile")

    async def story(charger: Charger) -> None:
        payload = {"connectorId": 1, "csChargingProfiles": default}
        answer = await charger.network("call", action="SetChargingProfile", payload=payload)
        assert answer["answer"] == {"status": "Accepted"}
        wishes = overheard(charger)
        await charger.charge(current_a=32)
        assert highest_a(wishes) == GRANTED_A

    tell(story)


@pytest.mark.parametrize("commits", [1, 2, 3, 4])
def test_a_profile_ends_with_its_charge_whatever_commit_of_the_stop_is_the_last(commits: int) -> None:
    async def story(charger: Charger) -> None:
        await charger.plug_in(current_a=32)
        await remote_start(charger)
        await charger.passes(15.0)
        assert len(charger.agent.station.store.profiles.all()) == 1
        charger.stage.charger.crash_at_commit(commits, "after")
        await charger.network("remote_stop")
        await charger.passes(10.0)
        assert charger.stage.charger.crashes == 1
        await charger.stage.charger.start()
        await charger.world("plug_out", connector=1)
        await charger.passes(20.0)
        assert charger.session().phase is SessionPhase.IDLE
        assert charger.agent.station.store.profiles.all() == ()

    tell(story)


def test_a_profile_goes_with_the_request_it_came_with() -> None:
    async def story(charger: Charger) -> None:
        await remote_start(charger)
        await charger.passes(150.0)
        assert charger.session().phase is SessionPhase.IDLE
        await charger.charge(current_a=32)
        await charger.passes(15.0)
        assert charger.outlet()["pilot"]["offered_a"] == pytest.approx(32.0, abs=0.1)

    tell(story)


def test_a_profile_follows_the_cable_that_was_taken() -> None:
    async def story(charger: Charger) -> None:
        await remote_start(charger)
        await charger.plug_in(2, current_a=32)
        await charger.passes(10.0)
        assert charger.outlet(2)["pilot"]["offered_a"] == pytest.approx(GRANTED_A, abs=0.1)

    tell(story, board="sim-dual")
