"""A disk that refuses an answer: the network is not asked twice for it, unless the program ended in between."""

from __future__ import annotations

import asyncio

import pytest

from agent.ocpp_client.rpc.calls import Answer, Silence
from agent.ocpp_client.station.outbox import READ_AGAIN_AFTER_S
from agent.ocpp_client.station.telling import Teller
from tests.ocpp_client.plain import PlainAdapter
from tests.ocpp_client.station.test_outbox import ACCEPTED, Desk
from tests.store.domain import started


@pytest.mark.parametrize("reconnects", [False, True])
def test_an_answer_that_cannot_be_kept_is_kept_later_and_the_fact_is_not_told_again(reconnects: bool) -> None:
    desk = Desk()
    retries_s = [READ_AGAIN_AFTER_S * number for number in (1, 2, 3)]
    desk.ledger.is_full = True
    assert desk.transmit(ACCEPTED)

    for retry_s in retries_s:
        if reconnects:
            desk.teller.outbox.forget()
        assert not desk.transmit(ACCEPTED, retry_s - 1)
        assert desk.teller.outbox.wake_at_s() == retry_s
        desk.ledger.is_full = retry_s < retries_s[-1]
        assert not desk.transmit(ACCEPTED, retry_s)

    assert desk.ledger.facts == []
    assert desk.ledger.remote_ids == {started(1).key: 0}
    assert len(desk.station.transactions) == 1, "the verdict on the token is passed on once"


def test_an_answer_that_was_not_kept_before_the_program_ended_is_asked_for_again() -> None:
    desk = Desk()
    desk.ledger.is_full = True
    desk.transmit(ACCEPTED)

    desk.teller = Teller(PlainAdapter(desk.station), desk.station.port, desk.ledger, desk.settings)

    assert desk.transmit(ACCEPTED)
    assert desk.ledger.facts == []


def test_another_answer_does_not_replace_the_one_that_waits_to_be_kept() -> None:
    desk = Desk()
    turn = asyncio.run(desk.teller.turn(0.0))
    assert turn is not None
    desk.transmit(Silence())
    desk.ledger.is_full = True
    desk.transmit(ACCEPTED)

    asyncio.run(desk.teller.late(turn, Answer({"transactionId": 5}), 1.0))
    assert not desk.transmit(ACCEPTED, READ_AGAIN_AFTER_S)

    assert desk.ledger.remote_ids == {started(1).key: 0}


def test_a_late_answer_that_cannot_be_kept_is_kept_later() -> None:
    desk = Desk()
    turn = asyncio.run(desk.teller.turn(0.0))
    assert turn is not None
    desk.transmit(Silence())
    desk.ledger.is_full = True

    asyncio.run(desk.teller.late(turn, ACCEPTED, 0.0))
    assert not desk.transmit(ACCEPTED)
    assert [queued.fact for queued in desk.ledger.facts] == [started(1)]
    assert not desk.transmit(ACCEPTED, READ_AGAIN_AFTER_S)

    assert desk.ledger.facts == []


def test_an_answer_that_waits_to_be_kept_outlasts_a_queue_that_cannot_be_read() -> None:
    desk = Desk()
    desk.ledger.is_full = True
    desk.transmit(ACCEPTED)

    desk.ledger.is_unreadable = True
    desk.teller.outbox.forget()
    assert not desk.transmit(ACCEPTED, 1.0)
    desk.ledger.is_unreadable = False

    assert not desk.transmit(ACCEPTED, 1.0 + READ_AGAIN_AFTER_S)
    assert desk.ledger.facts == []
