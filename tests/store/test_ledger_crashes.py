"""Whatever is recorded, told, refused and cut off at whichever commit: nothing lost, nothing twice, order kept."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.strategies import booleans, integers, sampled_from

from agent.core.facts import Fact, TransactionStarted, TransactionStopped
from agent.core.identity import ConnectorId, TransactionKey
from agent.errors import StoreError
from agent.store.store import FILE_NAME, Store, open_store
from agent.store.writer import CommitMoment, SimulatedCrash
from tests.searching import costly
from tests.store.domain import ONE, TWO, at_a_mark, key, sampled, started, stopped

CONNECTORS = sampled_from((ONE, TWO))
MOMENTS = sampled_from(CommitMoment)


@dataclass
class Expected:
    """What must be in the ledger."""

    waiting: list[Fact] = field(default_factory=list)
    held: list[Fact] = field(default_factory=list)
    """Of these, what is on no record yet."""
    open: dict[ConnectorId, int] = field(default_factory=dict)
    register_wh: dict[int, int] = field(default_factory=dict)
    remote_ids: dict[TransactionKey, int] = field(default_factory=dict)
    attempts: int = 0
    told: list[Fact] = field(default_factory=list)
    given_up: set[TransactionKey] = field(default_factory=set)


class LedgerUnderPowerCuts(RuleBasedStateMachine):
    """The ledger against a plain list. A power cut copies the files as they lie and opens the copy."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="ledger-"))
        self.folders = 0
        self.loop = asyncio.Runner()
        self.numbers = self.marks = 0
        self.cut_at: CommitMoment | None = None
        self.expected = Expected()
        self.store = self.opened()
        self.holding = self.held()

    @initialize()
    def begin(self) -> None:
        assert self.store.set_aside is None

    def opened(self) -> Store:
        return open_store(self.folder, inline=True, flush=False, on_commit=self.at_commit)

    @property
    def folder(self) -> Path:
        return self.root / str(self.folders)

    def held(self) -> asyncio.Task[None]:
        """Somebody puts on record what was not told soon; here the seconds pass in `some_seconds_pass` alone."""
        holding = self.loop.get_loop().create_task(self.store.ledger.run())
        self.loop.run(asyncio.sleep(0))
        return holding

    def at_commit(self, moment: CommitMoment, _number: int) -> None:
        if moment is self.cut_at:
            raise SimulatedCrash

    def perform(self, *works: Coroutine[Any, Any, None]) -> bool:
        """Whether what was asked for in one turn of the loop is on record; after a power cut that may be unheard."""

        async def together() -> list[BaseException | None]:
            return await asyncio.gather(*works, return_exceptions=True)

        before = self.store.writer.commits
        outcomes = self.loop.run(together())
        assert not any(isinstance(outcome, StoreError) for outcome in outcomes)
        if self.store.writer.commits > before:
            self.expected.held.clear()
        if not any(isinstance(outcome, SimulatedCrash) for outcome in outcomes):
            return True
        happened = self.cut_at is CommitMoment.AFTER
        assert (self.store.writer.commits > before) == happened
        self.cut_power()
        return happened

    @rule()
    def cut_power(self) -> None:
        image = self.root / str(self.folders + 1)
        image.mkdir()
        for file in sorted(self.folder.glob(f"{FILE_NAME}*")):
            shutil.copy(file, image / file.name)
        self.end()
        self.store.writer.drop()
        self.folders += 1
        self.store = self.opened()
        self.holding = self.held()
        self.expected.waiting = [fact for fact in self.expected.waiting if fact not in self.expected.held]
        self.expected.held.clear()

    @rule()
    def end_in_order(self) -> None:
        self.end()
        self.loop.run(self.store.aclose())
        self.expected.held.clear()
        self.store = self.opened()
        self.holding = self.held()

    def end(self) -> None:
        self.cut_at = None
        self.holding.cancel()
        self.loop.run(asyncio.wait([self.holding]))

    @rule(connector=CONNECTORS)
    def read_at_a_mark(self, connector: ConnectorId) -> None:
        self.marks += 1
        fact, is_next = at_a_mark(self.marks, connector), self.expected.waiting == self.expected.held
        if self.perform(self.store.ledger.record_sample(fact, for_network=True, for_stop=False)):
            self.expected.waiting.append(fact)
            self.expected.held += [fact] if is_next else []

    @rule()
    def some_seconds_pass(self) -> None:
        async def passed() -> None:
            self.store.ledger.write_held()
            await self.store.writer.read(lambda _: None)

        self.perform(passed())

    @rule(moment=MOMENTS)
    def the_next_commit_is_the_last(self, moment: CommitMoment) -> None:
        self.cut_at = moment

    @rule(connector=CONNECTORS)
    def start(self, connector: ConnectorId) -> None:
        if connector in self.expected.open:
            return
        self.numbers += 1
        fact = started(self.numbers, connector, register_wh=1000)
        if self.perform(self.store.ledger.record_start(fact, None)):
            self.expected.waiting.append(fact)
            self.expected.open[connector] = self.numbers
            self.expected.register_wh[self.numbers] = 1000

    @rule(connector=CONNECTORS, more_wh=integers(-50, 500), for_stop=booleans())
    def sample(self, connector: ConnectorId, more_wh: int, for_stop: bool) -> None:
        number = self.expected.open.get(connector)
        if number is None:
            return
        fact = sampled(number, self.expected.register_wh[number] + more_wh)
        if self.perform(self.store.ledger.record_sample(fact, for_network=True, for_stop=for_stop)):
            self.expected.waiting.append(fact)
            self.expected.register_wh[number] += max(0, more_wh)

    @rule(connector=CONNECTORS, more_wh=integers(0, 500))
    def stop(self, connector: ConnectorId, more_wh: int) -> None:
        number = self.expected.open.get(connector)
        if number is None:
            return
        fact = stopped(number, connector, self.expected.register_wh[number] + more_wh)
        if self.perform(self.store.ledger.record_stop(fact)):
            self.expected.waiting.append(fact)
            del self.expected.open[connector]

    @precondition(lambda self: len(self.expected.open) == 2)
    @rule()
    def both_connectors_sample_in_one_turn(self) -> None:
        facts = [sampled(number, 5000) for number in self.expected.open.values()]
        ledger = self.store.ledger
        if self.perform(*(ledger.record_sample(fact, for_network=True, for_stop=False) for fact in facts)):
            self.expected.waiting += facts
            for number in self.expected.open.values():
                self.expected.register_wh[number] = max(5000, self.expected.register_wh[number])

    @precondition(lambda self: self.expected.waiting)
    @rule(remote_id=integers(-5, 5))
    def tell(self, remote_id: int) -> None:
        queued = self.loop.run(self.store.ledger.next_fact())
        assert queued is not None
        is_start = isinstance(queued.fact, TransactionStarted)
        if self.perform(self.store.ledger.settle(queued.seq, remote_id if is_start else None)):
            told = self.expected.waiting.pop(0)
            self.expected.held = [fact for fact in self.expected.held if fact is not told]
            self.expected.told.append(told)
            self.expected.attempts = 0
            if isinstance(told, TransactionStarted):
                self.expected.remote_ids[told.key] = remote_id

    @precondition(lambda self: self.expected.waiting)
    @rule()
    def be_refused(self) -> None:
        queued = self.loop.run(self.store.ledger.next_fact())
        assert queued is not None
        if self.perform(self.store.ledger.record_attempt(queued.seq)):
            self.expected.attempts += 1

    @precondition(lambda self: self.expected.waiting)
    @rule()
    def give_up(self) -> None:
        queued = self.loop.run(self.store.ledger.next_fact())
        assert queued is not None
        if self.perform(self.store.ledger.abandon(queued.seq, "refused too often")):
            given_up = self.expected.waiting.pop(0)
            self.expected.attempts = 0
            if isinstance(given_up, TransactionStarted):
                self.expected.given_up.add(given_up.key)

    @invariant()
    def the_oldest_fact_is_next(self) -> None:
        queued = self.loop.run(self.store.ledger.next_fact())
        waiting = self.expected.waiting
        assert self.store.ledger.queued() == len(waiting)
        if queued is None:
            assert not waiting
            return
        assert without_history(queued.fact) == waiting[0]
        assert queued.attempts == self.expected.attempts
        if waiting[0].key is not None:
            assert queued.remote_id == self.expected.remote_ids.get(waiting[0].key)
            assert queued.abandoned_start == (waiting[0].key in self.expected.given_up)

    @invariant()
    def the_ids_of_open_transactions_are_known(self) -> None:
        for number in self.expected.open.values():
            known = self.expected.remote_ids.get(key(number))
            assert self.store.ledger.remote_id_of(key(number)) == known

    def teardown(self) -> None:
        self.cut_power()
        found = {one.connector: one for one in self.store.ledger.open_transactions()}
        assert {connector: one.key for connector, one in found.items()} == {
            connector: key(number) for connector, number in self.expected.open.items()
        }
        for connector, number in self.expected.open.items():
            assert found[connector].last_wh == self.expected.register_wh[number]
        last_seq = 0
        while self.expected.waiting:
            queued = self.loop.run(self.store.ledger.next_fact())
            assert queued is not None
            assert queued.seq > last_seq
            last_seq = queued.seq
            self.tell(remote_id=7)
        assert self.loop.run(self.store.ledger.next_fact()) is None
        self.end()
        self.store.writer.drop()
        self.loop.close()
        shutil.rmtree(self.root)


def without_history(fact: Fact) -> Fact:
    return stopped_alike(fact) if isinstance(fact, TransactionStopped) else fact


def stopped_alike(fact: TransactionStopped) -> TransactionStopped:
    return TransactionStopped(
        key=fact.key,
        connector=fact.connector,
        at=fact.at,
        register_wh=fact.register_wh,
        reason=fact.reason,
        token=fact.token,
    )


LedgerUnderPowerCuts.TestCase.settings = costly(40, search=1_000, steps=40)
TestLedgerUnderPowerCuts = LedgerUnderPowerCuts.TestCase
