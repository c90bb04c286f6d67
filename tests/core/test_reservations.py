"""Which reservations are granted, whom they keep away, and when they are over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.availability import Bookings, Reservation
from agent.core.identity import ConnectorId, IdToken
from agent.core.reservations import OUT, Occupancy, Place, ReservationVerdict, bookings_of, ended, next_end_s, verdict
from agent.core.time import Instant

ONE, TWO = ConnectorId(1), ConnectorId(2)
HOLDER, RELATIVE, STRANGER, FAMILY = IdToken("CAFE01"), IdToken("CAFE02"), IdToken("BEEF03"), IdToken("FAMILY")
NOON_MS = 1_800_000_000_000
NOW, NO_CLOCK = Instant(100.0, NOON_MS), Instant(100.0)
ACCEPTED, OCCUPIED = ReservationVerdict.ACCEPTED, ReservationVerdict.OCCUPIED
REJECTED = ReservationVerdict.REJECTED
FREE = Occupancy.FREE


def kept(
    id: int = 1, connector: ConnectorId | None = ONE, group: IdToken | None = None, expires_ms: int = NOON_MS + 60_000
) -> Reservation:
    return Reservation(id=id, connector=connector, token=HOLDER, group=group, expires_ms=expires_ms)


def places(*occupancies: Occupancy) -> tuple[Place, ...]:
    return tuple(Place(ConnectorId(number + 1), one) for number, one in enumerate(occupancies))


def said(asked: Reservation, *occupancies: Occupancy, known: tuple[Reservation, ...] = ()) -> ReservationVerdict:
    return verdict(asked, known, places(*occupancies), NOW, anywhere_is_supported=len(occupancies) > 1)


@pytest.mark.parametrize(
    ("occupancy", "word"),
    [
        (Occupancy.FREE, "Accepted"),
        (Occupancy.PLUGGED, "Occupied"),
        (Occupancy.IN_USE, "Occupied"),
        (Occupancy.STARTING, "Unavailable"),
        (Occupancy.FAULTED, "Faulted"),
        (Occupancy.OUT_OF_SERVICE, "Unavailable"),
    ],
)
def test_a_connector_is_granted_while_it_is_free(occupancy: Occupancy, word: str) -> None:
    assert said(kept(), occupancy).value == word
    assert said(kept(connector=None), occupancy, occupancy).value == word


def test_a_reserved_connector_is_occupied_for_another_and_replaced_by_its_own_number() -> None:
    assert said(kept(2), FREE, known=(kept(1),)) is OCCUPIED
    assert said(kept(1), FREE, known=(kept(1),)) is ACCEPTED
    # A stranger's cable does not keep the network from changing the date, but nobody gets a connector in use.
    assert said(kept(1), Occupancy.PLUGGED, known=(kept(1),)) is ACCEPTED
    assert said(kept(1), Occupancy.IN_USE, known=(kept(1),)) is OCCUPIED
    assert said(kept(1, TWO), FREE, Occupancy.PLUGGED, known=(kept(1),)) is OCCUPIED


def test_a_date_that_is_past_or_that_nobody_can_check_is_rejected() -> None:
    assert said(kept(expires_ms=NOON_MS), FREE) is REJECTED
    assert verdict(kept(), (), places(FREE), NO_CLOCK, anywhere_is_supported=True) is REJECTED


def test_any_connector_is_granted_only_where_it_is_supported_and_one_more_is_free() -> None:
    anywhere = kept(2, None)

    assert said(anywhere, FREE) is REJECTED
    assert said(anywhere, FREE, FREE) is ACCEPTED
    assert said(anywhere, FREE, FREE, known=(kept(1),)) is ACCEPTED
    assert said(anywhere, FREE, Occupancy.IN_USE, known=(kept(1),)) is OCCUPIED
    assert said(anywhere, FREE, FREE, known=(kept(3, None), kept(4, None))) is OCCUPIED
    assert said(anywhere, Occupancy.FAULTED, Occupancy.OUT_OF_SERVICE).value == "Unavailable"


def test_the_last_free_connector_that_was_promised_is_not_promised_again() -> None:
    assert said(kept(2), FREE, Occupancy.IN_USE, known=(kept(1, None),)) is OCCUPIED
    assert said(kept(2), FREE, FREE, known=(kept(1, None),)) is ACCEPTED


def test_a_connector_that_there_is_not_is_rejected() -> None:
    assert said(kept(connector=TWO), FREE) is REJECTED


def test_a_reservation_lets_in_its_token_and_its_group() -> None:
    own = Bookings(own=kept(group=FAMILY))

    assert own.refuses(HOLDER, None) is None
    assert own.refuses(IdToken("cafe01"), None) is None
    assert own.refuses(RELATIVE, FAMILY) is None
    assert own.refuses(FAMILY, None) is None
    assert own.refuses(STRANGER, None) is not None
    assert own.refuses(STRANGER, IdToken("OTHERS")) is not None


def test_without_a_group_in_it_the_answer_need_not_be_asked_for() -> None:
    assert Bookings(own=kept()).refuses_whatever_the_group(STRANGER) is not None
    assert Bookings(own=kept(group=FAMILY)).refuses_whatever_the_group(STRANGER) is None


def test_whoever_holds_one_for_any_connector_uses_it_up_wherever_they_charge() -> None:
    free = bookings_of(ONE, (kept(1, None),), places(FREE, FREE))

    assert free.used_by(HOLDER, None) == kept(1, None)
    assert (free.refuses(STRANGER, None), free.used_by(STRANGER, None)) == (None, None)


def test_the_last_free_connector_is_for_whoever_was_promised_one() -> None:
    known = (kept(1, None),)
    last = bookings_of(ONE, known, places(FREE, Occupancy.IN_USE))

    assert last.refuses(STRANGER, None) == known[0]
    assert last.refuses(HOLDER, None) is None
    # The other one is in use; who uses it is not sent away, but nobody new may begin there either.
    assert bookings_of(TWO, known, places(FREE, Occupancy.IN_USE)).refuses(STRANGER, None) is None


def test_a_connector_reserved_by_its_number_is_not_free_for_those_of_any() -> None:
    known = (kept(1), kept(2, None))

    assert bookings_of(TWO, known, places(FREE, FREE)).is_needed
    assert bookings_of(ONE, known, places(FREE, FREE)).used_by(HOLDER, None) == kept(1)


def test_it_is_over_by_its_date_and_with_a_connector_that_cannot_serve() -> None:
    later = Instant(200.0, NOON_MS + 60_000)

    assert ended((kept(),), places(FREE), NOW) == ()
    assert [one.why for one in ended((kept(),), places(FREE), later)] == ["its date has come"]
    assert ended((kept(),), places(FREE), NO_CLOCK) == ()
    assert [one.why for one in ended((kept(),), places(Occupancy.FAULTED), NOW)] == ["the connector is faulted"]
    assert len(ended((kept(1, None),), places(*OUT), NOW)) == 1
    assert ended((kept(1, None),), places(Occupancy.FAULTED, FREE), NOW) == ()
    assert ended((kept(),), places(Occupancy.STARTING), NOW) == ()
    assert len(ended((kept(connector=TWO),), places(FREE), NOW)) == 1


def test_the_next_end_is_told_by_the_monotonic_clock() -> None:
    assert next_end_s((kept(), kept(2, TWO, expires_ms=NOON_MS + 5_000)), NOW) == 105.0
    assert next_end_s((kept(expires_ms=NOON_MS - 5_000),), NOW) == 100.0
    assert (next_end_s((), NOW), next_end_s((kept(),), NO_CLOCK)) == (None, None)


occupancies = st.lists(st.sampled_from(Occupancy), min_size=1, max_size=4)
asked = st.builds(
    kept,
    id=st.integers(1, 6),
    connector=st.none() | st.integers(1, 4).map(ConnectorId),
    expires_ms=st.sampled_from([NOON_MS - 1, NOON_MS + 1, NOON_MS + 60_000]),
)


@given(occupancies, st.lists(asked, max_size=12))
def test_however_many_are_asked_for_every_promise_can_be_kept(
    found: list[Occupancy], wishes: list[Reservation]
) -> None:
    known: tuple[Reservation, ...] = ()
    there = places(*found)
    for wish in wishes:
        if verdict(wish, known, there, NOW, anywhere_is_supported=len(found) > 1) is ACCEPTED:
            known = (*(one for one in known if one.id != wish.id), wish)
    named = [one.connector for one in known if one.connector is not None]
    for_any = len(known) - len(named)
    free = [place.connector for place in there if place.occupancy is FREE]
    assert len(set(named)) == len(named)
    assert set(named) <= set(free)
    assert len(set(free) - set(named)) >= for_any


@given(occupancies, st.lists(asked, max_size=6, unique_by=lambda one: one.id), st.data())
def test_a_stranger_never_takes_what_was_promised(
    found: list[Occupancy], known: list[Reservation], data: st.DataObject
) -> None:
    there = places(*found)
    place = data.draw(st.sampled_from(there))
    if place.occupancy is not FREE or bookings_of(place.connector, tuple(known), there).refuses(STRANGER, None):
        return
    named = {one.connector for one in known if one.connector is not None}
    left = [one.connector for one in there if one.occupancy is FREE and one != place and one.connector not in named]
    assert place.connector not in named
    assert len(left) >= sum(one.connector is None for one in known)
