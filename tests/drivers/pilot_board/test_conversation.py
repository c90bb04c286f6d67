"""What is said on the link and when: the agent's half against the firmware's own half, no wire between them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.drivers.pilot_board.codec import encode
from agent.drivers.pilot_board.conversation import (
    ASK_EVERY_S,
    ASK_STRANGER_EVERY_S,
    SILENT_AFTER_S,
    WISH_EVERY_S,
    Conversation,
)
from agent.drivers.pilot_board.frames import frame
from agent.drivers.pilot_board.messages import TABLE_HASH, Identity, Wish
from tests.drivers.pilot_board.paper_board import PaperBoard

STEP_S = 0.05
LEASE_S = 2.0


class Pair:
    """A conversation and a board; `carries` and `returns` say whether the wire does, each way."""

    def __init__(self, board: PaperBoard | None = None, start_s: float = 100.0) -> None:
        self.now = start_s
        self.sent: list[bytes] = []
        self.talk = Conversation(self.sent.append)
        self.board = board or PaperBoard()
        self.board.start(self.now_ms)
        self.carries = True
        self.returns = True
        self.noise = b""

    @property
    def now_ms(self) -> int:
        return round(self.now * 1000)

    def begin(self) -> Pair:
        self.talk.begin(self.now)
        self.exchange()
        return self

    def exchange(self) -> None:
        """Let the words of this instant go back and forth."""
        for _ in range(6):
            spoken = b"".join(self.sent)
            self.sent.clear()
            answer = self.board.turn(spoken if self.carries else b"", self.now_ms)
            heard = self.noise + (answer if self.returns else b"")
            self.noise = b""
            if heard:
                self.talk.hear(heard, self.now)

    def passes(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.now = round(self.now + STEP_S, 6)
            if self.talk.due_at is not None and self.now >= self.talk.due_at:
                self.talk.tick(self.now)
            self.exchange()

    def wishes(self, **changes: object) -> None:
        self.talk.ask_for(replace(self.talk.wish, **changes), self.now)  # type: ignore[arg-type]
        self.exchange()


def test_a_board_with_the_same_table_is_believed_at_once() -> None:
    pair = Pair().begin()

    assert pair.talk.is_agreed
    assert pair.talk.report is not None
    assert pair.talk.report.boot_id == pair.board.boot_id


def test_a_wish_is_told_at_once_and_repeated_within_half_a_second() -> None:
    pair = Pair().begin()

    pair.wishes(permit=True, offer_da=160)
    assert pair.board.lease.permitted_da() == 160

    counted = pair.talk.counters.wishes
    pair.passes(10)
    assert pair.board.lease.is_permitted()
    assert pair.talk.counters.wishes - counted >= 10 / (WISH_EVERY_S + STEP_S)


def test_the_same_wish_is_not_told_again_before_its_time() -> None:
    pair = Pair().begin()
    counted = pair.talk.counters.wishes

    pair.wishes(permit=False)

    assert pair.talk.counters.wishes == counted


def test_two_seconds_without_a_status_are_silence_and_end_the_wish() -> None:
    pair = Pair().begin()
    pair.wishes(permit=True, offer_da=160)
    pair.returns = False

    pair.passes(SILENT_AFTER_S + 0.2)

    assert pair.talk.is_silent
    assert pair.talk.report is None
    pair.passes(LEASE_S + 0.2)
    assert not pair.board.lease.is_permitted()


def test_a_board_that_talks_and_does_not_hear_is_never_believed() -> None:
    pair = Pair()
    pair.carries = False
    pair.begin()

    pair.passes(10)

    assert pair.talk.is_silent
    assert pair.talk.hears_messages
    assert pair.talk.report is None


def test_what_the_board_told_before_it_heard_us_is_no_report() -> None:
    pair = Pair().begin()
    pair.passes(1)
    pair.talk.end()
    pair.passes(5)
    pair.talk.begin(pair.now)
    identity = pair.board.turn(b"".join(pair.sent), pair.now_ms)
    pair.sent.clear()
    status_of_before = pair.board.turn(b"", pair.now_ms + 250)

    pair.talk.hear(identity + status_of_before, pair.now)
    assert pair.talk.is_agreed
    assert pair.talk.report is None

    pair.exchange()
    assert pair.talk.report is not None


def test_wishes_go_on_at_their_pace_while_no_status_comes() -> None:
    pair = Pair().begin()
    pair.returns = False
    counted = pair.talk.counters.wishes

    pair.passes(SILENT_AFTER_S - 0.3)

    assert pair.talk.counters.wishes - counted >= 3


def test_an_identity_nobody_asked_for_is_not_believed() -> None:
    pair = Pair()
    pair.carries = False
    pair.begin()
    pair.talk.hear(frame(encode(Identity(4711, TABLE_HASH, "board", "a", "0.1.0", "0badcafe", 0))), pair.now)

    assert not pair.talk.is_agreed
    assert pair.talk.counters.garbage == 1


def test_half_a_frame_of_before_spoils_no_new_conversation() -> None:
    pair = Pair().begin()
    pair.talk.hear(b"half a fra", pair.now)
    pair.board.link.hear(b"half a fra", 0)

    pair.talk.end()
    pair.begin()

    assert pair.talk.is_agreed


def test_after_a_silence_the_board_hears_what_was_asked_for_meanwhile() -> None:
    pair = Pair().begin()
    pair.wishes(permit=True, offer_da=160)
    pair.carries = pair.returns = False
    pair.passes(3)
    pair.wishes(permit=False, offer_da=0)

    pair.carries = pair.returns = True
    pair.passes(ASK_EVERY_S + 0.2)

    assert pair.talk.is_acknowledged
    assert not pair.board.lease.is_permitted()


def test_a_restarted_board_is_asked_again_who_it_is() -> None:
    pair = Pair().begin()
    before = pair.talk.report

    pair.board.restart(pair.now_ms)
    pair.passes(0.3)

    assert pair.talk.counters.restarts == 1
    assert pair.talk.is_agreed
    assert before is not None
    assert pair.talk.report is not None
    assert pair.talk.report.boot_id != before.boot_id


def test_a_restarted_board_is_permitted_nothing_before_somebody_decides_anew() -> None:
    pair = Pair().begin()
    pair.wishes(permit=True, offer_da=160)
    pair.passes(1.0)
    assert pair.board.lease.is_permitted()

    pair.board.restart(pair.now_ms)
    pair.passes(5.0)

    assert not pair.board.lease.is_permitted()
    assert (pair.talk.wish.permit, pair.talk.wish.offer_da) == (False, 0)


def test_another_table_is_refused_and_no_wish_is_told() -> None:
    pair = Pair(PaperBoard(table_hash="3f2a0000")).begin()

    pair.wishes(permit=True, offer_da=160)
    pair.passes(60)

    assert pair.talk.mismatch is not None
    assert pair.talk.mismatch.board_speaks == "3f2a0000"
    assert pair.talk.counters.wishes == 0
    assert pair.talk.counters.questions <= 2 + 60 / ASK_STRANGER_EVERY_S


def test_what_a_board_with_another_table_says_is_no_garbage() -> None:
    pair = Pair(PaperBoard(table_hash="3f2a0000")).begin()

    pair.talk.hear(frame(b"\xa1\x00\x09"), pair.now)

    assert pair.talk.counters.garbage == 0


def test_a_flashed_board_is_believed_when_it_is_asked_the_next_time() -> None:
    pair = Pair(PaperBoard(table_hash="3f2a0000")).begin()

    pair.board._table_hash = None
    pair.board.restart(pair.now_ms)
    pair.passes(ASK_STRANGER_EVERY_S + 0.2)

    assert pair.talk.mismatch is None
    assert pair.talk.report is not None


def test_a_new_program_does_not_begin_at_a_wish_number_the_board_heard_last() -> None:
    board = PaperBoard()
    old = Pair(board, start_s=0.0).begin()
    last_heard = board.lease.sequence

    new = Pair.__new__(Pair)
    new.__dict__.update(old.__dict__ | {"sent": []})
    new.talk = Conversation(new.sent.append)
    new.now += 1
    new.begin()

    assert last_heard is not None
    assert board.lease.sequence is not None
    assert board.lease.sequence != last_heard
    assert new.talk.is_acknowledged


def test_a_status_that_comes_twice_is_no_sign_of_life() -> None:
    pair = Pair().begin()
    pair.carries = False
    pair.now += 0.2
    stuck = pair.board.turn(b"", pair.now_ms)
    pair.returns = False

    for _ in range(60):
        pair.noise = stuck
        pair.passes(STEP_S)

    assert pair.talk.counters.repeated_statuses > 0
    assert pair.talk.is_silent


def test_lost_statuses_are_counted() -> None:
    pair = Pair().begin()
    pair.returns = False
    pair.passes(1.0)
    pair.returns = True

    pair.passes(0.4)

    assert pair.talk.counters.lost_statuses == pytest.approx(5, abs=1)


def test_our_own_words_coming_back_are_garbage_and_no_board() -> None:
    pair = Pair()
    pair.returns = False
    pair.talk.begin(pair.now)

    pair.talk.hear(b"".join(pair.sent), pair.now)
    pair.talk.hear(frame(encode(Wish(1, True, 160, False, 0, 1, True))), pair.now)

    assert pair.talk.counters.garbage == 2
    assert not pair.talk.is_agreed


def test_the_rest_of_a_frame_at_the_beginning_is_no_garbage() -> None:
    pair = Pair()
    pair.noise = b"rest of a frame\x00"

    pair.begin()

    assert pair.talk.counters.garbage == 0
    assert pair.talk.is_agreed


def test_our_table_is_the_firmware_s() -> None:
    assert Pair().board.link._table_hash == TABLE_HASH


class AnyWire(RuleBasedStateMachine):
    """Whatever the wire, the board and the agent do: nothing is believed or permitted longer than it may be."""

    def __init__(self) -> None:
        super().__init__()
        self.pair = Pair().begin()
        self.wished_at = self.pair.now
        self.is_open = True

    @rule(seconds=st.sampled_from([0.05, 0.3, 1.0, 2.5, 7.0]))
    def time_passes(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.pair.passes(STEP_S)
            self.note()

    @rule(permit=st.booleans(), offer_da=st.sampled_from([0, 60, 160, 320]))
    def the_host_wishes(self, permit: bool, offer_da: int) -> None:
        self.note()
        self.pair.wishes(permit=permit, offer_da=offer_da)
        self.note()

    @rule(carries=st.booleans(), returns=st.booleans())
    def the_wire_changes(self, carries: bool, returns: bool) -> None:
        self.pair.carries, self.pair.returns = carries, returns

    @rule(noise=st.binary(max_size=1200) | st.just(b"\x00") | st.just(b"\x01\x02\x03\x00\x04\x00"))
    def noise_arrives(self, noise: bytes) -> None:
        self.pair.noise = noise
        self.pair.exchange()

    @rule()
    def the_board_restarts(self) -> None:
        self.pair.board.restart(self.pair.now_ms)

    @rule()
    @precondition(lambda self: self.is_open)
    def the_port_vanishes(self) -> None:
        self.pair.talk.end()
        self.is_open = False

    @rule()
    @precondition(lambda self: not self.is_open)
    def the_port_is_back(self) -> None:
        self.pair.begin()
        self.is_open = True

    @rule()
    def all_is_well_for_a_while(self) -> None:
        self.pair.carries = self.pair.returns = True
        if not self.is_open:
            self.the_port_is_back()
        self.pair.noise = b"\x00"

        self.pair.passes(SILENT_AFTER_S + ASK_EVERY_S + 1.0)

        assert self.pair.talk.is_acknowledged
        assert self.pair.board.lease.is_permitted() == self.pair.talk.wish.permit
        self.note()

    def note(self) -> None:
        """When the host wished power last."""
        if self.pair.talk.wish.permit:
            self.wished_at = self.pair.now

    @invariant()
    def no_permission_outlives_the_wish_and_its_lease(self) -> None:
        if self.pair.board.lease.is_permitted():
            assert self.pair.now - self.wished_at <= LEASE_S + 1e-6

    @invariant()
    def no_report_is_older_than_it_may_be(self) -> None:
        if self.pair.talk.report is not None:
            assert self.pair.now - self.pair.talk.believed_at <= SILENT_AFTER_S + STEP_S

    @invariant()
    def the_next_moment_lies_ahead(self) -> None:
        due_at = self.pair.talk.due_at
        assert (due_at is None) == (not self.is_open)
        assert due_at is None or due_at > self.pair.now


TestAnyWire = AnyWire.TestCase
