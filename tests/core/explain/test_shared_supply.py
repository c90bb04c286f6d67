"""A connector beside others that draw from the same supply: who has how much, who waits, and what would free a part."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.control_pilot import MIN_OFFER_A
from agent.core.explain.change import Kind
from agent.core.explain.explain import explain
from agent.core.explain.links import Who
from agent.core.explain.reason import Effect, Reason
from agent.core.explain.scene import NO_NETWORK, Scene, with_its_part
from agent.core.explain.sharing import SharedSupply, Standing, none_of, shared_supply
from agent.core.explain.would_start import would_start
from agent.core.identity import ConnectorId
from agent.core.limits import LimitSource
from agent.core.session.events import LimitChanged
from agent.core.session.model import Loan, Session
from agent.core.supply import TURN_S, Claim, Sharing, aimed, next_turn_at, shared
from agent.core.time import Instant
from tests.core.session.station import RecordingStation, charging

ONE, TWO, THREE = (ConnectorId(number) for number in (1, 2, 3))
SHARED = "supply_current_a, 32 A shared by 2 connectors"
Charge = tuple[bool, float]
"""Whether one runs, and what the connector's own limits leave it."""


def station(connector: ConnectorId, share_a: float, *, charges: bool) -> Session:
    """At its connector, with that share of the supply."""
    there = charging() if charges else RecordingStation()
    there.feed(LimitChanged(source=LimitSource.SUPPLY, current_a=share_a, detail=SHARED))
    return replace(there.session, connector=connector)


def scene(session: Session, *others: Session, supply_a: float) -> Scene:
    """As soon as all of it has happened. It is connector 2's turn then."""
    now = charging().now.plus(20.0)
    every = sorted((session, *others), key=lambda one: one.connector)
    found = shared_supply(every, supply_a, now)
    return Scene(
        session=with_its_part(session, found), network=NO_NETWORK, now=now, board=None, shared=found, others=others
    )


def of_supply(seen: Scene) -> list[Reason]:
    return [one for one in explain(seen).reasons if one.key == "limit.supply"]


def test_an_idle_connector_whose_charge_would_get_a_part_is_not_kept_from_charging_by_its_nought() -> None:
    there = RecordingStation()
    there.feed(LimitChanged(source=LimitSource.SUPPLY, current_a=0.0, detail=SHARED))
    there.plug_in()
    first = station(ONE, 32.0, charges=True)
    seen = scene(replace(there.session, connector=TWO), first, supply_a=32.0)

    assert [one.effect for one in of_supply(seen)] == [Effect.LIMITS]
    assert [one.kind for one in would_start(seen)] == [Kind.PRESENT_CARD]
    assert seen.shared is not None
    assert none_of(seen.shared, TWO) == "connector 2 has no charge, and gets a share when one begins"


@pytest.mark.parametrize("supply_a", [6.0, 11.9])
def test_where_the_supply_is_not_enough_for_both_the_other_is_named_and_would_have_to_end(supply_a: float) -> None:
    seen = scene(station(ONE, 0.0, charges=True), station(TWO, supply_a, charges=True), supply_a=supply_a)

    (reason,) = of_supply(seen)
    (change,) = would_start(seen)

    assert reason.effect is Effect.PAUSES
    assert reason.what.startswith(
        f"connector 2 has all of the {supply_a:g} A that 2 connectors share; this charge waits"
    )
    assert dict(reason.evidence)["connector_2_a"] == supply_a
    assert dict(reason.evidence)["connector_2_for_s"] == 20
    assert "12 A or more: supply_current_a (owner)" in reason.next_step
    assert (change.kind, change.subject, change.who) == (Kind.OTHER_ENDS, "2", Who.DRIVER)
    assert change.until is not None
    assert change.until.monotonic_s == 2 * TURN_S


def test_its_own_turn_is_come_before_a_charge_begins_there() -> None:
    seen = scene(station(TWO, 0.0, charges=False), station(ONE, 10.0, charges=True), supply_a=10.0)

    assert of_supply(seen)[0].effect is Effect.LIMITS
    assert Kind.OTHER_ENDS not in [one.kind for one in would_start(seen)]


