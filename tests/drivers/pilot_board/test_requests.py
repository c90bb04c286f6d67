"""Requests to the board: said again until answered, done once, told once, whatever the wire loses or doubles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agent.drivers.pilot_board.messages import ASKS, U16, Answer, Ask, Block, Message, Put
from agent.drivers.pilot_board.requests import ANSWER_WITHIN_S, TRIES, Reply, Request, Requests, Unanswered

DONE = 0
GIVEN_UP_AFTER_S = TRIES * ANSWER_WITHIN_S


class PaperBoard:
    """Answers a repeated number as it did before, and does nothing twice."""

    def __init__(self) -> None:
        self.done: list[tuple[int, bytes]] = []
        self._last: tuple[int, Reply] | None = None

    def hear(self, request: Message) -> Reply:
        assert isinstance(request, Ask | Put)
        if self._last is None or self._last[0] != request.request:
            self._last = (request.request, self._answer(request))
        return self._last[1]

    def _answer(self, request: Ask | Put) -> Reply:
        self.done.append((request.number, getattr(request, "content", b"")))
        if isinstance(request, Ask):
            return Block(request.request, request.what, request.number, U16, bytes([request.number & 0xFF]))
        return Answer(request.request, DONE, request.number)


class Desk:
    """One end; what it says waits in `said`."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now
        self.said: list[Message] = []
        self.told: list[Reply | Unanswered] = []
        self.requests = Requests(self.said.append)

    def asks(self, number: int = 0, what: int = 0) -> None:
        self.requests.post(Ask(0, what, number), self.told.append, self.now)

    def puts(self, number: int) -> None:
        self.requests.post(Put(0, 2, number, b"piece"), self.told.append, self.now)

    def hears(self, reply: Reply) -> bool:
        return self.requests.hear(reply, self.now)

    def passes(self, seconds: float) -> None:
        self.now += seconds
        self.requests.tick(self.now)

    def last_said(self) -> Request:
        said = self.said[-1]
        assert isinstance(said, Ask | Put)
        return said


def test_a_request_is_said_at_once_and_its_reply_told() -> None:
    desk = Desk()
    desk.asks(7, what=ASKS.index("evidence"))

    reply = PaperBoard().hear(desk.last_said())

    assert desk.hears(reply)
    assert desk.told == [reply]
    assert desk.requests.due_at is None


def test_an_unanswered_request_is_said_again_with_its_number_and_given_up_in_the_end() -> None:
    desk = Desk()
    desk.asks(7)
    for _ in range(TRIES - 1):
        desk.passes(ANSWER_WITHIN_S)
    assert desk.told == []

    desk.passes(ANSWER_WITHIN_S)

    assert desk.said == [desk.said[0]] * TRIES
    assert [type(one) for one in desk.told] == [Unanswered]
    assert not desk.requests.is_pending


def test_it_is_not_said_again_before_its_time() -> None:
    desk = Desk()
    desk.asks()

    for _ in range(9):
        desk.passes(ANSWER_WITHIN_S / 10)

    assert len(desk.said) == 1
    assert desk.requests.due_at == pytest.approx(1_000.0 + ANSWER_WITHIN_S)


def test_one_request_is_under_way_at_a_time_and_the_next_has_another_number() -> None:
    desk = Desk()
    desk.asks(1)
    desk.asks(2)
    assert len(desk.said) == 1
    first = desk.last_said()

    desk.hears(PaperBoard().hear(first))

    second = desk.last_said()
    assert isinstance(second, Ask)
    assert second.number == 2
    assert second.request == (first.request + 1) & U16


def test_a_new_program_begins_at_a_number_of_its_own() -> None:
    numbers = set()
    for start_s in (1_000.0, 1_000.5, 2_000.25):
        desk = Desk(start_s)
        desk.asks()
        numbers.add(desk.last_said().request)

    assert len(numbers) == 3


def test_the_next_request_gets_its_turn_when_one_is_given_up() -> None:
    desk = Desk()
    desk.asks(1)
    desk.asks(2)

    for _ in range(TRIES):
        desk.passes(ANSWER_WITHIN_S)

    assert [type(one) for one in desk.told] == [Unanswered]
    assert isinstance(second := desk.last_said(), Ask)
    assert second.number == 2


