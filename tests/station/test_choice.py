"""Which connector is meant by whom: the decisions over several sessions, as plain values."""

from __future__ import annotations

from dataclasses import replace

from agent.core.control_pilot import PilotState
from agent.core.identity import ConnectorId, IdToken, TransactionKey
from agent.core.session.model import Session, SessionPhase, SessionSettings, Transaction
from agent.core.session.step import initial
from agent.core.time import Instant
from agent.station import choice

CARD, OTHER, FAMILY = IdToken("04A1B2C3"), IdToken("04FFEEDD"), IdToken("FAMILY")


def session(number: int, phase: SessionPhase = SessionPhase.IDLE, since_s: float = 0.0) -> Session:
    plugged = phase not in (SessionPhase.IDLE, SessionPhase.AUTHORIZED)
    return replace(
        initial(ConnectorId(number), SessionSettings(), Instant(0.0)),
        phase=phase,
        phase_since=Instant(since_s),
        pilot=PilotState.B if plugged else PilotState.A,
        board_heard=True,
    )


def charging(number: int, token: IdToken = OTHER, group: IdToken | None = None, since_s: float = 0.0) -> Session:
    transaction = Transaction(
        key=TransactionKey(f"key-{number}"), token=token, started_at=Instant(since_s), start_wh=0, group=group
    )
    return replace(session(number, SessionPhase.CHARGING, since_s), transaction=transaction, token=token)


def test_a_token_ends_what_it_began() -> None:
    assert choice.for_token([session(1, SessionPhase.PLUGGED), charging(2, CARD)], CARD) == 2


def test_a_token_is_for_the_plug_that_came_last() -> None:
    sessions = [session(1, SessionPhase.PLUGGED, 5.0), session(2, SessionPhase.PLUGGED, 9.0), session(3)]

    assert choice.for_token(sessions, CARD) == 2


def test_without_a_plug_a_token_is_for_a_free_connector_and_not_for_one_somebody_waits_at() -> None:
    waiting = replace(session(1, SessionPhase.AUTHORIZED), token=OTHER)

    assert choice.for_token([waiting, session(2)], CARD) == 2


def test_where_all_are_in_use_a_token_may_be_of_the_same_group_as_a_running_charge() -> None:
    assert choice.for_token([charging(1, since_s=3.0), charging(2, since_s=8.0)], CARD) == 2


def test_a_start_for_nobody_in_particular_prefers_a_plugged_connector_and_refuses_where_none_can() -> None:
    assert choice.for_start([session(1), session(2, SessionPhase.PLUGGED)], CARD) == 2
    assert choice.for_start([charging(1), charging(2)], CARD) is None
    assert choice.for_start([replace(session(1), operative=False)], CARD) is None


def test_an_acceptance_moves_to_the_plug_that_came_in_elsewhere() -> None:
    waiting, plugged = replace(session(1, SessionPhase.AUTHORIZED), token=CARD), session(2, SessionPhase.PLUGGED)

    assert choice.misplaced([waiting, plugged], plugged) is waiting
    assert choice.misplaced([waiting, replace(plugged, asked=OTHER)], replace(plugged, asked=OTHER)) is None
    assert choice.misplaced([session(1), plugged], plugged) is None
    assert choice.misplaced([waiting, plugged], replace(plugged, operative=False)) is None
