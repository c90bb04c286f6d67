"""From a plug and a card to a start on record, and from the decision to stop to a stop on record."""

from __future__ import annotations

from agent.core.availability import ConnectorStatus
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.facts import StopReason
from agent.core.session.effects import (
    OfferCurrent,
    PermitPower,
    RecordStart,
    RecordStop,
    SetLock,
)
from agent.core.session.events import (
    ContactorReported,
    StopRequested,
    TokenPresented,
)
from agent.core.session.model import SessionPhase, SessionSettings
from agent.core.uptime.causes import cause_of
from tests.core.session.station import CARD, RecordingStation, charging


def order_of(station: RecordingStation, *kinds: type) -> list[type]:
    return [type(effect) for effect in station.performed if isinstance(effect, kinds)]


def test_plug_then_card_charges_and_card_again_stops() -> None:
    station = charging()
    start_wh = station.session.transaction.start_wh if station.session.transaction else 0

    station.feed(TokenPresented(CARD))
    station.advance(10)
    station.unplug()

    [stop] = station.stops()
    assert (stop.reason, stop.token) == (StopReason.LOCAL, CARD)
    assert stop.register_wh - start_wh == int(station.register_wh) - start_wh > 10
    assert [report.status.value for report in station.statuses] == [
        "Available", "Preparing", "SuspendedEV", "Charging", "Finishing", "Available",
    ]  # fmt: skip
    assert station.phase() is SessionPhase.IDLE


def test_card_then_plug_charges() -> None:
    station = RecordingStation()
    station.feed(TokenPresented(CARD))
    assert station.phase() is SessionPhase.AUTHORIZED
    assert station.status() is ConnectorStatus.PREPARING

    station.plug_in()
    station.advance(1)

    assert station.phase() is SessionPhase.CHARGING


def test_start_is_durable_before_power_is_permitted() -> None:
    station = charging()

    assert order_of(station, RecordStart, PermitPower)[-2:] == [RecordStart, PermitPower]


def test_a_stop_ends_the_offer_first_and_withdraws_once_the_contactor_is_open() -> None:
    station = charging()
    station.performed.clear()

    station.feed(TokenPresented(CARD))

    assert OfferCurrent(0.0, "Local") in station.performed
    assert PermitPower(False) not in station.performed
    station.pilot_is(PilotState.B)
    assert PermitPower(False) in station.performed


def test_a_car_that_ignores_the_end_of_the_offer_is_waited_for_six_seconds_and_paid_for() -> None:
    station = charging()
    before_wh = int(station.register_wh)

    station.feed(StopRequested(reason=StopReason.REMOTE))
    station.advance(7)

    [stop] = station.stops()
    assert stop.reason is StopReason.REMOTE
    assert stop.register_wh == int(station.register_wh) == before_wh + 6


def test_start_takes_a_fresh_register_of_the_open_contactor_without_asking_again() -> None:
    station = RecordingStation()
    station.plug_in()
    station.advance(3)

    station.feed(TokenPresented(CARD))

    assert len(station.open_rows()) == 1
    assert not station.reading_due


def test_start_without_a_register_waits_ten_seconds_and_is_refused_with_a_fault() -> None:
    station = RecordingStation()
    station.meter_answers = False
    station.plug_in()

    station.feed(TokenPresented(CARD))
    station.advance(9)
    assert station.phase() is SessionPhase.STARTING
    station.advance(2)

    assert station.phase() is SessionPhase.PLUGGED
    assert station.session.faults.ids == ("meter.comm",)
    assert station.status() is ConnectorStatus.FAULTED
    assert station.told("session.refused")[-1]["reason"] == "the meter gave no register to start from"
    assert not station.rows


def test_start_whose_meter_comes_back_in_time_begins() -> None:
    station = RecordingStation()
    station.meter_answers = False
    station.plug_in()
    station.feed(TokenPresented(CARD))
    station.advance(4)

    station.meter_answers = True
    station.advance(3, sample_every_s=None)

    assert station.phase() is SessionPhase.CHARGING


