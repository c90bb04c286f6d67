"""An answer that came is final: it is on record before anything else happens, and its fact does not leave again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agent.ocpp_client.rpc.calls import Answer, Outcome, Refusal, Silence
from agent.ocpp_client.station.outbox import READ_AGAIN_AFTER_S
from firmware_sim.virtual_loop import run
from tests.ocpp_client.station.test_outbox import ACCEPTED, REFUSED, Desk, ListLedger
from tests.ocpp_client.test_conversation import Csms, SlowLedger, answer_nothing, answer_well, charger
from tests.store.domain import started, stopped


def test_a_late_answer_is_on_record_though_nothing_else_is_answered_and_the_program_ends() -> None:
    async def late(csms: Csms, frame: list[Any]) -> None:
        asyncio.get_running_loop().call_later(31.0, lambda: leaving.append(asyncio.ensure_future(well(csms, frame))))

    async def well(csms: Csms, frame: list[Any]) -> None:
        csms.behave.pop("StopTransaction")
        await answer_well(csms, frame)

    leaving: list[asyncio.Future[None]] = []

    async def scenario() -> None:
        ledger = ListLedger()
        for fact in (started(1), stopped(1)):
            ledger.record(fact)
        async with charger({"StopTransaction": late, "Heartbeat": answer_nothing}, ledger) as (one, csms):
            await one.connected()
            await asyncio.sleep(32.0)
            assert len(csms.calls("Heartbeat")) == 1, "it is asked whether anybody is there"
        async with charger({}, ledger) as (one, later):
            await one.connected()
            await asyncio.sleep(60.0)

            assert len(csms.calls("StopTransaction")) == 1
            assert later.calls("StopTransaction") == []

    run(scenario())


@pytest.mark.parametrize(
    ("breaks_s", "waiting"), [(0.5, 2), (2.5, 1)], ids=["not on record", "on record, no word of it"]
)
def test_a_fact_whose_answer_the_disk_was_still_taking_in_when_the_line_broke_is_not_told_again(
    breaks_s: float, waiting: int
) -> None:
    async def scenario() -> None:
        ledger = SlowLedger()
        for fact in (started(1), stopped(1)):
            ledger.record(fact)
        async with charger({}, ledger) as (one, csms):
            one.settings.websocket_ping_interval_s = 1
            await one.connected()
            await asyncio.sleep(breaks_s)
            assert csms.socket is not None
            csms.socket.transport.abort()
            assert ledger.queued() == waiting
            await asyncio.sleep(40.0)

            assert (len(csms.calls("StartTransaction")), len(csms.calls("StopTransaction"))) == (1, 1)

    run(scenario())


@pytest.mark.parametrize("is_full", [False, True], ids=["", "full disk"])
@pytest.mark.parametrize(
    "then",
    [
        Silence(),
        REFUSED,
        Refusal("RpcFrameworkError"),
        Answer({"transactionId": 5, "idTagInfo": {"status": "ConcurrentTx"}}),
        Answer({}),
    ],
    ids=["none", "refused", "busy", "another answer", "unreadable"],
)
def test_what_comes_of_a_repetition_behind_a_late_answer_is_no_news(then: Outcome, is_full: bool) -> None:
    desk = Desk(started(1), stopped(1))

    async def scenario() -> None:
        first = await desk.teller.turn(0.0)
        assert first is not None
        desk.teller.outbox.left()
        await desk.teller.took(Silence(), 0.0)
        desk.teller.proven(0.0)
        again = await desk.teller.turn(1000.0)
        assert again == first
        desk.teller.outbox.left()
        desk.ledger.is_full, desk.settings.transaction_message_attempts = is_full, 1
        await desk.teller.late(first, ACCEPTED, 1000.0)
        await desk.teller.took(then, 1001.0)
        desk.teller.proven(1001.0)
        desk.ledger.is_full = False

    asyncio.run(scenario())

    assert desk.transmit(Answer({}), 1000.0 + READ_AGAIN_AFTER_S if is_full else 1001.0), "the stop, at once"
    assert (desk.ledger.facts, desk.ledger.abandoned) == ([], [])
    assert desk.ledger.remote_ids == {started(1).key: 0}
    assert len(desk.station.transactions) == 1, "the verdict on the token is passed on once"


def test_a_late_answer_that_cannot_be_read_tells_nothing() -> None:
    desk = Desk()
    turn = asyncio.run(desk.teller.turn(0.0))
    assert turn is not None
    desk.transmit(Silence())

    asyncio.run(desk.teller.late(turn, Answer({}), 1.0))

    assert desk.ledger.facts[0].attempts == 0
    desk.teller.proven(1.0)
    assert desk.transmit(ACCEPTED, 1000.0), "it is told again"
    assert desk.ledger.facts == []


def test_a_late_answer_is_on_record_before_the_fact_is_due_again() -> None:
    desk = Desk()
    turn = asyncio.run(desk.teller.turn(0.0))
    assert turn is not None
    desk.transmit(REFUSED)
    assert desk.teller.outbox.due_s > 0.0

    asyncio.run(desk.teller.late(turn, ACCEPTED, 0.0))

    assert desk.ledger.facts == []
    assert not desk.transmit(REFUSED)


def test_a_late_answer_to_a_fact_that_was_settled_meanwhile_settles_nothing_else() -> None:
    desk = Desk(started(1), stopped(1))
    turn = asyncio.run(desk.teller.turn(0.0))
    assert turn is not None
    desk.transmit(Silence())
    desk.transmit(ACCEPTED)

    asyncio.run(desk.teller.late(turn, ACCEPTED, 0.0))

    assert desk.transmit(Silence()), "the stop leaves"
    assert [queued.fact for queued in desk.ledger.facts] == [stopped(1)]
