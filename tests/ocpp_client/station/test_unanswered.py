"""A network that is silent about chosen facts and well otherwise: everything else goes past, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.facts import Fact, QueuedFact, TransactionStarted
from agent.core.identity import TransactionKey
from agent.errors import StoreError
from agent.ocpp_client.rpc.calls import Answer, Outcome, Silence, Turn
from agent.ocpp_client.station.telling import Teller
from agent.ocpp_client.station.unanswered import AGAIN_EVERY_S, MOST_ASIDE
from tests.ocpp_client.plain import PlainAdapter, PlainSettings, PlainStation
from tests.ocpp_client.station.test_outbox import ListLedger
from tests.store.domain import key, sampled, started, stopped

CALL_TIMEOUT_S = 30.0
A_DAY_S = 24 * 3600.0


class Talk:
    """A teller and a network that takes in every fact but the `silent` ones, each as often as it is told."""

    def __init__(self, facts: Sequence[Fact], silent: Sequence[Fact] = ()) -> None:
        self.ledger = ListLedger()
        for fact in facts:
            self.ledger.record(fact)
        self.silent = list(silent)
        self.settings = PlainSettings()
        self.station = PlainStation()
        self.teller = Teller(PlainAdapter(self.station), self.station.port, self.ledger, self.settings)
        self.outbox = self.teller.outbox
        self.sent: list[Fact] = []
        self.heard: list[Fact] = []
        self.ids: dict[TransactionKey, int] = {}
        self.turns: dict[int, Turn] = {}
        self.now_s = 0.0
        self.answers_heartbeats = True

    def goes_on(self, seconds: float) -> None:
        asyncio.run(self._until(self.now_s + seconds))

    async def _until(self, end_s: float) -> None:
        while self.now_s < end_s:
            if self.outbox.is_doubted:
                self._heartbeat()
            elif (turn := await self.teller.turn(self.now_s)) is not None:
                self.outbox.left()
                await self.teller.took(self._answer(turn), self.now_s)
            else:
                self._sleep(end_s)

    def _sleep(self, end_s: float) -> None:
        wake_s = self.outbox.wake_at_s()
        assert wake_s is None or wake_s > self.now_s, "nothing to do now, and no time to wait for"
        self.now_s = end_s if wake_s is None else min(wake_s, end_s)

    def _heartbeat(self) -> None:
        if self.answers_heartbeats:
            self.teller.proven(self.now_s)
        else:
            # Two silences in a row end a connection.
            self.now_s += CALL_TIMEOUT_S
            self.reconnects()

    def reconnects(self) -> None:
        self.outbox.forget()

    def _answer(self, turn: Turn) -> Outcome:
        queued = turn.about
        assert isinstance(queued, QueuedFact)
        self.sent.append(queued.fact)
        self.turns[queued.seq] = turn
        if queued.fact in self.silent:
            self.now_s += CALL_TIMEOUT_S
            return Silence()
        self.heard.append(queued.fact)
        if not isinstance(queued.fact, TransactionStarted):
            assert queued.remote_id == self.ids.get(queued.fact.key or key(0))
            return Answer({})
        return self.accepted(queued.fact.key)

    def accepted(self, of: TransactionKey) -> Answer:
        self.ids[of] = 100 + len(self.ids)
        return Answer({"transactionId": self.ids[of], "idTagInfo": {"status": "Accepted"}})


def charge(number: int, samples: int) -> list[Fact]:
    return [started(number), *(sampled(number, 1000 + place) for place in range(samples)), stopped(number)]


@st.composite
def queues(draw: st.DrawFn) -> tuple[list[Fact], list[Fact]]:
    """The facts of some charges, those of different connectors mixed, and which of them the network is silent about."""
    charges = [charge(number, draw(st.integers(0, 3))) for number in range(1, draw(st.integers(1, 4)) + 1)]
    facts: list[Fact] = []
    while any(charges):
        facts.append(draw(st.sampled_from([one for one in charges if one])).pop(0))
    return facts, draw(st.lists(st.sampled_from(facts), unique_by=facts.index, max_size=4))


def of_transaction(facts: Sequence[Fact], of: TransactionKey | None) -> list[Fact]:
    return [fact for fact in facts if fact.key == of]


@given(queues(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_everything_else_arrives_once_and_in_order_and_the_rest_once_the_network_is_well(
    queue: tuple[list[Fact], list[Fact]], over_a_new_connection: bool
) -> None:
    facts, silent = queue
    starts = {fact.key for fact in silent if isinstance(fact, TransactionStarted)}
    held = [fact for fact in facts if fact in silent or fact.key in starts]
    talk = Talk(facts, silent)

    talk.goes_on(A_DAY_S)

    for of in {fact.key for fact in facts}:
        expected = [fact for fact in of_transaction(facts, of) if fact not in held]
        assert of_transaction(talk.heard, of) == expected
    assert [queued.fact for queued in talk.ledger.facts] == held, "it stays on record"
    assert talk.ledger.abandoned == []
    assert set(map(facts.index, talk.station.set_aside)) == {
        facts.index(fact) for fact in silent if fact.key not in starts or isinstance(fact, TransactionStarted)
    }

    talk.silent = []
    if over_a_new_connection:
        talk.reconnects()
        talk.goes_on(1.0)
    else:
        talk.goes_on(AGAIN_EVERY_S + CALL_TIMEOUT_S)

    assert talk.ledger.facts == []
    assert sorted(map(facts.index, talk.heard)) == list(range(len(facts))), "each once"
    for of in starts:
        assert of_transaction(talk.heard, of) == of_transaction(facts, of)


def test_a_fact_is_set_aside_after_as_many_silences_as_there_are_attempts() -> None:
    talk = Talk([started(1), started(2)], [started(1)])

    talk.goes_on(A_DAY_S / 24 - 1)

    assert talk.sent == [started(1)] * 3 + [started(2)]
    assert talk.station.set_aside == [started(1)]


def test_it_is_told_again_once_an_hour_with_one_transmission() -> None:
    talk = Talk([started(1)], [started(1)])
    talk.goes_on(AGAIN_EVERY_S - 1)
    before = len(talk.sent)

    talk.goes_on(10 * (AGAIN_EVERY_S + CALL_TIMEOUT_S))

    assert len(talk.sent) - before == 10


def test_a_network_that_answers_nothing_at_all_is_no_reason_to_set_anything_aside() -> None:
    talk = Talk([started(1), started(2)], [started(1)])
    talk.answers_heartbeats = False

    talk.goes_on(A_DAY_S)

    assert set(map(str, talk.sent)) == {str(started(1))}
    assert talk.station.set_aside == []


def test_new_facts_go_before_those_that_were_set_aside() -> None:
    talk = Talk([started(1)], [started(1)])
    talk.goes_on(AGAIN_EVERY_S)
    talk.ledger.record(started(2))
    talk.outbox.recorded()
    talk.reconnects()
    talk.sent.clear()

    talk.goes_on(60.0)

    assert talk.sent == [started(2), started(1)]


def test_a_late_answer_settles_what_was_set_aside_without_another_transmission() -> None:
    talk = Talk([started(1), stopped(1)], [started(1)])
    talk.goes_on(AGAIN_EVERY_S - 1)
    talk.sent.clear()

    asyncio.run(talk.teller.late(talk.turns[1], talk.accepted(started(1).key), talk.now_s))
    talk.goes_on(1.0)

    assert talk.sent == [stopped(1)]
    assert talk.ledger.facts == []
    assert talk.station.answered_after_all == [started(1)]


def test_one_that_is_answered_after_all_brings_all_others_along() -> None:
    facts = [started(1), started(2), started(3)]
    talk = Talk(facts, facts)
    talk.goes_on(AGAIN_EVERY_S - 1)
    talk.silent = []
    asyncio.run(talk.teller.late(talk.turns[2], talk.accepted(started(2).key), talk.now_s))

    talk.goes_on(1.0)

    assert talk.ledger.facts == []
    assert talk.station.answered_after_all == [started(2), started(1), started(3)]


def test_a_network_that_takes_no_facts_for_days_has_all_of_them_once_it_does() -> None:
    facts: list[Fact] = [started(number) for number in range(1, MOST_ASIDE + 6)]
    talk = Talk(facts, facts)
    talk.goes_on(2 * A_DAY_S)
    assert len(talk.station.set_aside) == MOST_ASIDE

    talk.silent = []
    talk.goes_on(AGAIN_EVERY_S)

    assert sorted(map(facts.index, talk.heard)) == list(range(len(facts)))
    assert talk.ledger.facts == []


def test_a_sample_that_was_thinned_out_meanwhile_is_not_waited_for() -> None:
    facts: list[Fact] = [started(1), sampled(1), stopped(1)]
    talk = Talk(facts, [sampled(1)])
    talk.goes_on(AGAIN_EVERY_S - 1)
    talk.ledger.facts.clear()

    talk.goes_on(A_DAY_S)

    assert talk.outbox.wake_at_s() is None


class UnreadableLedger(ListLedger):
    """Its disk refuses to look for anything but the oldest fact."""

    is_well = False

    async def next_fact(self, past: Collection[int] = ()) -> QueuedFact | None:
        if past and not self.is_well:
            raise StoreError("input/output error")
        return await super().next_fact(past)


def test_a_queue_that_cannot_be_read_is_read_again_later() -> None:
    talk = Talk([started(1), started(2)], [started(1)])
    ledger = UnreadableLedger()
    ledger.facts = talk.ledger.facts
    talk.teller = Teller(PlainAdapter(talk.station), talk.station.port, ledger, talk.settings)
    talk.outbox = talk.teller.outbox
    talk.goes_on(1000.0)
    assert talk.heard == []

    ledger.is_well = True
    talk.goes_on(60.0)

    assert talk.heard == [started(2)]
