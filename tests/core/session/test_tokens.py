"""Cards, requests and answers: who may charge, and what a second presentation means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.availability import ConnectorStatus
from agent.core.facts import StopReason
from agent.core.identity import IdToken
from agent.core.session.effects import (
    Signal,
)
from agent.core.session.events import (
    AuthorizationStatus,
    AvailabilityRequested,
    SettingsChanged,
    StartRequested,
    StopRequested,
    TokenPresented,
    TransactionJudged,
)
from agent.core.session.model import SessionPhase, SessionSettings
from tests.core.session.charger import BOARD_OPENS_AFTER_S
from tests.core.session.station import CARD, FAMILY, OTHER_CARD, RecordingStation, charging


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


@pytest.mark.parametrize("stops", [True, False])
def test_a_refused_charge_gets_the_energy_that_the_network_allows_it_all_the_same(stops: bool) -> None:
    station = charging(SessionSettings(stop_on_invalid_id=stops, max_energy_on_invalid_id_wh=100))
    station.advance(50)
    key = station.open_rows()[0].started.key
    refused_at_wh = int(station.register_wh)

    station.feed(TransactionJudged(key=key, status=AuthorizationStatus.BLOCKED))
    station.advance(90)
    assert station.status() is ConnectorStatus.CHARGING
    station.advance(30)

    assert not station.has_permission()
    assert 100 <= int(station.register_wh) - refused_at_wh <= 100 + 2 + BOARD_OPENS_AFTER_S  # one Wh a second
    assert station.phase() is (SessionPhase.FINISHING if stops else SessionPhase.CHARGING)
    assert [stop.reason for stop in station.stops()] == ([StopReason.DEAUTHORIZED] if stops else [])


def test_the_allowance_of_a_refused_charge_counts_on_over_a_restart() -> None:
    station = charging(SessionSettings(max_energy_on_invalid_id_wh=100))
    key = station.open_rows()[0].started.key
    station.feed(TransactionJudged(key=key, status=AuthorizationStatus.BLOCKED))
    refused_at_wh = int(station.register_wh)
    station.advance(70)

    station.restart()
    station.advance(150)

    [stop] = station.stops()
    assert stop.reason is StopReason.DEAUTHORIZED
    assert 100 <= stop.register_wh - refused_at_wh <= 110


def test_a_charge_that_is_accepted_after_all_goes_on_beyond_its_allowance() -> None:
    station = charging(SessionSettings(max_energy_on_invalid_id_wh=100))
    key = station.open_rows()[0].started.key
    station.feed(TransactionJudged(key=key, status=AuthorizationStatus.BLOCKED))
    station.advance(50)

    station.feed(TransactionJudged(key=key, status=AuthorizationStatus.ACCEPTED))
    station.advance(200)

    assert station.status() is ConnectorStatus.CHARGING


def test_an_allowance_that_is_lowered_ends_what_has_had_more() -> None:
    station = charging(SessionSettings(max_energy_on_invalid_id_wh=1000))
    key = station.open_rows()[0].started.key
    station.feed(TransactionJudged(key=key, status=AuthorizationStatus.BLOCKED))
    station.advance(50)

    station.feed(SettingsChanged(SessionSettings(max_energy_on_invalid_id_wh=20)))
    station.advance(12)

    assert [stop.reason for stop in station.stops()] == [StopReason.DEAUTHORIZED]


def test_a_judgement_of_another_transaction_is_no_concern() -> None:
    station = charging()

    station.feed(TransactionJudged(key=station.transaction_key(), status=AuthorizationStatus.BLOCKED))

    assert station.phase() is SessionPhase.CHARGING
    assert station.has_permission()


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


def test_free_vending_does_not_inherit_the_number_of_a_remote_start_that_was_refused() -> None:
    station = RecordingStation(SessionSettings(free_vend_token=IdToken("FREE")))
    station.answers = {CARD: (AuthorizationStatus.BLOCKED, None)}
    station.feed(StartRequested(token=CARD, authorize=True, remote_start_id=7))

    station.plug_in()
    station.advance(1)

    assert station.open_rows()[0].started.remote_start_id is None


# Around 2048 s a sum of three seconds is rounded, and a difference of such a sum may fall short of three.
@given(st.floats(1_045, 1_048))
def test_an_answer_to_a_person_gives_way_to_the_status_at_whatever_moment_it_was_given(waited_s: float) -> None:
    station = RecordingStation()
    station.advance(waited_s, sample_every_s=None)
    station.feed(TokenPresented(CARD))
    assert station.signal() is Signal.ACCEPTED

    station.advance(3.01, sample_every_s=None)

    assert station.signal() is Signal.PREPARING
