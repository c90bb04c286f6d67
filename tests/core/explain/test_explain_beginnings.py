"""What `explain` says before a charge begins: why somebody was turned away, and why a car is not seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.control.ports import BoardState, NetworkState
from agent.core.explain.reason import Effect
from agent.core.session.effects import RecordStart
from agent.core.session.events import (
    AuthorizationStatus,
    AvailabilityRequested,
    FaultObserved,
    TokenPresented,
)
from agent.core.session.model import SessionPhase, SessionSettings
from tests.core.explain.test_explain import OFFLINE, explained, named
from tests.core.session.station import CARD, RecordingStation

ONLINE = NetworkState(configured=True, connected=True, registration="Accepted", host="csms.example")
IN_F = BoardState(answering=True, shows_f=True, high_v=-11.9)
BARS = "lock.energy_store"


@pytest.fixture
def station() -> RecordingStation:
    plugged = RecordingStation()
    plugged.plug_in()
    return plugged


def shows_card(station: RecordingStation, status: AuthorizationStatus = AuthorizationStatus.ACCEPTED) -> None:
    station.answers = {CARD: (status, None)}
    station.feed(TokenPresented(CARD))


def asks_for_another_token(station: RecordingStation, network: NetworkState = ONLINE) -> bool:
    return "another" in named(explained(station, network), "refused").next_step


@pytest.mark.parametrize(
    "status", [AuthorizationStatus.BLOCKED, AuthorizationStatus.EXPIRED, AuthorizationStatus.INVALID]
)
def test_a_token_that_is_refused_itself_asks_for_another_one(
    station: RecordingStation, status: AuthorizationStatus
) -> None:
    shows_card(station, status)

    assert asks_for_another_token(station)


def test_a_token_that_charges_elsewhere_has_to_end_that_first(station: RecordingStation) -> None:
    shows_card(station, AuthorizationStatus.CONCURRENT_TX)

    assert "end the charge of this token" in named(explained(station, ONLINE), "refused").next_step


def test_a_refusal_for_a_fault_names_the_fault_and_not_the_token(station: RecordingStation) -> None:
    station.feed(FaultObserved(id=BARS, present=True))
    shows_card(station)

    reason = named(explained(station, ONLINE), "refused")

    assert not asks_for_another_token(station)
    assert BARS in reason.next_step
    assert "once that is over, show it again" in reason.next_step


def test_a_refusal_for_a_fault_that_is_gone_asks_for_the_same_token(station: RecordingStation) -> None:
    station.feed(FaultObserved(id=BARS, present=True))
    shows_card(station)
    station.feed(FaultObserved(id=BARS, present=False))
    station.advance(11.0)

    assert named(explained(station, ONLINE), "refused").next_step.endswith("is over: show it again")


def test_a_refusal_out_of_service_says_so(station: RecordingStation) -> None:
    station.feed(AvailabilityRequested(operative=False))
    shows_card(station)

    assert not asks_for_another_token(station)
    assert "out of service" in named(explained(station, ONLINE), "refused").next_step


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (OFFLINE, "once the central system is connected"),
        (ONLINE, "answers now"),
        (replace(ONLINE, registration="Pending"), "has accepted this charger"),
        (NetworkState(configured=False), "evsectl token add"),
    ],
)
def test_a_token_about_which_nobody_could_be_asked_is_not_blamed(
    station: RecordingStation, network: NetworkState, words: str
) -> None:
    shows_card(station, AuthorizationStatus.UNREACHABLE)

    assert not asks_for_another_token(station, network)
    assert words in named(explained(station, network), "refused").next_step


def test_an_answer_that_never_came_does_not_blame_the_token(station: RecordingStation) -> None:
    station.authorizes_by_itself = False
    shows_card(station)
    station.advance(91.0)

    assert not asks_for_another_token(station)


def test_a_start_without_a_register_sends_to_the_meter(station: RecordingStation) -> None:
    station.meter_answers = False
    shows_card(station)
    station.advance(12.0, sample_every_s=None)

    assert station.phase() is SessionPhase.PLUGGED
    assert "check the meter" in named(explained(station, ONLINE), "refused").next_step


def test_a_start_that_cannot_be_recorded_sends_to_the_free_space(station: RecordingStation) -> None:
    station.fails = lambda effect: isinstance(effect, RecordStart)
    shows_card(station)
    station.advance(12.0)

    assert "look at the storage of the controller" in named(explained(station, ONLINE), "refused").next_step


def test_a_plug_that_does_not_lock_sends_to_the_lock() -> None:
    station = RecordingStation(SessionSettings(has_lock=True))
    station.plug_in()
    station.fails = lambda effect: type(effect).__name__ == "SetLock"
    shows_card(station)
    station.advance(12.0)

    assert "push the plug in" in named(explained(station, ONLINE), "refused").next_step


def test_state_f_of_a_connector_out_of_service_does_not_ask_for_a_car() -> None:
    station = RecordingStation()
    station.feed(AvailabilityRequested(operative=False))

    explanation = explained(station, ONLINE, board=IN_F)

    assert explanation.reasons[0].key == "out_of_service"
    assert explanation.reasons[0].effect is Effect.BLOCKS
    reason = named(explanation, "no_plug")
    assert "state F" in reason.what
    assert reason.next_step == "the connector is out of service: end that first, then plug a car in"


def test_state_f_for_a_fault_that_waits_for_service_names_the_fault() -> None:
    station = RecordingStation()
    station.feed(FaultObserved(id="contactor.welded", present=True))

    explanation = explained(station, ONLINE, board=IN_F)

    assert explanation.reasons[0].key == "fault.contactor.welded"
    assert "contactor.welded" in named(explanation, "no_plug").next_step


def test_state_f_without_a_reason_that_the_agent_knows_sends_to_the_board() -> None:
    reason = named(explained(RecordingStation(), ONLINE, board=IN_F), "no_plug")

    assert reason.what.startswith("state F")
    assert "evsectl board info" in reason.next_step


def test_between_two_rounds_of_state_f_no_car_is_asked_for_either() -> None:
    station = RecordingStation()
    station.feed(AvailabilityRequested(operative=False))

    assert named(explained(station, ONLINE), "no_plug").next_step != "plug a car in"
