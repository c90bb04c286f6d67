"""A connector that is lent to a self-test: when, what it is meanwhile, and what the session does at the end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.core.availability import Bookings, ConnectorStatus, Reservation
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.faults.model import Witness
from agent.core.session.effects import OfferCurrent, PermitPower, SetLock, SetStanding, Show, Signal
from agent.core.session.events import (
    FaultObserved,
    LoanEnded,
    LoanRequested,
    ProgramEnds,
    StartRequested,
    TokenPresented,
)
from agent.core.session.lending import objection_to_loan
from agent.core.session.model import Loan, SessionPhase, SessionSettings
from tests.core.session.station import CARD, CONNECTOR, RecordingStation

RESERVED = Bookings(own=Reservation(id=7, connector=CONNECTOR, token=CARD, expires_ms=1))


def lent(station: RecordingStation) -> Loan:
    loan = Loan(by="the self-test ST203", since=station.now)
    station.feed(LoanRequested(loan))
    assert station.session.loan is loan
    return loan


def charging(settings: SessionSettings | None = None) -> RecordingStation:
    station = RecordingStation(settings)
    station.plug_in()
    station.feed(TokenPresented(CARD))
    station.advance(4)
    station.pilot_is(PilotState.C)
    station.advance(10)
    assert station.phase() is SessionPhase.CHARGING
    return station


def test_a_charge_is_not_disturbed_by_a_test() -> None:
    station = charging()

    station.feed(LoanRequested(Loan(by="the self-test ST203", since=station.now)))

    assert station.session.loan is None
    assert "a charge is under way" in objection_to_loan(station.session)


def test_whoever_was_accepted_comes_first() -> None:
    station = RecordingStation()
    station.feed(TokenPresented(CARD))

    station.feed(LoanRequested(Loan(by="the self-test ST203", since=station.now)))

    assert station.session.loan is None
    assert "about to plug in" in objection_to_loan(station.session)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"asked": CARD}, "shows a card there"),
        ({"held_for": CARD}, "a cable is locked there"),
        ({"bookings": RESERVED}, "it is reserved"),
        ({"permitted": True}, "has not opened yet"),
        ({"contactor": ContactorState.CLOSED}, "has not opened yet"),
        ({"ends": True}, "about to stop its program"),
    ],
)
def test_whatever_else_stands_against_it_is_told(change: dict[str, Any], words: str) -> None:
    session = replace(RecordingStation().session, **change)

    assert objection_to_loan(RecordingStation().session) == ""
    assert words in objection_to_loan(session)


def test_the_second_one_is_told_who_has_it() -> None:
    station = RecordingStation()
    lent(station)

    assert objection_to_loan(station.session) == "the self-test ST203 has it already"


def test_a_card_and_a_remote_start_are_refused_and_the_network_is_told_that_it_is_unavailable() -> None:
    station = RecordingStation()
    lent(station)

    station.plug_in()
    station.feed(TokenPresented(CARD))
    station.feed(StartRequested(token=CARD, authorize=False))
    station.advance(60)

    assert station.status() is ConnectorStatus.UNAVAILABLE
    assert station.rows == {}
    assert station.session.refusal is not None and "ST203" in station.session.refusal.why


def test_what_was_moved_is_moved_back_by_the_session_itself() -> None:
    station = RecordingStation(SessionSettings(has_lock=True))
    loan = lent(station)
    station.plug_in(PilotState.C)
    station.is_moved(permitted=True, offer_a=16.0, locked=True)
    assert station.contactor is ContactorState.CLOSED
    station.performed.clear()

    station.feed(LoanEnded(loan))
    station.advance(8)

    orders = [one for one in station.performed if isinstance(one, OfferCurrent | PermitPower | SetLock | SetStanding)]
    assert PermitPower(False) in orders and any(isinstance(one, OfferCurrent) for one in orders)
    safe = (False, 0.0, False, ContactorState.OPEN)
    assert (station.has_permission(), station.offer_a(), station.is_locked(), station.contactor) == safe


def test_the_lights_are_the_borrowers_and_then_the_sessions_again() -> None:
    station = RecordingStation()
    loan = lent(station)
    station.performed.clear()

    station.plug_in()
    station.feed(LoanEnded(loan))

    assert [one for one in station.performed if isinstance(one, Show)] == [Show(Signal.FINISHING)]


def test_an_adapter_that_stays_in_gets_nothing_where_nobody_has_to_identify() -> None:
    station = RecordingStation(SessionSettings(free_vend_token=CARD))
    loan = lent(station)
    station.plug_in(PilotState.C)

    station.feed(LoanEnded(loan))
    station.advance(300)

    assert station.rows == {}
    station.unplug()
    station.plug_in()
    station.advance(10)
    assert len(station.rows) == 1


def test_an_emergency_stop_holds_the_contactor_open_whoever_moves_it() -> None:
    station = RecordingStation()
    lent(station)
    station.plug_in(PilotState.C)
    station.is_moved(permitted=True, offer_a=16.0, locked=False)

    station.feed(FaultObserved(id="safety.emergency_stop", present=True, witness=Witness.INPUT))

    assert station.standing.held_open
    assert station.contactor is ContactorState.OPEN


def test_a_program_that_ends_takes_its_devices_back() -> None:
    station = RecordingStation()
    loan = lent(station)
    station.plug_in(PilotState.C)
    station.is_moved(permitted=True, offer_a=16.0, locked=False)

    station.feed(ProgramEnds())
    station.feed(LoanEnded(loan))
    station.advance(8)

    assert station.session.loan is None
    assert not station.has_permission()
    assert station.contactor is ContactorState.OPEN