def test_a_start_the_store_cannot_keep_gives_no_power_and_is_refused_in_the_end() -> None:
    station = RecordingStation()
    station.plug_in()
    station.store_works = False

    station.feed(TokenPresented(CARD))
    station.advance(12)

    assert not station.rows
    assert not station.has_permission()
    assert station.phase() is SessionPhase.PLUGGED
    assert station.told("session.refused")[-1]["reason"] == "the start could not be put on record"


def test_a_start_whose_lock_jams_is_no_failure_of_the_store_and_no_outage() -> None:
    station = RecordingStation(SessionSettings(has_lock=True))
    station.fails = lambda effect: isinstance(effect, SetLock) and effect.locked
    station.plug_in()
    station.advance(3)  # a fresh register: lock and record are ordered in one step
    station.feed(TokenPresented(CARD))

    causes = []
    for _ in range(24):
        station.advance(0.5)
        causes.append(cause_of(station.session))

    assert station.told("session.refused")[-1]["reason"] == "the plug could not be locked"
    assert not any(causes)


def test_a_start_that_the_store_refuses_is_an_outage_of_the_store_until_it_is_given_up() -> None:
    station = RecordingStation()
    station.plug_in()
    station.advance(3)
    station.store_works = False
    station.feed(TokenPresented(CARD))
    station.advance(1)

    cause = cause_of(station.session)
    assert cause is not None and cause.key == "store.failed"
    station.advance(12)
    assert cause_of(station.session) is None


def test_a_stop_the_store_cannot_keep_is_tried_until_it_can_with_the_same_register_and_time() -> None:
    station = charging()
    station.store_works = False
    station.feed(TokenPresented(CARD))
    station.pilot_is(PilotState.B)
    station.advance(600)
    assert station.phase() is SessionPhase.STOPPING
    assert not station.has_permission()
    ended_at = station.session.pending_stop.ended_at if station.session.pending_stop else None

    station.store_works = True
    station.advance(3)

    [stop] = station.stops()
    assert stop.at == ended_at
    assert station.phase() is SessionPhase.FINISHING


def test_the_stop_is_the_last_thing_before_the_cable_is_released() -> None:
    station = charging(SessionSettings(has_lock=True))
    station.performed = [effect for effect in station.performed if effect != SetLock(False)]

    station.feed(TokenPresented(CARD))
    station.advance(8)

    assert not station.is_locked()
    place = next(index for index, effect in enumerate(station.performed) if isinstance(effect, RecordStop))
    assert [effect.locked for effect in station.performed[:place] if isinstance(effect, SetLock)] == [True]


def test_a_plug_behind_welded_contacts_stays_locked_until_they_are_open() -> None:
    station = charging(SessionSettings(has_lock=True))

    station.feed(StopRequested(reason=StopReason.REMOTE))
    station.advance(30)
    assert station.phase() is SessionPhase.FINISHING

    station.feed(ContactorReported(ContactorState.WELDED))
    assert station.is_locked()

    station.feed(ContactorReported(ContactorState.OPEN))
    assert not station.is_locked()


def test_no_start_goes_on_record_while_the_lock_does_not_obey() -> None:
    station = RecordingStation(SessionSettings(has_lock=True))
    station.fails = lambda effect: effect == SetLock(True)
    station.plug_in()

    station.feed(TokenPresented(CARD))
    station.advance(30)

    assert not station.rows
    assert station.session.faults.ids == ()
    assert station.told("session.refused")[-1]["reason"] == "the plug could not be locked"


def test_a_lock_that_obeys_at_the_second_try_only_delays_the_start() -> None:
    station = RecordingStation(SessionSettings(has_lock=True))
    station.fails = lambda effect: effect == SetLock(True) and station.now.monotonic_s < 1_000.5
    station.plug_in()

    station.feed(TokenPresented(CARD))
    station.advance(5)

    assert station.phase() is SessionPhase.CHARGING
    assert station.is_locked()


def test_permission_does_not_outlast_the_time_a_contactor_takes_to_open() -> None:
    station = charging()
    station.contactor_sticks = True

    station.feed(StopRequested(reason=StopReason.REMOTE))
    station.advance(7.9)
    assert station.has_permission()
    station.advance(0.2)

    assert not station.has_permission()
    station.advance(4)
    assert [stop.register_wh for stop in station.stops()] == [int(station.register_wh) - 4]
