"""A latched fault bars the connector until a person clears it, and never while its condition is there."""

from __future__ import annotations

from agent.core.availability import ConnectorStatus
from agent.core.identity import IdToken
from agent.core.session.effects import PermitPower, SetStanding
from agent.core.session.events import DriverLost, FaultObserved, FaultReleased, TokenPresented
from agent.core.session.model import SessionSettings
from tests.core.session.station import CARD, RecordingStation, charging

WELDED = "contactor.welded"


def latched() -> RecordingStation:
    station = charging()
    station.feed(FaultObserved(id=WELDED, present=True))
    station.advance(30)
    return station


def test_a_latched_fault_stays_when_its_condition_goes_and_ends_when_a_person_clears_it() -> None:
    station = latched()

    station.feed(FaultObserved(id=WELDED, present=False))
    station.advance(3600)
    assert WELDED in station.session.faults.ids
    station.feed(FaultReleased(WELDED))

    assert station.session.faults.ids == ()
    assert station.session.faults.latched() == ()
    assert ("fault.cleared", (("id", WELDED),)) in [(news.name, news.fields) for news in station.news]


def test_after_the_clearing_a_new_charge_begins() -> None:
    station = latched()
    station.feed(FaultObserved(id=WELDED, present=False))
    station.unplug()
    station.advance(5)
    assert station.status() is ConnectorStatus.FAULTED

    station.feed(FaultReleased(WELDED))
    station.plug_in()
    station.feed(TokenPresented(CARD))
    station.advance(5)

    assert station.has_permission()


def test_a_condition_that_is_there_is_not_cleared_away() -> None:
    station = latched()

    station.feed(FaultReleased(WELDED))

    assert WELDED in station.session.faults.ids
    assert not station.has_permission()


def test_what_the_silent_board_alone_could_see_is_not_cleared() -> None:
    station = latched()
    station.feed(FaultObserved(id=WELDED, present=False))
    station.feed(DriverLost(interface="pilot_board", detail="the test"))

    station.feed(FaultReleased(WELDED))

    assert WELDED in station.session.faults.ids


def test_what_clears_otherwise_and_what_is_not_there_are_left_alone() -> None:
    station = charging()
    station.feed(FaultObserved(id="cp.diode", present=True))
    station.feed(FaultObserved(id="cp.diode", present=False))

    station.feed(FaultReleased("cp.diode"))
    station.feed(FaultReleased(WELDED))

    assert station.session.faults.ids == ("cp.diode",)


def test_a_contactor_is_held_no_more_before_it_is_permitted_anew() -> None:
    tilt = "enclosure.tilt"
    station = RecordingStation(SessionSettings(free_vend_token=IdToken("FREE")))
    station.feed(FaultObserved(id=tilt, present=True))
    station.plug_in()
    station.feed(FaultObserved(id=tilt, present=False))
    station.performed.clear()

    station.feed(FaultReleased(tilt))
    station.advance(5)

    told = [effect for effect in station.performed if isinstance(effect, PermitPower | SetStanding)]
    assert told == [SetStanding(), PermitPower(True)]
    assert station.has_permission()
