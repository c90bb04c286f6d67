"""What the ledger knows of its queue without asking is what the database would say."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.strategies import booleans, integers, sampled_from

from agent.core.facts import TransactionSampled, TransactionStarted
from agent.core.identity import ConnectorId
from agent.store import queue
from agent.store.database import open_database
from agent.store.ledger import Ledger, LedgerLimits, Room
from agent.store.profiles import Profiles
from agent.store.store import FILE_NAME, Store, open_store
from agent.store.writer import Writer
from tests.store.domain import ONE, TWO, sampled, started, stopped

LIMIT = 40


def test_a_start_reads_no_queue_as_a_whole(tmp_path: Path) -> None:
    store = open_store(tmp_path, inline=True, flush=False)
    asyncio.run(store.ledger.record_sample(sampled(None), for_network=True, for_stop=False))
    store.writer.drop()
    connection, statements = open_database(tmp_path / FILE_NAME).connection, list[str]()

    connection.set_trace_callback(statements.append)
    queued = Ledger(Writer(connection, inline=True), Profiles(Writer(connection, inline=True))).queued()
    connection.set_trace_callback(None)
    unbounded = [one for one in statements if one.lstrip().startswith("SELECT") and "LIMIT" not in one]
    plans = [row["detail"] for one in unbounded for row in connection.execute(f"EXPLAIN QUERY PLAN {one}")]
    connection.close()

    assert queued == 1
    assert any("facts" in detail for detail in plans)
    assert not [detail for detail in plans if "SCAN facts" in detail]


def test_a_queue_tells_once_of_each_shortage_and_that_there_is_room_again(tmp_path: Path) -> None:
    store = open_store(tmp_path, inline=True, flush=False, limits=LedgerLimits(queued_facts=20))
    told: list[Room] = []
    store.ledger.on_room = told.append

    async def fill_to(count: int) -> list[Room]:
        while store.ledger.queued() < count:
            await store.ledger.record_sample(sampled(None), for_network=True, for_stop=False)
        return told[:]

    async def empty_to(count: int) -> list[Room]:
        while store.ledger.queued() > count and (oldest := await store.ledger.next_fact()) is not None:
            await store.ledger.settle(oldest.seq)
        return told[:]

    async def main() -> None:
        assert await fill_to(17) == []
        assert await fill_to(19) == [Room.NEARLY_FULL]
        assert await empty_to(16) == [Room.NEARLY_FULL]
        assert await fill_to(20) == [Room.NEARLY_FULL]
        assert await empty_to(15) == [Room.NEARLY_FULL, Room.PLENTY]
        assert await fill_to(20) == [Room.NEARLY_FULL, Room.PLENTY, Room.NEARLY_FULL]
        assert store.ledger.thinned == 0
        await store.ledger.record_sample(sampled(None), for_network=True, for_stop=False)
        assert told[3:] == [Room.THINNED]
        assert store.ledger.thinned == 21 - store.ledger.queued() > 0

    asyncio.run(main())
    store.writer.drop()


class AnyQueue(RuleBasedStateMachine):
    """Two connectors record, the network takes, refuses and goes past; space is short; the program starts anew."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.store = self.opened()
        self.running: dict[ConnectorId, int | None] = {ONE: None, TWO: None}
        self.number = 0
        self.past: set[int] = set()

    def opened(self) -> Store:
        limits = LedgerLimits(queued_facts=LIMIT)
        return open_store(Path(self.folder.name), inline=True, flush=False, limits=limits)

    @property
    def ledger(self) -> Ledger:
        return self.store.ledger

    def teardown(self) -> None:
        self.store.writer.drop()
        self.runner.close()
        self.folder.cleanup()

    @rule(connector=sampled_from((ONE, TWO)), samples=integers(0, 12), knows_the_time=booleans())
    def a_charge_goes_on(self, connector: ConnectorId, samples: int, knows_the_time: bool) -> None:
        if (running := self.running[connector]) is None:
            self.number += 1
            running = self.running[connector] = self.number
            self.runner.run(self.ledger.record_start(started(running, connector), None))
        for _ in range(samples):
            fact = sampled(running)
            if not knows_the_time:
                at = replace(fact.readings.at, utc_ms=None)
                fact = replace(fact, readings=replace(fact.readings, at=at))
            self.runner.run(self.ledger.record_sample(fact, for_network=True, for_stop=False))

    @rule(connector=sampled_from((ONE, TWO)))
    def a_charge_ends(self, connector: ConnectorId) -> None:
        if (running := self.running[connector]) is not None:
            self.runner.run(self.ledger.record_stop(replace(stopped(running), connector=connector)))
            self.running[connector] = None

    @precondition(lambda self: self.ledger.queued() > 0)
    @rule(count=integers(1, 20))
    def the_oldest_are_told(self, count: int) -> None:
        for _ in range(min(count, self.ledger.queued())):
            oldest = self.runner.run(self.ledger.next_fact())
            assert oldest is not None
            likely = self.ledger.behind(oldest.seq)
            self.runner.run(self.ledger.settle(oldest.seq, 70 + oldest.seq))
            is_plain = isinstance(oldest.fact, TransactionSampled)
            assert likely is None or not is_plain or self.runner.run(self.ledger.next_fact()) is likely

    @precondition(lambda self: self.ledger.queued() > 0)
    @rule(place=integers(0, LIMIT))
    def one_further_back_is_told(self, place: int) -> None:
        seqs = [row[0] for row in self.store.writer.connection.execute("SELECT seq FROM facts ORDER BY seq")]
        self.runner.run(self.ledger.settle(seqs[place % len(seqs)], 70 + place))

    @rule()
    def an_idle_value_is_recorded(self) -> None:
        self.runner.run(self.ledger.record_sample(sampled(None), for_network=True, for_stop=False))

    @rule()
    def another_network_takes_over(self) -> None:
        self.runner.run(self.ledger.forget_outside())

    @rule()
    def one_more_is_set_aside(self) -> None:
        if (found := self.runner.run(self.ledger.next_fact(self.past))) is not None:
            self.past.add(found.seq)

    @precondition(lambda self: self.past)
    @rule(place=integers(0, LIMIT), is_all=booleans())
    def what_was_set_aside_is_due_again(self, place: int, is_all: bool) -> None:
        self.past -= self.past if is_all else {sorted(self.past)[place % len(self.past)]}

    @precondition(lambda self: self.past)
    @rule(place=integers(0, LIMIT))
    def one_set_aside_is_told_after_all_while_the_next_is_looked_for(self, place: int) -> None:
        async def together() -> None:
            told = sorted(self.past)[place % len(self.past)]
            await asyncio.gather(self.ledger.next_fact(self.past), self.ledger.settle(told, 7), self.ledger.next_fact())

        self.runner.run(together())

    @precondition(lambda self: self.ledger.queued() > 0)
    @rule(is_given_up=booleans())
    def the_oldest_is_refused(self, is_given_up: bool) -> None:
        oldest = self.ledger.oldest()
        assert oldest is not None
        if is_given_up:
            self.runner.run(self.ledger.abandon(oldest.seq, "refused"))
        else:
            self.runner.run(self.ledger.record_attempt(oldest.seq))

    @precondition(lambda self: self.ledger.queued() > 1)
    @rule()
    def much_is_written_in_one_turn(self) -> None:
        async def together() -> None:
            seqs = [
                row[0] for row in self.store.writer.connection.execute("SELECT seq FROM facts ORDER BY seq LIMIT 2")
            ]
            await asyncio.gather(*(self.ledger.settle(seq) for seq in seqs))

        self.runner.run(together())

    @rule()
    def the_program_starts_anew(self) -> None:
        self.store.writer.drop()
        self.store = self.opened()

    @invariant()
    def what_is_known_is_so(self) -> None:
        connection = self.store.writer.connection
        assert self.ledger.queued() == connection.execute("SELECT count(*) FROM facts").fetchone()[0]
        oldest = self.runner.run(self.ledger.next_fact())
        assert oldest == queue.head(connection)
        if oldest is not None and (behind := self.ledger.behind(oldest.seq)) is not None:
            # Going past a start would go past its samples, too.
            is_start = isinstance(oldest.fact, TransactionStarted)
            assert is_start or behind == queue.head(connection, [oldest.seq])
        assert self.runner.run(self.ledger.next_fact(self.past)) == queue.head(connection, self.past)


TestAnyQueue = AnyQueue.TestCase
TestAnyQueue.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