def test_whoever_waits_for_a_test_at_the_other_connector_waits_for_that() -> None:
    lent = replace(station(TWO, 10.0, charges=False), loan=Loan(by="the self-test ST701", since=Instant(0.0)))
    seen = scene(station(ONE, 0.0, charges=True), lent, supply_a=10.0)

    (change,) = would_start(seen)

    assert change.who is Who.WAIT
    assert change.what == "wait until this is done at connector 2: the self-test ST701"
    assert of_supply(seen)[0].next_step.startswith(f"{change.what}; or raise the limit to 12 A or more: ")


def test_a_share_that_is_about_to_be_free_is_waited_for() -> None:
    seen = scene(station(ONE, 0.0, charges=True), station(TWO, 32.0, charges=True), supply_a=32.0)

    (change,) = would_start(seen)

    assert "connector 2 gives way" in of_supply(seen)[0].what
    assert (change.kind, change.who) == (Kind.RAISE_LIMIT, Who.WAIT)


def test_a_supply_that_is_too_small_for_anybody_is_its_owners_to_raise() -> None:
    seen = scene(station(TWO, 0.0, charges=True), station(ONE, 0.0, charges=True), supply_a=5.0)

    (change,) = would_start(seen)

    assert of_supply(seen)[0].what == "the 5 A that 2 connectors share are less than the 6 A that a car needs"
    assert seen.shared is not None
    assert seen.shared.turns_at is None
    assert (change.kind, change.subject, change.who) == (Kind.RAISE_LIMIT, "supply", Who.OWNER)


def test_the_stations_own_profile_is_what_they_share_where_it_is_less() -> None:
    first, second = station(ONE, 10.0, charges=True), station(TWO, 0.0, charges=True)
    there = charging()
    there.feed(LimitChanged(source=LimitSource.CHARGE_POINT_MAX, current_a=10.0, detail="ChargePointMaxProfile 9"))
    limit = there.session.limits.named(LimitSource.CHARGE_POINT_MAX)
    assert limit is not None
    first = replace(first, limits=first.limits.with_limit(limit.source, 10.0, limit.detail, limit.since))
    second = replace(second, limits=second.limits.with_limit(limit.source, 10.0, limit.detail, limit.since))

    found = scene(second, first, supply_a=32.0).shared

    assert found is not None
    assert (found.current_a, found.owner, found.detail) == (10.0, Who.BACKEND, "ChargePointMaxProfile 9")


def test_a_network_that_allows_nothing_is_the_one_reason_where_a_share_follows_from_that() -> None:
    there = charging()
    there.limited(0.0)
    there.feed(LimitChanged(source=LimitSource.SUPPLY, current_a=0.0, detail=SHARED))
    seen = scene(replace(there.session, connector=TWO), station(ONE, 32.0, charges=True), supply_a=32.0)

    assert [one.key for one in explain(seen).reasons if one.effect is Effect.PAUSES] == ["limit.network"]
    assert [one.subject for one in would_start(seen)] == ["network"]


def test_a_connector_alone_shares_nothing() -> None:
    there = station(ONE, 0.0, charges=False)

    assert shared_supply((there,), 32.0, Instant(0.0)) is None
    assert with_its_part(there, None) is there


@given(
    charges=st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 5.9, 6.0, 13.0, 32.0])), min_size=2, max_size=4),
    supply_a=st.floats(0.0, 70.0),
    at_s=st.floats(0.0, 5 * TURN_S),
)
def test_what_is_said_to_free_a_part_does_and_with_fewer_it_does_not(
    charges: list[Charge], supply_a: float, at_s: float
) -> None:
    claims = tuple(
        Claim(connector=ConnectorId(place + 1), usable_a=usable_a, is_due=runs, asks=runs)
        for place, (runs, usable_a) in enumerate(charges)
    )
    now = Instant(at_s, None, "b")
    own = replace(claims[0], is_due=True, asks=True, usable_a=80.0)
    found = SharedSupply(
        current_a=supply_a, source=LimitSource.SUPPLY, detail="", now=now, claims=claims, portions=(), turns_at=None
    )

    ending, turn = found.who_would_free_it(ONE), found.own_turn(ONE)

    def share(out: tuple[ConnectorId, ...], at: Instant) -> float:
        left = tuple(replace(one, is_due=False, asks=False) if one.connector in out else one for one in claims[1:])
        return aimed((own, *left), supply_a, at)[0]

    if share((), now) >= MIN_OFFER_A:
        assert ending == ()
    elif supply_a >= MIN_OFFER_A:
        assert share(ending, now) >= MIN_OFFER_A
        assert all(share(fewer, now) < MIN_OFFER_A for fewer in combinations(ending, len(ending) - 1))
        assert turn is not None
        assert share((), turn) >= MIN_OFFER_A
        assert now.monotonic_s < turn.monotonic_s <= next_turn_at(now) + len(claims) * TURN_S
    else:
        assert (ending, turn) == ((), None)


