"""The plug leaves and returns, the connector goes out of service, statuses bounce."""

from __future__ import annotations

import pytest

from agent.core.availability import ConnectorStatus
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.facts import StopReason
from agent.core.faults.model import Witness
from agent.core.session.effects import PermitPower, RecordPlug, SetStanding
from agent.core.session.events import AvailabilityRequested, FaultObserved, TokenPresented
from agent.core.session.model import SessionPhase, SessionSettings
from tests.core.session.station import CARD, RecordingStation, charging


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
    station.advance(60)
    station.plug_in(PilotState.C)
    assert station.status() is ConnectorStatus.CHARGING
    assert station.open_rows()[0].plug == station.session.plug


@pytest.mark.parametrize("stop_on_ev_disconnect", [True, False])
@pytest.mark.parametrize("reads_at_once", [True, False])
@pytest.mark.parametrize("plugged", [True, False])
def test_a_board_that_starts_anew_in_a_charge_ends_it_and_claims_no_car_that_left(
    plugged: bool, reads_at_once: bool, stop_on_ev_disconnect: bool
) -> None:
    station = charging(SessionSettings(stop_on_ev_disconnect=stop_on_ev_disconnect))
    station.advance(60)
    news = len(station.news)

    station.board_restarts(plugged=plugged, reads_at_once=reads_at_once)
    station.advance(10)

    [stop] = station.stops()
    assert stop.reason is StopReason.POWER_LOSS
    assert stop.register_wh == int(station.register_wh)
    told = [tell.name for tell in station.news[news:] if tell.name.startswith(("board.", "plug."))]
    assert told == (["board.restarted"] if plugged else ["board.restarted", "plug.removed"])
    assert station.phase() is (SessionPhase.PLUGGED if plugged else SessionPhase.IDLE)


def test_a_board_that_started_anew_and_reads_nothing_ends_the_charge_at_once() -> None:
    station = charging()
    station.board_boot += 1
    station.contactor_is(ContactorState.OPEN)

    station.pilot_is(PilotState.UNKNOWN)
    station.advance(2)

    assert [stop.reason for stop in station.stops()] == [StopReason.POWER_LOSS]


def test_a_charge_that_began_on_a_plug_of_the_run_before_does_not_end_as_a_car_that_left() -> None:
    station = RecordingStation()
    station.plug_in()
    station.board_boot += 1
    station.pilot_is(PilotState.UNKNOWN)
    station.feed(TokenPresented(CARD))
    station.advance(2)

    station.insertions = 1
    station.pilot_is(PilotState.B)
    station.advance(10)

    assert [stop.reason for stop in station.stops()] == [StopReason.POWER_LOSS]
    assert [stop.register_wh - row.started.register_wh for row in station.rows.values() for stop in row.stops] == [0]


def test_a_car_that_was_seen_to_leave_has_left_though_the_board_starts_anew_then() -> None:
    station = charging()

    station.unplug()
    station.board_restarts(plugged=False)
    station.advance(10)

    assert [stop.reason for stop in station.stops()] == [StopReason.EV_DISCONNECTED]


def test_a_board_that_starts_anew_without_a_charge_is_told_and_a_plug_that_is_still_in_is_no_news() -> None:
    station = RecordingStation()
    station.plug_in()

    station.board_restarts(plugged=True, reads_at_once=False)

    told = [tell.name for tell in station.news if tell.name.startswith(("board.", "plug."))]
    assert told == ["plug.inserted", "board.restarted"]
    assert station.told("board.restarted") == [{"boot_id": "board-2"}]
    assert station.phase() is SessionPhase.PLUGGED


def test_a_plug_that_left_and_returned_unseen_is_permitted_anew_after_it_is_on_record() -> None:
    station = charging(SessionSettings(stop_on_ev_disconnect=False))
    station.performed.clear()
    station.board_permitted = False  # the link lets no permission pass from one plug to the next

    station.plug_in(PilotState.C)

    orders = [effect for effect in station.performed if isinstance(effect, PermitPower | RecordPlug)]
    assert orders == [RecordPlug(key=station.open_rows()[0].started.key, plug=station.session.plug), PermitPower(True)]
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


def test_the_board_is_told_whether_anybody_may_charge_and_only_when_that_changes() -> None:
    station = RecordingStation()
    station.plug_in()
    station.performed.clear()

    for operative in (False, False, True):
        station.feed(AvailabilityRequested(operative=operative))

    told = [effect for effect in station.performed if isinstance(effect, SetStanding)]
    assert told == [SetStanding(operative=False), SetStanding()]


def test_a_fault_that_the_host_alone_sees_opens_before_the_car_has_stopped() -> None:
    station = charging()

    station.feed(FaultObserved(id="enclosure.tilt", present=True))

    assert station.standing == SetStanding(held_open=True)
    assert station.contactor is ContactorState.OPEN
    assert not station.board_permitted


def test_what_the_board_would_open_by_itself_is_opened_by_the_host_where_only_the_host_sees_it() -> None:
    station = charging()

    station.feed(FaultObserved(id="temp.terminal_stop", present=True, witness=Witness.TEMPERATURE_SENSOR))

    assert station.standing == SetStanding(held_open=True)
    assert station.contactor is ContactorState.OPEN


def test_what_the_board_opens_by_itself_needs_no_order_to_stay_open() -> None:
    station = charging()

    station.feed(FaultObserved(id="rcd.dc_trip", present=True))

    assert station.standing == SetStanding()


def test_out_of_service_while_preparing_goes_through_available() -> None:
    station = RecordingStation()
    station.plug_in()

    station.feed(AvailabilityRequested(operative=False))

    assert [report.status.value for report in station.statuses] == [
        "Available", "Preparing", "Available", "Unavailable",
    ]  # fmt: skip


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


def test_out_of_service_while_a_start_is_on_its_way_takes_effect_when_it_comes_to_nothing() -> None:
    station = RecordingStation()
    station.meter_answers = False
    station.plug_in()
    station.feed(TokenPresented(CARD))
    assert station.phase() is SessionPhase.STARTING

    station.feed(AvailabilityRequested(operative=False))

    assert station.status() is ConnectorStatus.UNAVAILABLE
    assert not station.session.operative and not station.session.inoperative_when_idle
