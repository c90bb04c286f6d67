"""A session whose connector is kept for somebody: who is let in, what is shown, what a start uses up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.availability import NO_BOOKINGS, Bookings, ConnectorStatus, Reservation
from agent.core.identity import IdToken
from agent.core.session.effects import Signal
from agent.core.session.events import AuthorizationStatus, StartRequested, TokenPresented
from agent.core.session.model import RefusalCause, SessionPhase, SessionSettings
from tests.core.session.station import CARD, CONNECTOR, FAMILY, OTHER_CARD, RecordingStation

OWN = Reservation(id=7, connector=CONNECTOR, token=CARD, expires_ms=1)
OF_FAMILY = replace(OWN, group=FAMILY)
ACCEPTED = AuthorizationStatus.ACCEPTED


def reserved(own: Reservation = OWN, settings: SessionSettings | None = None) -> RecordingStation:
    station = RecordingStation(settings)
    station.booked(Bookings(own=own))
    return station


def show(station: RecordingStation, token: IdToken, group: IdToken | None = None) -> None:
    station.answers[token] = (ACCEPTED, group)
    station.feed(TokenPresented(token))


def test_the_holder_charges_and_the_start_carries_the_number() -> None:
    station = reserved()
    assert station.status() is ConnectorStatus.RESERVED
    show(station, CARD)
    assert station.status() is ConnectorStatus.PREPARING
    station.plug_in()
    station.advance(5)

    (row,) = station.open_rows()
    assert row.started.reservation_id == OWN.id
    assert station.session.bookings == NO_BOOKINGS


def test_another_token_is_refused_at_once_and_shown_so() -> None:
    station = reserved()
    station.plug_in()
    show(station, OTHER_CARD)

    refusal = station.session.refusal
    assert refusal is not None and refusal.cause is RefusalCause.RESERVED
    assert refusal.why == f"the connector is reserved for {CARD.masked}"
    assert (station.asked, station.signal(), station.status()) == ([], Signal.REFUSED, ConnectorStatus.RESERVED)


@pytest.mark.parametrize(("group", "is_let_in"), [(FAMILY, True), (IdToken("OTHERS"), False), (None, False)])
@pytest.mark.parametrize("by_request", [False, True])
def test_the_group_of_a_token_is_asked_for_where_it_matters(
    group: IdToken | None, is_let_in: bool, by_request: bool
) -> None:
    station = reserved(OF_FAMILY)
    station.plug_in()
    station.answers[OTHER_CARD] = (ACCEPTED, group)
    station.feed(StartRequested(token=OTHER_CARD, authorize=False) if by_request else TokenPresented(OTHER_CARD))
    station.advance(5)

    assert station.asked == [OTHER_CARD]
    assert [row.started.reservation_id for row in station.open_rows()] == ([OWN.id] if is_let_in else [])


def test_a_remote_start_of_the_holder_that_is_not_asked_about_starts_at_once() -> None:
    station = reserved()
    station.plug_in()
    station.feed(StartRequested(token=CARD, authorize=False))
    station.advance(5)

    assert station.asked == []
    assert [row.started.reservation_id for row in station.open_rows()] == [OWN.id]


def test_a_start_that_the_store_refused_has_not_used_it_up() -> None:
    station = reserved()
    station.plug_in()
    station.store_works = False
    show(station, CARD)
    station.advance(5)
    assert station.session.bookings.own == OWN

    station.store_works = True
    station.advance(5)
    assert [row.started.reservation_id for row in station.open_rows()] == [OWN.id]


def test_somebody_accepted_in_the_moment_of_the_reservation_makes_room() -> None:
    station = RecordingStation()
    show(station, OTHER_CARD)
    station.booked(Bookings(own=OWN))

    assert station.phase() is SessionPhase.IDLE
    assert station.session.refusal is not None
    assert station.status() is ConnectorStatus.RESERVED


def test_who_was_accepted_first_keeps_what_was_the_last_free_connector_only_later() -> None:
    station = RecordingStation()
    show(station, OTHER_CARD)
    station.booked(Bookings(anywhere=(replace(OWN, connector=None),), is_needed=True))

    assert station.phase() is SessionPhase.AUTHORIZED


def test_a_running_charge_goes_on_beside_a_reservation_and_ends_into_it() -> None:
    station = RecordingStation()
    station.plug_in()
    show(station, OTHER_CARD)
    station.advance(5)
    station.booked(Bookings(own=OWN))
    assert station.phase() is SessionPhase.CHARGING

    show(station, OTHER_CARD)
    station.advance(20)
    assert station.status() is ConnectorStatus.RESERVED
    station.unplug()
    assert station.status() is ConnectorStatus.RESERVED


def test_free_vending_does_not_give_away_what_is_reserved() -> None:
    free = IdToken("FREE")
    station = reserved(settings=SessionSettings(free_vend_token=free))
    station.plug_in()
    station.advance(5)
    assert station.open_rows() == []

    station.booked(NO_BOOKINGS)
    station.advance(5)
    assert [row.started.token for row in station.open_rows()] == [free]


def test_a_reservation_that_ends_leaves_the_connector_as_it_is() -> None:
    station = reserved()
    station.plug_in()
    station.booked(NO_BOOKINGS)

    assert station.status() is ConnectorStatus.PREPARING
