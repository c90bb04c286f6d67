"""What is said on the link and when: the agent's half against the firmware's own half, no wire between them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.drivers.pilot_board.codec import encode
from agent.drivers.pilot_board.conversation import (
    ASK_EVERY_S,
    ASK_STRANGER_EVERY_S,
    SILENT_AFTER_S,
    WISH_EVERY_S,
    Conversation,
    Unanswered,
)
from agent.drivers.pilot_board.frames import frame
from agent.drivers.pilot_board.messages import PUTS, TABLE_HASH, Answer, Identity, Wish
from tests.drivers.pilot_board.pair import LEASE_S, STEP_S, Pair
from tests.drivers.pilot_board.paper_board import PaperBoard


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


def test_the_expected_configuration_is_in_every_wish_also_after_a_silence_and_a_new_board() -> None:
    pair = Pair()
    pair.talk.wish = replace(pair.talk.wish, configuration=0x1A2B_3C4D)
    pair.begin()
    assert pair.board.lease.configuration == 0x1A2B_3C4D

    pair.wishes(permit=True, offer_da=160)
    pair.carries = pair.returns = False
    pair.passes(5)
    pair.carries = pair.returns = True
    pair.passes(ASK_EVERY_S + 0.2)
    assert pair.board.lease.configuration == 0x1A2B_3C4D

    pair.talk.end()
    pair.board.start(pair.now_ms)
    pair.begin()

    assert pair.board.lease.configuration == 0x1A2B_3C4D


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


def test_a_board_with_another_table_takes_a_firmware_and_nothing_else() -> None:
    pair = Pair(PaperBoard(table_hash="3f2a0000")).begin()

    for what in PUTS:
        (told,) = pair.puts(what)
        assert isinstance(told, Answer) == (what != "calibration")


def test_a_firmware_under_way_outlives_the_questions_to_a_board_with_another_table() -> None:
    pair = Pair(PaperBoard(table_hash="3f2a0000")).begin()
    pair.passes(ASK_STRANGER_EVERY_S - 0.2)
    pair.returns = False
    told = pair.puts("image")
    pair.returns = True
    asked = pair.talk.counters.questions

    pair.passes(0.4)
    assert pair.talk.counters.questions == asked + 1
    assert told == []

    pair.passes(1.0)
    assert isinstance(told[0], Answer)


def test_a_restart_of_a_board_with_another_table_ends_what_it_was_given() -> None:
    pair = Pair(PaperBoard(table_hash="3f2a0000")).begin()
    pair.passes(ASK_STRANGER_EVERY_S - 1.0)
    pair.board.restart(pair.now_ms)
    told = pair.puts("image")

    pair.passes(1.5)

    assert told == [Unanswered("the board has started anew")]


def test_what_was_permitted_ends_with_the_first_word_of_another_table() -> None:
    pair = Pair().begin()
    pair.wishes(permit=True, offer_da=160)

    pair.board._table_hash = "3f2a0000"
    pair.board.restart(pair.now_ms)
    pair.passes(1.0)

    assert pair.talk.mismatch is not None
    assert (pair.talk.wish.permit, pair.talk.wish.offer_da) == (False, 0)


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
