"""Charges from plug to plug, as people and networks make them."""

from __future__ import annotations

from agent.core.availability import ConnectorStatus
from agent.core.control_pilot import PilotState
from agent.core.facts import StopReason
from agent.core.identity import IdToken
from agent.core.limits import LimitSource
from agent.core.session.effects import (
    OfferCurrent,
    PermitPower,
    RecordCheckpoint,
    RecordStart,
    RecordStop,
    SetLock,
    Signal,
)
from agent.core.session.events import (
    AuthorizationStatus,
    AvailabilityRequested,
    FaultObserved,
    LimitChanged,
    StartRequested,
    StopRequested,
    TokenPresented,
    TransactionJudged,
)
from agent.core.session.model import SessionPhase, SessionSettings
from tests.core.session.station import CARD, FAMILY, OTHER_CARD, RecordingStation


def charging(settings: SessionSettings | None = None) -> RecordingStation:
    """A station ten seconds into a charge."""
    station = RecordingStation(settings)
    station.plug_in()
    station.feed(TokenPresented(CARD))
    station.advance(1)
    station.pilot_is(PilotState.C)
    station.advance(10)
    assert station.phase() is SessionPhase.CHARGING
    return station


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


def test_a_silent_meter_bars_the_next_charge_at_once() -> None:
    station = RecordingStation()
    station.meter_falls_silent()
    station.plug_in()

    station.feed(TokenPresented(CARD))

    assert station.phase() is SessionPhase.PLUGGED
    assert station.signal() is Signal.FAULT
    assert not station.asked


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


def test_a_stop_with_a_silent_meter_records_the_last_register_known() -> None:
    station = charging()
    known_wh = station.session.last_register_wh
    station.meter_falls_silent()
    station.advance(5)

    station.feed(TokenPresented(CARD))
    station.pilot_is(PilotState.B)
    station.advance(4)

    assert [stop.register_wh for stop in station.stops()] == [known_wh]


def test_a_meter_that_stays_silent_ends_the_charge_after_a_minute() -> None:
    station = charging()
    station.meter_falls_silent()
    station.advance(59)
    assert station.phase() is SessionPhase.CHARGING
    assert station.status() is ConnectorStatus.CHARGING

    station.advance(15)

    assert [stop.reason for stop in station.stops()] == [StopReason.FAULT]
    assert station.status() is ConnectorStatus.FAULTED


def test_a_meter_that_returns_within_the_minute_is_forgiven() -> None:
    station = charging()
    station.meter_falls_silent()
    station.advance(50)
    station.meter_is_back()

    station.advance(60)

    assert station.phase() is SessionPhase.CHARGING
    assert station.session.faults.ids == ()


def test_a_checkpoint_is_recorded_every_minute_and_every_hundred_wh() -> None:
    station = charging()
    station.performed.clear()
    station.advance(300)
    checkpoints = [effect for effect in station.performed if isinstance(effect, RecordCheckpoint)]
    assert len(checkpoints) == 5

    station.pilot_is(PilotState.B)
    station.performed.clear()
    station.advance(300)

    assert len([effect for effect in station.performed if isinstance(effect, RecordCheckpoint)]) == 5


def test_unplugging_under_load_stops_with_ev_disconnected() -> None:
    station = charging()

    station.unplug()
    station.advance(2)

    assert [stop.reason for stop in station.stops()] == [StopReason.EV_DISCONNECTED]
    assert station.phase() is SessionPhase.IDLE
    assert station.status() is ConnectorStatus.AVAILABLE


def test_unplugging_only_suspends_where_the_site_wants_that() -> None:
    station = charging(SessionSettings(stop_on_ev_disconnect=False))

    station.unplug()

    assert station.phase() is SessionPhase.CHARGING
    assert not station.has_permission()
    assert (station.status(), station.statuses[-1].info) == (ConnectorStatus.SUSPENDED_EV, "EV side disconnected")
    station.advance(30)
    station.plug_in(PilotState.C)
    assert station.status() is ConnectorStatus.CHARGING
    assert station.open_rows()[0].plug == station.session.plug


def test_another_card_is_refused_and_the_charge_goes_on() -> None:
    station = charging()

    station.feed(TokenPresented(OTHER_CARD))

    assert station.phase() is SessionPhase.CHARGING
    assert station.signal() is Signal.REFUSED
    station.advance(4)
    assert station.signal() is Signal.CHARGING


def test_a_card_of_the_same_group_stops() -> None:
    station = RecordingStation()
    station.answers = {
        CARD: (AuthorizationStatus.ACCEPTED, FAMILY),
        OTHER_CARD: (AuthorizationStatus.ACCEPTED, FAMILY),
    }
    station.plug_in()
    station.feed(TokenPresented(CARD))
    station.advance(5)

    station.feed(TokenPresented(OTHER_CARD))
    station.advance(2)

    assert [(stop.reason, stop.token) for stop in station.stops()] == [(StopReason.LOCAL, OTHER_CARD)]


