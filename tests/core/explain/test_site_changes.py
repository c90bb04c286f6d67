"""What the place around a connector could change, and in which words (agent/core/explain/site_changes.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.explain.change import Change, Kind
from agent.core.explain.links import Who
from agent.core.explain.scene import NO_NETWORK, Scene
from agent.core.explain.sharing import shared_supply
from agent.core.explain.site_changes import of_limits, of_service
from agent.core.identity import ConnectorId
from agent.core.limits import Limits, LimitSource
from agent.core.schedule.compose import ScheduledLimit
from agent.core.session.events import AvailabilityRequested, LimitChanged
from agent.core.supply import FOLLOWED_AFTER_S
from agent.core.time import Instant
from tests.core.session.station import RecordingStation, charging

SOURCE_WORDS = {
    LimitSource.THERMAL: ("wait until it has cooled down: ", Who.WAIT),
    LimitSource.CABLE: ("use a cable that bears more", Who.DRIVER),
    LimitSource.FAILSAFE: (
        "let the central system be heard again, or raise the limit for its silence: ",
        Who.OPERATOR,
    ),
    LimitSource.LOCAL: ("raise the limit to 6 A or more: ", Who.INSTALLER),
    LimitSource.NETWORK: ("raise the limit to 6 A or more: ", Who.BACKEND),
}


def scene_of(station: RecordingStation, of_next: ScheduledLimit | None = None) -> Scene:
    return Scene(session=station.session, network=NO_NETWORK, now=station.now, of_next_charge=of_next)


def limited(source: LimitSource, current_a: float = 5.0) -> RecordingStation:
    station = RecordingStation()
    station.feed(LimitChanged(source=source, current_a=current_a, detail="so it is set"))
    return station


def the_one(scene: Scene) -> Change:
    (change,) = of_limits(scene)
    return change


def test_a_connector_in_service_needs_nobody_and_one_that_goes_out_after_its_charge_does() -> None:
    station = charging()
    assert list(of_service(scene_of(station))) == []

    station.feed(AvailabilityRequested(False))

    (change,) = of_service(scene_of(station))
    assert station.session.operative
    assert (change.kind, change.who) == (Kind.IN_SERVICE, Who.BACKEND)


def test_before_the_limits_are_told_one_waits_for_them() -> None:
    station = RecordingStation()
    scene = replace(scene_of(station), session=replace(station.session, limits=Limits()))

    change = the_one(scene)

    assert (change.kind, change.who) == (Kind.LIMITS_TOLD, Who.WAIT)


@pytest.mark.parametrize("source", SOURCE_WORDS, ids=lambda source: source.value)
def test_what_to_do_about_a_limit_follows_from_where_it_comes_from(source: LimitSource) -> None:
    begins, who = SOURCE_WORDS[source]

    change = the_one(scene_of(limited(source)))

    assert (change.kind, change.subject, change.who) == (Kind.RAISE_LIMIT, source.value, who)
    assert change.what.startswith(begins)
    assert ("so it is set" in change.what) is (source is not LimitSource.CABLE)
    assert change.more == (("limit_a", 5.0), ("least_a", 6.0))


def test_a_limit_that_leaves_enough_needs_nobody() -> None:
    assert list(of_limits(scene_of(limited(LimitSource.NETWORK, 6.0)))) == []


def test_a_profile_while_nobody_knows_the_time_says_why_it_is_so_strict() -> None:
    station = limited(LimitSource.NETWORK)
    known, unknown = station.now, Instant(station.now.monotonic_s, None, station.now.boot_id)

    assert "the time of day" not in the_one(replace(scene_of(station), now=known)).what
    assert "while the time of day is unknown" in the_one(replace(scene_of(station), now=unknown)).what


def test_a_profile_that_ends_by_itself_is_waited_for_in_words() -> None:
    station = limited(LimitSource.NETWORK)
    then = station.now.plus(600.0)

    change = the_one(replace(scene_of(station), allows_again_at=then))

    assert (change.who, change.until) == (Who.WAIT, then)
    assert change.what.startswith("wait until the charging profile allows 6 A: ")


@pytest.mark.parametrize(("detail", "limit_a"), [("so it is set", 5.0), ("TxDefaultProfile 9", 4.0)])
def test_the_profile_of_now_and_that_of_the_charge_are_one_change(detail: str, limit_a: float) -> None:
    """The same one is told as it holds now, another as it will hold."""
    change = the_one(scene_of(limited(LimitSource.NETWORK), ScheduledLimit(current_a=4.0, detail=detail)))

    assert change.more[0] == ("limit_a", limit_a)
    assert detail in change.what


def test_a_share_that_is_about_to_be_free_is_waited_for_until_the_others_have_followed() -> None:
    first, second = charging(), charging()
    first.feed(LimitChanged(source=LimitSource.SUPPLY, current_a=0.0, detail="shared"))
    second.feed(LimitChanged(source=LimitSource.SUPPLY, current_a=32.0, detail="shared"))
    other = replace(second.session, connector=ConnectorId(2))
    shared = shared_supply((first.session, other), 32.0, first.now)

    change = the_one(replace(scene_of(first), shared=shared, others=(other,)))

    assert change.until == first.now.plus(FOLLOWED_AFTER_S)
    assert change.more == (("limit_a", 0.0), ("shared_a", 32.0), ("least_a", 6.0))
