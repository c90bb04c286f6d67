"""A charge that begins is limited by other profiles than a connector without one; `would_start` knows which."""

from __future__ import annotations

from agent.core.explain.change import Kind
from agent.core.explain.links import Who
from agent.core.explain.scene import NO_NETWORK, Scene
from agent.core.schedule.compose import ScheduledLimit
from agent.core.time import Instant
from tests.core.explain.test_explain import charging
from tests.core.explain.test_would_start import check_minimal, kinds
from tests.core.session.station import RecordingStation

FIVE = ScheduledLimit(current_a=5.0, detail="TxDefaultProfile 9, level 1: 5 A")
SIXTEEN = ScheduledLimit(current_a=16.0, detail="TxDefaultProfile 10, level 2: 16 A")


def scene_of(station: RecordingStation, of_next: ScheduledLimit, allows_again_at: Instant | None = None) -> Scene:
    return Scene(
        session=station.session,
        network=NO_NETWORK,
        now=station.now,
        of_next_charge=of_next,
        allows_again_at=allows_again_at,
    )


def plugged() -> RecordingStation:
    station = RecordingStation()
    station.plug_in()
    return station


def test_a_profile_that_speaks_once_a_charge_begins_is_to_be_raised_before_the_card() -> None:
    raised, card = check_minimal(scene_of(plugged(), FIVE))

    assert (raised.kind, raised.subject, raised.who) == (Kind.RAISE_LIMIT, "network", Who.BACKEND)
    assert raised.do["limit_a"] == 5.0
    assert FIVE.detail in raised.what
    assert card.kind is Kind.PRESENT_CARD


def test_a_profile_that_falls_silent_once_a_charge_begins_needs_nobody() -> None:
    station = plugged()
    station.limited(5.0)

    assert kinds(check_minimal(scene_of(station, SIXTEEN))) == [Kind.PRESENT_CARD]


def test_of_two_profiles_the_one_of_the_charge_is_named_and_the_end_of_the_other_is_not_waited_for() -> None:
    station = plugged()
    station.limited(4.0)

    raised, _ = check_minimal(scene_of(station, FIVE, allows_again_at=station.now.plus(600.0)))

    assert (raised.kind, raised.who, raised.until, raised.do["limit_a"]) == (Kind.RAISE_LIMIT, Who.BACKEND, None, 5.0)


def test_a_running_charge_has_its_own_profile_raised_whatever_the_next_one_gets() -> None:
    for of_next in (FIVE, SIXTEEN):
        station = charging(RecordingStation())
        station.limited(4.0)
        station.advance(5.0)

        (raised,) = check_minimal(scene_of(station, of_next))

        assert (raised.kind, raised.do["limit_a"]) == (Kind.RAISE_LIMIT, 4.0)
