"""What lowers, pauses or ends a charge."""

from __future__ import annotations

import pytest

from agent.core.availability import ConnectorStatus
from agent.core.control_pilot import ContactorState
from agent.core.facts import StopReason
from agent.core.limits import RESUME_AFTER_S
from agent.core.session.events import (
    FaultObserved,
    TokenPresented,
)
from agent.core.session.model import SessionPhase
from tests.core.session.station import CARD, charging


def test_limit_below_6_a_pauses_and_never_stops() -> None:
    station = charging()
    station.advance(45)

    station.limited(4.0)

    assert station.offer_a() == 0
    assert station.status() is ConnectorStatus.SUSPENDED_EVSE
    assert station.phase() is SessionPhase.CHARGING
    station.advance(20)
    station.limited(10.0)
    assert station.offer_a() == 10
    assert station.status() is ConnectorStatus.CHARGING


@pytest.mark.parametrize(("charged_s", "waits_s"), [(1, 59), (30, 30), (56, 4), (58, 3), (600, 3)])
def test_a_charge_that_was_paused_begins_again_a_minute_after_it_began_last_at_the_soonest(
    charged_s: float, waits_s: float
) -> None:
    station = charging()
    station.advance(RESUME_AFTER_S)  # whatever the start itself took
    station.limited(0.0)
    station.advance(RESUME_AFTER_S)
    station.limited(10.0)
    assert station.offer_a() == 10
    station.advance(charged_s)

    station.limited(0.0)
    station.limited(10.0)
    station.advance(waits_s - 0.5)

    assert station.offer_a() == 0
    assert station.status() is ConnectorStatus.SUSPENDED_EVSE
    station.advance(1)
    assert station.offer_a() == 10
    assert station.status() is ConnectorStatus.CHARGING


def test_however_often_a_limit_changes_the_contactor_closes_once_a_minute_at_most() -> None:
    station = charging()
    closings, was_closed = 0, True

    for second in range(3600):
        station.limited(0.0 if second % 2 else 16.0)
        station.advance(1)
        is_closed = station.session.contactor is ContactorState.CLOSED
        closings += is_closed and not was_closed
        was_closed = is_closed

    assert 50 <= closings <= 60
    assert station.phase() is SessionPhase.CHARGING


def test_less_is_offered_at_once_and_more_after_five_seconds() -> None:
    station = charging()

    station.limited(8.0)
    assert station.offer_a() == 8
    station.limited(None)
    assert station.offer_a() == 8
    station.advance(4.9)
    assert station.offer_a() == 8
    station.advance(0.2)

    assert station.offer_a() == 16


def test_a_critical_fault_withdraws_at_once_and_ends_the_charge() -> None:
    station = charging()

    station.feed(FaultObserved(id="rcd.dc_trip", present=True))

    assert not station.has_permission()
    assert station.offer_a() == 0
    assert station.status() is ConnectorStatus.FAULTED
    station.advance(8)
    assert [stop.reason for stop in station.stops()] == [StopReason.FAULT]


def test_the_emergency_stop_has_its_own_reason() -> None:
    station = charging()

    station.feed(FaultObserved(id="safety.emergency_stop", present=True))
    station.advance(8)

    assert [stop.reason for stop in station.stops()] == [StopReason.EMERGENCY_STOP]


def test_a_fault_that_clears_by_itself_interrupts_and_the_charge_goes_on() -> None:
    station = charging()
    station.advance(45)
    station.feed(FaultObserved(id="temp.board_stop", present=True))
    station.advance(7)
    assert station.phase() is SessionPhase.CHARGING
    assert not station.has_permission()

    station.feed(FaultObserved(id="temp.board_stop", present=False))
    station.advance(11)

    assert station.has_permission()
    assert station.status() is ConnectorStatus.CHARGING


def test_a_blocking_fault_lets_the_running_charge_end_normally_and_bars_the_next() -> None:
    station = charging()

    station.feed(FaultObserved(id="mcu.firmware_mismatch", present=True))

    assert station.has_permission()
    assert station.status() is ConnectorStatus.CHARGING
    station.feed(TokenPresented(CARD))
    station.advance(8)
    assert station.status() is ConnectorStatus.FAULTED
    station.feed(TokenPresented(CARD))
    assert station.told("session.refused")[-1]["reason"] == "a fault is present: mcu.firmware_mismatch"


def test_faults_of_the_car_clear_two_seconds_after_it_left() -> None:
    station = charging()
    station.feed(FaultObserved(id="cp.diode", present=True))
    station.advance(8)
    station.feed(FaultObserved(id="cp.diode", present=False))
    station.advance(60)
    assert station.status() is ConnectorStatus.FAULTED

    station.unplug()
    station.advance(2.1)

    assert station.status() is ConnectorStatus.AVAILABLE