def test_a_blocked_card_of_the_same_group_does_not_stop() -> None:
    station = RecordingStation()
    station.answers = {
        CARD: (AuthorizationStatus.ACCEPTED, FAMILY),
        OTHER_CARD: (AuthorizationStatus.BLOCKED, FAMILY),
    }
    station.plug_in()
    station.feed(TokenPresented(CARD))
    station.advance(5)

    station.feed(TokenPresented(OTHER_CARD))

    assert station.phase() is SessionPhase.CHARGING


def test_letter_case_of_a_card_does_not_matter() -> None:
    station = charging()

    station.feed(TokenPresented(IdToken(CARD.value.lower())))

    assert station.phase() is SessionPhase.STOPPING


def test_card_first_gives_up_after_the_connection_time_out() -> None:
    station = RecordingStation()
    station.feed(TokenPresented(CARD))

    station.advance(119)
    assert station.phase() is SessionPhase.AUTHORIZED
    station.advance(2)

    assert station.phase() is SessionPhase.IDLE
    assert station.status() is ConnectorStatus.AVAILABLE


def test_card_shown_twice_takes_it_back() -> None:
    station = RecordingStation()

    station.feed(TokenPresented(CARD))
    station.feed(TokenPresented(CARD))

    assert station.phase() is SessionPhase.IDLE


def test_plug_first_finishes_after_the_time_out_and_a_later_card_still_starts() -> None:
    station = RecordingStation()
    station.plug_in()
    station.advance(121)
    assert station.status() is ConnectorStatus.FINISHING
    assert station.session.faults.ids == ("auth.timeout",)

    station.feed(TokenPresented(CARD))
    station.advance(1)

    assert station.phase() is SessionPhase.CHARGING
    statuses = [report.status for report in station.statuses]
    place = statuses.index(ConnectorStatus.FINISHING)
    assert ConnectorStatus.PREPARING in statuses[place:]


def test_limit_below_6_a_pauses_and_never_stops() -> None:
    station = charging()

    station.feed(LimitChanged(source=LimitSource.NETWORK, current_a=4.0, detail="profile 3"))

    assert station.offer_a() == 0
    assert station.status() is ConnectorStatus.SUSPENDED_EVSE
    assert station.phase() is SessionPhase.CHARGING
    station.advance(20)
    station.feed(LimitChanged(source=LimitSource.NETWORK, current_a=10.0, detail="profile 3"))
    assert station.offer_a() == 10
    assert station.status() is ConnectorStatus.CHARGING


def test_less_is_offered_at_once_and_more_after_five_seconds() -> None:
    station = charging()

    station.feed(LimitChanged(source=LimitSource.NETWORK, current_a=8.0, detail="profile 3"))
    assert station.offer_a() == 8
    station.feed(LimitChanged(source=LimitSource.NETWORK, current_a=None))
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


def test_a_refused_start_stops_with_deauthorized() -> None:
    station = charging(SessionSettings(has_lock=True))
    key = station.open_rows()[0].started.key

    station.feed(TransactionJudged(key=key, status=AuthorizationStatus.BLOCKED))
    station.advance(8)

    assert [stop.reason for stop in station.stops()] == [StopReason.DEAUTHORIZED]
    assert station.is_locked(), "the cable stays locked until the card is shown again"
    station.feed(TokenPresented(CARD))
    assert not station.is_locked()
    assert station.phase() is SessionPhase.FINISHING


def test_a_refused_start_only_pauses_where_the_network_wants_that() -> None:
    station = charging(SessionSettings(stop_on_invalid_id=False))
    key = station.open_rows()[0].started.key

    station.feed(TransactionJudged(key=key, status=AuthorizationStatus.INVALID))
    station.advance(8)

    assert station.phase() is SessionPhase.CHARGING
    assert not station.has_permission()
    assert station.status() is ConnectorStatus.SUSPENDED_EVSE
    station.feed(TokenPresented(CARD))
    station.advance(2)
    assert [stop.reason for stop in station.stops()] == [StopReason.LOCAL]


def test_a_judgement_of_another_transaction_is_no_concern() -> None:
    station = charging()

    station.feed(TransactionJudged(key=station.transaction_key(), status=AuthorizationStatus.BLOCKED))

    assert station.phase() is SessionPhase.CHARGING
    assert station.has_permission()


def test_out_of_service_waits_for_the_end_of_the_charge() -> None:
    station = charging()

    station.feed(AvailabilityRequested(operative=False))

    assert station.phase() is SessionPhase.CHARGING
    assert not station.is_operative(), "what was answered with Scheduled survives a restart"
    station.feed(TokenPresented(CARD))
    station.advance(8)
    assert station.status() is ConnectorStatus.UNAVAILABLE
    station.unplug()
    station.plug_in()
    station.feed(TokenPresented(CARD))
    assert station.told("session.refused")[-1]["reason"] == "the connector is out of service"


