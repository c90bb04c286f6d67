"""A profile that comes with a request to start: whose charge it is for, and when its limit holds."""

from __future__ import annotations

import pytest

from agent.core.control_pilot import PilotState
from agent.core.facts import StopReason
from agent.core.identity import IdToken, TransactionKey
from agent.core.session.effects import SessionEffect, Show
from agent.core.session.events import AuthorizationStatus, StartRequested, StopRequested, TokenPresented
from agent.core.session.model import SessionPhase
from tests.core.session.happenings import for_one_charge
from tests.core.session.station import CARD, OTHER_CARD, RecordingStation, charging


def requested(station: RecordingStation, token: IdToken = CARD, limit_a: float | None = 8.0) -> None:
    profile = None if limit_a is None else for_one_charge(limit_a)
    station.feed(StartRequested(token=token, authorize=True, profile=profile))


def charges(station: RecordingStation) -> None:
    station.plug_in()
    station.advance(1)
    station.pilot_is(PilotState.C)
    station.advance(10)
    assert station.phase() is SessionPhase.CHARGING


def test_it_is_recorded_with_the_start_for_this_connector_and_transaction() -> None:
    station = RecordingStation()

    requested(station)
    charges(station)

    [row] = station.open_rows()
    assert row.profile is not None
    assert (row.profile.transaction, row.profile.connector) == (row.started.key, row.started.connector)
    assert station.offer_a() == 8.0


def test_a_card_refused_meanwhile_does_not_take_the_profile_of_the_accepted_one_along() -> None:
    station = RecordingStation()
    station.answers[OTHER_CARD] = (AuthorizationStatus.BLOCKED, None)

    requested(station)
    station.feed(TokenPresented(OTHER_CARD))
    charges(station)

    assert station.offer_a() == 8.0


@pytest.mark.parametrize("end", ["shown again", "stopped", "nobody came", "asked anew without one"])
def test_it_goes_with_its_request(end: str) -> None:
    station = RecordingStation()
    requested(station)

    match end:
        case "shown again":
            station.feed(TokenPresented(CARD))
        case "stopped":
            station.feed(StopRequested(reason=StopReason.REMOTE))
        case "nobody came":
            station.advance(130)
        case "asked anew without one":
            requested(station, limit_a=None)
    if station.phase() is SessionPhase.IDLE:
        station.feed(TokenPresented(CARD))
    charges(station)

    assert station.offer_a() == 16.0
    assert [row.profile for row in station.open_rows()] == [None]


def test_another_persons_charge_does_not_get_it() -> None:
    station = RecordingStation()

    requested(station)
    station.feed(TokenPresented(OTHER_CARD))
    charges(station)

    assert [row.started.token for row in station.open_rows()] == [OTHER_CARD]
    assert station.offer_a() == 16.0


def test_nothing_is_offered_before_the_word_on_this_very_charge_also_where_another_effect_fails_first() -> None:
    station = RecordingStation()
    station.plug_in()
    station.advance(3)
    failed: list[bool] = []

    def fails(effect: SessionEffect) -> bool:
        is_after_record = isinstance(effect, Show) and station.session.recording is not None
        failed.append(is_after_record)
        return is_after_record

    station.fails = fails
    requested(station, limit_a=5.0)
    station.fails = lambda effect: False
    station.advance(10)

    assert any(failed)
    assert station.phase() is SessionPhase.CHARGING
    assert not any(getattr(effect, "current_a", 0) for effect in station.performed)


@pytest.mark.parametrize("key", [None, TransactionKey("tx-long-over")])
def test_a_limit_found_for_another_charge_counts_for_this_one_neither_way(key: TransactionKey | None) -> None:
    station = charging()
    station.limited(10.0)

    station.network_limits(None, transaction=key)
    station.advance(10)
    assert station.offer_a() == 10.0
    station.network_limits(0.0, transaction=key)

    assert station.offer_a() == 10.0


def test_it_outlives_a_restart_of_the_program() -> None:
    station = RecordingStation()
    requested(station)
    charges(station)
    station.performed.clear()

    station.restart()
    station.advance(10)

    assert station.phase() is SessionPhase.CHARGING
    assert max(getattr(effect, "current_a", 0) for effect in station.performed) == 8.0