def test_the_end_is_told_to_all_that_wait() -> None:
    desk = Desk()
    desk.asks(1)
    desk.asks(2)

    desk.requests.end("the port of the board was lost")

    assert desk.told == [Unanswered("the port of the board was lost")] * 2
    assert desk.requests.due_at is None
    assert len(desk.said) == 1


@given(st.integers(1, U16), st.integers(0, len(ASKS) - 1), st.integers(0, U16))
def test_a_reply_to_something_else_is_none_of_ours(off: int, what: int, number: int) -> None:
    desk = Desk()
    desk.asks(3, what=2)
    ours = desk.last_said().request

    assert not desk.hears(Answer((ours + off) & U16, DONE, 0))
    if (what, number) != (2, 3):
        assert not desk.hears(Block(ours, what, number, 9, b""))

    assert desk.told == []
    assert desk.requests.is_pending


def test_a_block_is_no_answer_to_a_write() -> None:
    desk = Desk()
    desk.puts(5)

    assert not desk.hears(Block(desk.last_said().request, 2, 5, 9, b""))
    assert desk.told == []


def test_a_reply_that_comes_twice_is_known_and_told_once() -> None:
    desk = Desk()
    desk.asks(1)
    reply = PaperBoard().hear(desk.last_said())

    assert [desk.hears(reply), desk.hears(reply)] == [True, True]
    assert desk.told == [reply]


class AnyWire(RuleBasedStateMachine):
    """Frames are lost, late and doubled both ways; the line ends. Each request is told once and done at most once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 500.0
        self.there: list[Message] = []
        self.back: list[Reply] = []
        self.board = PaperBoard()
        self.requests = Requests(self.there.append)
        self.posted = 0
        self.told: dict[int, list[Reply | Unanswered]] = {}

    @rule(writes=st.booleans())
    def a_request_is_put(self, writes: bool) -> None:
        number = self.posted
        self.posted += 1
        self.told[number] = []
        request: Request = Put(0, 2, number, b"x") if writes else Ask(0, 3, number)
        self.requests.post(request, self.told[number].append, self.now)

    @rule(twice=st.booleans())
    def the_board_hears(self, twice: bool) -> None:
        if self.there:
            # A wire keeps the order; what is late comes late altogether.
            request = self.there.pop(0)
            self.back.append(self.board.hear(request))
            if twice:
                self.back.append(self.board.hear(request))

    @rule()
    def a_request_is_lost(self) -> None:
        if self.there:
            self.there.pop(0)

    @rule(twice=st.booleans())
    def the_host_hears(self, twice: bool) -> None:
        if self.back:
            reply = self.back.pop(0)
            self.requests.hear(reply, self.now)
            if twice:
                self.requests.hear(reply, self.now)

    @rule()
    def a_reply_is_lost(self) -> None:
        if self.back:
            self.back.pop(0)

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0, 3.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.requests.tick(self.now)

    @rule()
    def the_line_ends(self) -> None:
        self.requests.end("the port of the board was lost")

    @rule()
    def all_is_well_until_nothing_waits(self) -> None:
        while self.requests.is_pending:
            while self.there:
                self.back.append(self.board.hear(self.there.pop(0)))
            while self.back:
                self.requests.hear(self.back.pop(0), self.now)
            if self.requests.is_pending:
                self.now += ANSWER_WITHIN_S
                self.requests.tick(self.now)

        assert all(len(told) == 1 for told in self.told.values())

    @invariant()
    def each_is_told_at_most_once_and_with_its_own_reply(self) -> None:
        for number, told in self.told.items():
            assert len(told) <= 1
            assert all(isinstance(one, Unanswered) or one.number == number for one in told)

    @invariant()
    def nothing_is_done_twice(self) -> None:
        numbers = [number for number, _ in self.board.done]
        assert len(numbers) == len(set(numbers))

    @invariant()
    def the_next_moment_is_never_far(self) -> None:
        due_at = self.requests.due_at
        assert (due_at is None) == (not self.requests.is_pending)
        assert due_at is None or due_at <= self.now + ANSWER_WITHIN_S


TestAnyWire = AnyWire.TestCase