def test_back_in_service_before_the_end_forgets_the_schedule() -> None:
    station = charging()
    station.feed(AvailabilityRequested(operative=False))

    station.feed(AvailabilityRequested(operative=True))
    station.feed(TokenPresented(CARD))
    station.advance(8)

    assert station.status() is ConnectorStatus.FINISHING
    assert station.is_operative()


def test_out_of_service_while_preparing_goes_through_available() -> None:
    station = RecordingStation()
    station.plug_in()

    station.feed(AvailabilityRequested(operative=False))

    assert [report.status.value for report in station.statuses] == [
        "Available", "Preparing", "Available", "Unavailable",
    ]  # fmt: skip


def test_free_vending_starts_with_the_plug() -> None:
    station = RecordingStation(SessionSettings(free_vend_token=IdToken("FREE", kind="NoAuthorization")))

    station.plug_in()
    station.advance(1)

    assert station.phase() is SessionPhase.CHARGING
    assert station.open_rows()[0].started.token.value == "FREE"
    assert not station.asked


def test_free_vending_does_not_begin_again_after_a_stop() -> None:
    station = RecordingStation(SessionSettings(free_vend_token=IdToken("FREE")))
    station.plug_in()
    station.advance(1)

    station.feed(StopRequested(reason=StopReason.SOFT_RESET))
    station.advance(300)

    assert station.phase() is SessionPhase.FINISHING
    assert len(station.rows) == 1


def test_free_vending_begins_when_the_connector_comes_back_into_service() -> None:
    station = RecordingStation(SessionSettings(free_vend_token=IdToken("FREE")))
    station.feed(AvailabilityRequested(operative=False))
    station.plug_in()
    station.advance(300)
    assert not station.rows

    station.feed(AvailabilityRequested(operative=True))
    station.advance(1)

    assert station.phase() is SessionPhase.CHARGING


def test_a_remote_start_that_is_already_accepted_asks_nobody() -> None:
    station = RecordingStation()
    station.plug_in()

    station.feed(StartRequested(token=CARD, authorize=False, remote_start_id=7))
    station.advance(1)

    assert not station.asked
    assert station.open_rows()[0].started.remote_start_id == 7


def test_a_remote_start_without_a_plug_waits_for_it() -> None:
    station = RecordingStation()
    station.feed(StartRequested(token=CARD, authorize=True, remote_start_id=8))
    assert station.phase() is SessionPhase.AUTHORIZED

    station.plug_in()
    station.advance(1)

    assert station.open_rows()[0].started.remote_start_id == 8


def test_a_remote_start_at_a_busy_connector_is_refused() -> None:
    station = charging()

    station.feed(StartRequested(token=CARD, authorize=False))

    assert station.phase() is SessionPhase.CHARGING
    assert station.told("session.refused")


def test_an_answer_that_never_comes_is_not_waited_for_for_ever() -> None:
    station = RecordingStation()
    station.authorizes_by_itself = False
    station.feed(TokenPresented(CARD))

    station.advance(91)
    station.answer(CARD)

    assert station.phase() is SessionPhase.IDLE
    assert "nobody answered" in str(station.told("session.refused")[-1]["reason"])


def test_a_refused_card_is_told_why() -> None:
    station = RecordingStation()
    station.answers = {CARD: (AuthorizationStatus.EXPIRED, None)}

    station.feed(TokenPresented(CARD))

    assert station.phase() is SessionPhase.IDLE
    assert station.signal() is Signal.REFUSED
    assert station.session.refusal is not None and station.session.refusal.token == CARD


def test_a_short_bounce_is_not_told_with_a_minimum_status_duration() -> None:
    station = charging(SessionSettings(minimum_status_duration_s=5.0))
    station.advance(10)
    told = len(station.statuses)

    station.pilot_is(PilotState.B)
    station.advance(3)
    station.pilot_is(PilotState.C)
    station.advance(10)
    assert len(station.statuses) == told

    station.pilot_is(PilotState.B)
    station.advance(6)
    assert station.status() is ConnectorStatus.SUSPENDED_EV


def test_the_stop_is_the_last_thing_before_the_cable_is_released() -> None:
    station = charging(SessionSettings(has_lock=True))
    station.performed = [effect for effect in station.performed if effect != SetLock(False)]

    station.feed(TokenPresented(CARD))
    station.advance(8)

    assert not station.is_locked()
    place = next(index for index, effect in enumerate(station.performed) if isinstance(effect, RecordStop))
    assert [effect.locked for effect in station.performed[:place] if isinstance(effect, SetLock)] == [True]