@given(charges=st.lists(st.booleans(), min_size=2, max_size=4), supply_a=st.sampled_from([5.0, 10.0, 20.0, 32.0, 63.0]))
def test_the_shares_come_to_what_they_aim_at(charges: list[bool], supply_a: float) -> None:
    """Whoever is told to be about to get a share does, once everybody has obeyed."""
    sharing, now = Sharing(), Instant(1.0, None, "b")
    claims = tuple(
        Claim(connector=ConnectorId(place + 1), usable_a=32.0, is_due=runs, asks=runs)
        for place, runs in enumerate(charges)
    )
    for _ in range(6):
        now = now.plus(9.0)
        sharing = shared(sharing, claims, supply_a, now)
        shares = {one.connector: one.current_a for one in sharing.shares}
        claims = tuple(
            replace(one, limit_a=shares[one.connector], offered_a=shares[one.connector] if one.is_due else 0.0)
            for one in claims
        )

    assert tuple(one.current_a for one in sharing.shares) == aimed(claims, supply_a, now)


def test_standings() -> None:
    seen = scene(station(ONE, 0.0, charges=True), station(TWO, 10.0, charges=True), supply_a=10.0).shared

    assert seen is not None
    assert [one.standing for one in seen.portions] == [Standing.WAITS, Standing.HAS]
    assert (
        seen.what
        == "2 connectors share 10 A: supply_current_a; not all can charge at once, so turns change every 15 min"
    )
    assert seen.turns_at is not None


def test_while_nobody_has_a_share_yet_who_is_about_to_get_one_is_named() -> None:
    seen = scene(station(ONE, 0.0, charges=True), station(TWO, 0.0, charges=True), supply_a=10.0)

    assert of_supply(seen)[0].what.startswith(
        "connector 2 is about to get a share of the 10 A that 2 connectors share; this charge waits"
    )


def test_where_there_is_just_enough_for_all_nobody_waits_and_no_turn_changes() -> None:
    charges = charging()
    charges.limited(6.0)
    charges.feed(LimitChanged(source=LimitSource.SUPPLY, current_a=6.0, detail=SHARED))
    here = replace(charges.session, connector=ONE)

    even = scene(here, station(TWO, 6.0, charges=True), supply_a=12.0).shared
    coming = scene(station(ONE, 0.0, charges=True), station(TWO, 12.0, charges=True), supply_a=12.0).shared

    assert even is not None and coming is not None
    assert [one.standing for one in even.portions] == [Standing.HAS, Standing.HAS]
    assert (even.turns_at, none_of(even, ONE), even.who_would_free_it(ONE)) == (None, "", ())
    assert [one.standing for one in coming.portions] == [Standing.IS_NEXT, Standing.HAS]


def test_a_share_counts_from_when_it_was_given_or_from_the_start_of_its_charge() -> None:
    there = charging()
    begun = there.now
    there.advance(10.0)
    there.feed(LimitChanged(source=LimitSource.SUPPLY, current_a=32.0, detail=SHARED))
    later = replace(there.session, connector=ONE)
    limit = later.limits.named(LimitSource.SUPPLY)
    assert limit is not None
    earlier = replace(
        later,
        connector=TWO,
        limits=later.limits.with_limit(LimitSource.SUPPLY, 30.0, SHARED, replace(begun, monotonic_s=0.0)),
    )

    found = scene(later, earlier, station(THREE, 0.0, charges=False), supply_a=64.0).shared

    assert found is not None
    assert found.of(ONE).since == limit.since
    assert earlier.transaction is not None
    assert found.of(TWO).since == earlier.transaction.started_at
    assert found.of(THREE).since is None


def test_what_would_be_enough_counts_who_charges_and_the_one_that_asks() -> None:
    found = scene(
        station(ONE, 6.0, charges=True),
        station(TWO, 6.0, charges=True),
        station(THREE, 0.0, charges=False),
        supply_a=13,
    ).shared

    assert found is not None
    assert [found.enough_a(one) for one in (ONE, TWO, THREE)] == [12.0, 12.0, 18.0]
