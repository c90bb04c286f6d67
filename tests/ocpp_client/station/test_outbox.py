"""Whatever is answered, lost, refused, late or cut off: every fact arrives once, in order, with the right id."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.strategies import booleans, floats, integers, sampled_from

from agent.core.facts import Fact, QueuedFact, TransactionSampled, TransactionStarted
from agent.core.identity import TransactionKey
from agent.errors import StoreError, StoreFull
from agent.ocpp_client.rpc.calls import Answer, Outcome, Refusal, Silence, Turn
from agent.ocpp_client.station.outbox import BUSY_PATIENCE
from agent.ocpp_client.station.telling import Teller
from tests.ocpp_client.plain import PlainAdapter, PlainSettings, PlainStation
from tests.searching import costly
from tests.store.domain import sampled, started, stopped

REFUSED = Refusal("InternalError")
BUSY = Refusal("RpcFrameworkError", "Call already in progress")


class Cut(BaseException):
    """The program ends here."""


class ListLedger:
    """A ledger in a list. `cut` ends the program before or after the next commit; `is_full` refuses that one."""

    def __init__(self) -> None:
        self.facts: list[QueuedFact] = []
        self.recorded = 0
        self.remote_ids: dict[TransactionKey, int] = {}
        self.abandoned: list[Fact] = []
        self.without_start: set[TransactionKey] = set()
        self.cut: str | None = None
        self.is_full = False
        self.is_unreadable = False
        self._given: dict[int, QueuedFact] = {}

    def record(self, fact: Fact) -> None:
        self.recorded += 1
        self.facts.append(QueuedFact(seq=self.recorded, fact=fact))

    async def next_fact(self, past: Collection[int] = ()) -> QueuedFact | None:
        if self.is_unreadable:
            raise StoreError("input/output error")
        without = {one.fact.key for one in self.facts if one.seq in past and isinstance(one.fact, TransactionStarted)}
        waiting = (one for one in self.facts if one.seq not in past and one.fact.key not in without)
        return None if (oldest := next(waiting, None)) is None else self._as_it_is(oldest)

    def behind(self, seq: int) -> QueuedFact | None:
        return self._as_it_is(self.facts[1]) if len(self.facts) > 1 and self.facts[0].seq == seq else None

    def _as_it_is(self, queued: QueuedFact) -> QueuedFact:
        """The same object as long as nothing of it changed."""
        remote_id = None if (key := queued.fact.key) is None else self.remote_ids.get(key)
        now = replace(queued, remote_id=remote_id, abandoned_start=key in self.without_start)
        self._given[queued.seq] = before if (before := self._given.get(queued.seq)) == now else now
        return self._given[queued.seq]

    async def record_attempt(self, seq: int) -> None:
        def work(place: int) -> None:
            self.facts[place] = replace(self.facts[place], attempts=self.facts[place].attempts + 1)

        self._commit(seq, work)

    async def settle(self, seq: int, remote_id: int | None = None) -> None:
        def work(place: int) -> None:
            fact = self.facts.pop(place).fact
            if fact.key is not None and remote_id is not None:
                self.remote_ids[fact.key] = remote_id

        self._commit(seq, work)

    async def abandon(self, seq: int, why: str) -> None:
        def work(place: int) -> None:
            fact = self.facts.pop(place).fact
            self.abandoned.append(fact)
            if isinstance(fact, TransactionStarted):
                self.without_start.add(fact.key)

        assert why
        self._commit(seq, work)

    def queued(self) -> int:
        return len(self.facts)

    def _commit(self, seq: int, work: Callable[[int], None]) -> None:
        if self.is_full:
            self.is_full = False
            raise StoreFull("no space")
        if self.cut == "before":
            raise Cut
        place = next((place for place, one in enumerate(self.facts) if one.seq == seq), None)
        if place is not None:
            work(place)
        if self.cut == "after":
            raise Cut


@dataclass
class Heard:
    """One message as the network took it in."""

    fact: Fact
    remote_id: int | None


class AnyNetwork(RuleBasedStateMachine):
    """The model: the list of what was recorded, and the list of what the network heard."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.ledger = ListLedger()
        self.settings = PlainSettings()
        self.station = PlainStation()
        self.teller = self.fresh_teller()
        self.recorded: list[Fact] = []
        self.heard: list[Heard] = []
        self.given_ids: dict[TransactionKey, int] = {}
        self.errors: dict[int, int] = {}
        self.now_s = 0.0
        self.open: int | None = None
        self.number = 0
        self.earlier: list[tuple[Turn, Answer]] = []
        self.answered: set[int] = set()
        """Places of the facts whose answer this run of the program has taken in."""

    def fresh_teller(self) -> Teller:
        return Teller(PlainAdapter(self.station), self.station.port, self.ledger, self.settings)

    def teardown(self) -> None:
        """However it went, a well-behaved network gets the rest."""
        self.ledger.is_full, self.ledger.cut = False, None
        for _ in range(3 * len(self.ledger.facts) + 3):
            self.now_s += 10_000
            self.it_is_answered()
        self.everything_is_heard_in_order_and_with_its_id()
        unheard = [fact for fact in self.recorded if fact not in [one.fact for one in self.heard]]
        self.runner.close()

        assert self.ledger.facts == []
        assert unheard == [fact for fact in self.recorded if fact in unheard and fact in self.ledger.abandoned]

    def perform(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The program may end in the middle; then it starts anew on the same ledger."""
        try:
            return self.runner.run(work)
        except Cut:
            self.ledger.cut = None
            self.teller = self.fresh_teller()
            self.earlier = []
            self.answered = set()
            return None

    def next_turn(self) -> Turn | None:
        turn: Turn | None = self.perform(self.teller.turn(self.now_s))
        if turn is not None:
            assert isinstance(turn.about, QueuedFact)
            assert turn.about.seq not in self.answered, "only a crash makes an answered fact leave again"
            assert turn.call == PlainAdapter(self.station).render(turn.about), "what was made ready earlier still holds"
            self.teller.outbox.left()
            self.teller.look_ahead()
        return turn

    def network_hears(self, turn: Turn) -> Answer:
        queued = turn.about
        assert isinstance(queued, QueuedFact)
        self.heard.append(Heard(queued.fact, queued.remote_id))
        if isinstance(queued.fact, TransactionStarted):
            remote_id = self.given_ids.setdefault(queued.fact.key, len(self.given_ids) + 100)
            return Answer({"transactionId": remote_id, "idTagInfo": {"status": "Accepted"}})
        return Answer({})

    def finish(self, outcome: Outcome) -> None:
        self.perform(self.teller.took(outcome, self.now_s))

    # What the charger does.

    @rule(samples=integers(0, 3))
    def a_transaction_starts(self, samples: int) -> None:
        if self.open is None:
            self.number += 1
            self.open = self.number
            self.record(started(self.number))
        for _ in range(samples):
            self.record(sampled(self.open, 1000 + len(self.recorded)))

    @precondition(lambda self: self.open is not None)
    @rule()
    def a_transaction_stops(self) -> None:
        assert self.open is not None
        self.record(stopped(self.open))
        self.open = None

    def record(self, fact: Fact) -> None:
        self.recorded.append(fact)
        self.ledger.record(fact)
        self.teller.outbox.recorded()

    @rule(seconds=floats(0.0, 500.0))
    def time_passes(self, seconds: float) -> None:
        self.now_s += seconds

    @rule(moment=sampled_from(("before", "after")))
    def the_power_will_fail(self, moment: str) -> None:
        self.ledger.cut = moment

    @rule()
    def the_disk_will_be_full(self) -> None:
        self.ledger.is_full = True

    # What the network does to the next message, if one leaves.

    @rule()
    def it_is_answered(self) -> None:
        if (turn := self.next_turn()) is not None:
            answer = self.network_hears(turn)
            assert isinstance(turn.about, QueuedFact)
            self.answered.add(turn.about.seq)
            self.finish(answer)

    @rule(refusal=sampled_from((REFUSED, BUSY)))
    def it_is_refused(self, refusal: Refusal) -> None:
        if (turn := self.next_turn()) is not None:
            assert isinstance(turn.about, QueuedFact)
            self.errors[turn.about.seq] = self.errors.get(turn.about.seq, 0) + (refusal is REFUSED)
            self.finish(refusal)

    @rule(arrives=booleans(), answer_comes_late=booleans())
    def it_is_not_answered_in_time(self, arrives: bool, answer_comes_late: bool) -> None:
        if (turn := self.next_turn()) is not None:
            if arrives:
                answer = self.network_hears(turn)
                if answer_comes_late:
                    self.earlier.append((turn, answer))
            self.finish(Silence())

    @rule(arrives=booleans())
    def the_line_breaks(self, arrives: bool) -> None:
        if (turn := self.next_turn()) is not None and arrives:
            self.network_hears(turn)
        self.teller.outbox.forget()

    @precondition(lambda self: self.earlier)
    @rule()
    def an_earlier_answer_comes_after_all(self) -> None:
        turn, answer = self.earlier.pop(0)
        assert isinstance(turn.about, QueuedFact)
        seq, can_be_kept = turn.about.seq, self.ledger.cut is None and not self.ledger.is_full
        self.answered.add(seq)
        self.perform(self.teller.late(turn, answer, self.now_s))
        if can_be_kept:
            assert seq not in [queued.seq for queued in self.ledger.facts], "it waits for nothing else to be on record"

    @invariant()
    def everything_is_heard_in_order_and_with_its_id(self) -> None:
        places = [self.recorded.index(one.fact) for one in self.heard]
        assert places == sorted(places), "a repeat is heard before anything newer"
        for one in self.heard:
            if not isinstance(one.fact, TransactionStarted) and one.fact.key is not None:
                is_lost = one.fact.key in self.ledger.without_start
                assert one.remote_id == (None if is_lost else self.given_ids[one.fact.key])

    @invariant()
    def only_answered_errors_use_up_attempts(self) -> None:
        abandoned = len(self.ledger.abandoned)
        assert abandoned <= sum(errors // self.settings.transaction_message_attempts for errors in self.errors.values())
        for queued in self.ledger.facts:
            assert queued.attempts <= self.errors.get(queued.seq, 0)


TestAnyNetwork = AnyNetwork.TestCase
TestAnyNetwork.settings = costly(80, search=2_000, steps=50)


class Desk:
    """A teller with one start waiting."""

    def __init__(self, *facts: Fact) -> None:
        self.ledger = ListLedger()
        self.settings = PlainSettings()
        self.station = PlainStation()
        for fact in facts or (started(1),):
            self.ledger.record(fact)
        self.teller = Teller(PlainAdapter(self.station), self.station.port, self.ledger, self.settings)

    def transmit(self, outcome: Outcome, now_s: float = 0.0) -> bool:
        """Whether something left at `now_s`; it meets `outcome`."""

        async def once() -> bool:
            if await self.teller.turn(now_s) is None:
                return False
            self.teller.outbox.left()
            await self.teller.took(outcome, now_s)
            return True

        return asyncio.run(once())


ACCEPTED = Answer({"transactionId": 0, "idTagInfo": {"status": "Accepted"}})


def test_an_errors_wait_grows_with_the_transmissions_and_ends_with_the_attempts() -> None:
    desk = Desk()

    times_s = [now_s for now_s in range(0, 1000, 10) if desk.transmit(REFUSED, now_s)]

    assert times_s == [0, 60, 60 + 120]
    assert desk.ledger.abandoned == [started(1)]


@pytest.mark.parametrize("attempts", [0, 1])
def test_no_attempts_means_one(attempts: int) -> None:
    desk = Desk()
    desk.settings.transaction_message_attempts = attempts

    desk.transmit(REFUSED)

    assert desk.ledger.abandoned == [started(1)]


def test_an_id_of_zero_is_an_id() -> None:
    desk = Desk()

    desk.transmit(ACCEPTED)

    assert desk.ledger.remote_ids == {started(1).key: 0}


def test_an_answer_without_an_id_is_an_error() -> None:
    desk = Desk()

    desk.transmit(Answer({}))

    assert desk.ledger.facts[0].attempts == 1


def test_a_busy_network_is_asked_again_soon_but_not_for_ever() -> None:
    desk = Desk()

    times_s = [now_s for now_s in range(100) if desk.transmit(BUSY, now_s)]

    assert times_s[: BUSY_PATIENCE + 1] == list(range(BUSY_PATIENCE + 1))
    assert desk.ledger.facts[0].attempts >= 1


def test_what_a_version_does_not_tell_is_settled_unsent() -> None:
    desk = Desk(sampled(None), started(2))

    desk.transmit(ACCEPTED)

    assert desk.ledger.facts == []


def test_the_verdict_on_a_token_is_passed_on_before_the_fact_is_settled() -> None:
    desk = Desk()
    desk.ledger.cut = "before"

    with pytest.raises(Cut):
        desk.transmit(Answer({"transactionId": 5, "idTagInfo": {"status": "Blocked"}}))

    assert [status.value for _, status in desk.station.transactions] == ["Blocked"]


def test_a_sample_of_no_transaction_waits_its_turn() -> None:
    facts: tuple[TransactionSampled | TransactionStarted, ...] = (started(1), sampled(1))
    desk = Desk(*facts)

    desk.transmit(Silence())

    assert [queued.fact for queued in desk.ledger.facts] == list(facts)
