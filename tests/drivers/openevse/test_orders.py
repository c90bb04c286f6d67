"""What is said next, from what is wished and what is known; and the conversation where nobody looked for long."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.openevse.conversation import SILENT_AFTER_S, Conversation
from agent.drivers.openevse.orders import ENABLE, SLEEP, Heartbeat, Known, next_command, wanted_a
from agent.drivers.openevse.rapi import Answer, check_of, read_line
from agent.drivers.openevse.readings import (
    ASLEEP,
    AUTH_LOCKED,
    BOOT_LOCKED,
    CAR_CONNECTED,
    RELAY_ON,
    Range,
    Status,
)
from agent.drivers.wish import Wish

HEARTBEAT = Heartbeat(5)
ASLEEP_WITH_CAR = Status(state=ASLEEP, flags=CAR_CONNECTED, elapsed_s=0)
AWAKE_WITH_CAR = Status(state=2, flags=CAR_CONNECTED, elapsed_s=0)
KNOWN = Known(
    firmware="D9.0.0",
    status=ASLEEP_WITH_CAR,
    range=Range(least_a=6, most_a=32, set_a=16),
    is_supervised=True,
    poll_at=100.0,
    pulse_at=100.0,
    range_at=100.0,
)
WISH = Wish(permit=True, offer_a=16)

FLAGS = (0, CAR_CONNECTED, CAR_CONNECTED | RELAY_ON, RELAY_ON, CAR_CONNECTED | AUTH_LOCKED | BOOT_LOCKED)
KNOWNS = st.builds(
    Known,
    firmware=st.none() | st.just("D9.0.0"),
    status=st.none()
    | st.builds(
        Status,
        state=st.sampled_from([*range(0x13), 0xFE, 0xFF]),
        flags=st.sampled_from(FLAGS),
    ),
    range=st.none()
    | st.builds(Range, least_a=st.sampled_from([6, 8]), most_a=st.sampled_from([6, 16, 32]), set_a=st.integers(6, 32)),
    is_supervised=st.booleans(),
    has_missed=st.booleans(),
    clipped=st.none() | st.tuples(st.sampled_from([6, 10, 16, 32]), st.sampled_from([0.0, 50.0])),
)
WISHES = st.builds(Wish, permit=st.booleans(), offer_a=st.sampled_from([0, 6, 10, 16, 32]), held_open=st.booleans())


def said(known: Known, wish: Wish = WISH, *, may_charge: bool = True, now: float = 10.0) -> str | None:
    return next_command(known, wish, HEARTBEAT, now, may_charge=may_charge)


@given(known=KNOWNS, wish=WISHES, may_charge=st.booleans())
def test_enabling_needs_everything_at_once(known: Known, wish: Wish, may_charge: bool) -> None:
    if said(known, wish, may_charge=may_charge) == ENABLE:
        assert may_charge
        assert wish.permit
        assert not wish.held_open
        assert known.is_supervised
        assert known.range is not None
        assert known.range.set_a <= wish.offer_a


@given(known=KNOWNS, wish=WISHES, may_charge=st.booleans())
def test_a_current_that_is_set_is_never_above_the_offer_or_the_range(
    known: Known, wish: Wish, may_charge: bool
) -> None:
    command = said(known, wish, may_charge=may_charge) or ""

    if command.startswith("SC"):
        _, amps, volatile = command.split()
        assert known.range is not None
        assert known.range.least_a <= int(amps) <= min(wish.offer_a, known.range.most_a)
        assert volatile == "V"


def test_a_controller_that_keeps_to_a_higher_current_than_wished_is_put_to_sleep() -> None:
    stubborn = replace(KNOWN, status=AWAKE_WITH_CAR, clipped=(10, 50.0))

    assert said(stubborn, replace(WISH, offer_a=10)) == SLEEP
    assert said(replace(stubborn, status=ASLEEP_WITH_CAR), replace(WISH, offer_a=10)) is None


def test_less_than_the_controller_can_offer_is_nothing() -> None:
    assert wanted_a(replace(WISH, offer_a=6), Range(least_a=8, most_a=32, set_a=8)) == 0


def test_enabling_is_not_repeated_within_ten_seconds() -> None:
    ordered = KNOWN.after_order(ENABLE, 10.0)

    assert said(ordered, now=10.1) == "GS"
    assert said(replace(ordered, poll_at=100.0), now=19.9) is None
    assert said(replace(ordered, poll_at=100.0), now=20.0) == ENABLE


def test_a_missed_pulse_is_met_by_setting_the_heartbeat_anew_and_never_acknowledged() -> None:
    charging = replace(KNOWN, status=Status(state=3, flags=CAR_CONNECTED | RELAY_ON), has_missed=True)

    assert said(charging) == "SY 5 6"


class Told:
    """A conversation with somebody who answers on paper."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.talk = Conversation(self.sent.append, HEARTBEAT.interval_s, lambda: "watch")

    def is_believed(self) -> bool:
        return self.talk.report is not None

    def answers(self, now: float, words: str) -> None:
        """The answer to the command said last."""
        line = read_line(self.sent[-1].rstrip(b"\r"))
        assert not isinstance(line, Answer)
        text = f"$OK {words} {line.words[-1]}".replace("  ", " ").encode()
        self.talk.hear(text + b"^%02X\r" % check_of(text), now)

    def begins(self) -> None:
        self.talk.begin(0.0)
        for words in ("D9.0.0 5.2.1", "fe 0 fe 0100", "5 6 0", "6 80 16 32"):
            self.answers(0.1, words)


def test_what_waited_in_the_port_while_nobody_looked_is_not_believed() -> None:
    told = Told()
    told.begins()
    assert told.is_believed()
    told.talk.ask_for(WISH, 0.2)
    told.talk.tick(0.7)

    told.answers(0.7 + SILENT_AFTER_S, "fe 0 fe 0100")

    assert not told.is_believed()
    assert not told.talk.wish.permit


def test_words_that_make_no_sense_are_no_answer() -> None:
    told = Told()
    told.talk.begin(0.0)
    told.answers(0.1, "D9.0.0 5.2.1")
    sent = len(told.sent)

    told.answers(0.2, "of course")

    assert not told.is_believed()
    assert len(told.sent) == sent, "asked again only when its time is over"
    assert told.talk.counters.damaged_lines == 1
