"""The agent stands still (SIGSTOP, a blocked loop) and goes on: a permission is for the plug it was given to.

The agent's half of the link against the whole firmware on fake pins, no wire between them: what the board says while
the agent stands still waits in the port.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from board import Board
from fake_hal import FakeHal
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.pilot_board.conversation import Conversation

LOOP_MS = 5
READ_AT_MOST = 4096
STATES = ("A", "B", "C")


class Cable:
    """A board with a car, and an agent that can stand still. `permit` is the word of a session that saw the plug."""

    def __init__(self) -> None:
        self.hal = FakeHal(now=1_000)
        self.board = Board(self.hal)
        self.due_ms = self.hal.now
        self.waiting = bytearray()
        self.agent_stands = False
        self.looks_from_ms = 0
        self.talk = Conversation(self._say)
        self.permitted_insertion = 0
        self.wrong: list[str] = []
        self.talk.begin(self.now_s)
        self.runs(1.0)

    @property
    def now_s(self) -> float:
        return self.hal.now / 1000

    @property
    def insertions(self) -> int:
        return int(self.board.interlock.situation.pilot.insertions)

    def _say(self, frame: bytes) -> None:
        self.hal.to_board += frame

    def runs(self, seconds: float) -> None:
        end_ms = self.hal.now + round(seconds * 1000)
        # The pins may have changed: seen with the next window.
        self.due_ms = self.hal.now
        while self.hal.now < end_ms:
            self.hal.now = min(self._next_moment(), end_ms)
            self.due_ms = self.board.poll()
            self.waiting += self.hal.from_board
            self.hal.from_board.clear()
            if not self.agent_stands:
                self._agent_turns()
            self._look()

    def _next_moment(self) -> int:
        """The next window of the board's loop in which anything happens."""
        is_heard = self.hal.to_board or (self.waiting and not self.agent_stands)
        windows = [self.hal.now if is_heard else self.due_ms]
        if not self.agent_stands and self.talk.due_at is not None:
            windows.append(round(self.talk.due_at * 1000))
        return max(self.hal.now + LOOP_MS, min(windows) + LOOP_MS - 1) // LOOP_MS * LOOP_MS

    def _agent_turns(self) -> None:
        """One turn of its loop: what waits in the port comes before what is due by time."""
        piece, self.waiting = bytes(self.waiting[:READ_AT_MOST]), self.waiting[READ_AT_MOST:]
        if piece:
            self.talk.hear(piece, self.now_s)
        if self.talk.due_at is not None and self.now_s >= self.talk.due_at:
            self.talk.tick(self.now_s)

    def _look(self) -> None:
        """After the agent went on, the board holds no permission of an insertion the session has not judged."""
        if self.agent_stands or self.hal.now < self.looks_from_ms or not self.is_permitted:
            return
        if self.insertions != self.permitted_insertion:
            self.wrong.append(f"{self.now_s:.3f} s: permitted is insertion {self.insertions}")

    @property
    def is_permitted(self) -> bool:
        return bool(self.board.interlock.situation.lease.is_permitted())

    def permit(self) -> None:
        """What a session does that has seen the present plug."""
        self.permitted_insertion = self.insertions
        self.talk.ask_for(replace(self.talk.wish, permit=True, offer_da=160, commissioned=True), self.now_s)

    def stands_still(self, seconds: float) -> None:
        self.agent_stands = True
        self.runs(seconds)
        self.goes_on()

    def goes_on(self) -> None:
        self.agent_stands = False
        # What it says at once is heard a turn later.
        self.looks_from_ms = self.hal.now + 3 * LOOP_MS


def permitted(state: str) -> Cable:
    """A car is plugged in and permitted, and the pilot says `state`."""
    cable = Cable()
    cable.hal.show("B")
    cable.runs(1.0)
    cable.permit()
    cable.hal.show(state)
    cable.runs(7.0)
    assert cable.is_permitted
    return cable


@pytest.mark.parametrize("stands_s", [0.4, 1.0, 1.9, 2.1, 5.0, 60.0, 600.0])
@pytest.mark.parametrize("state", ["B", "C"])
def test_a_plug_that_came_while_the_agent_stood_still_is_not_permitted_when_it_goes_on(
    state: str, stands_s: float
) -> None:
    cable = permitted(state)

    cable.agent_stands = True
    cable.hal.show("A")
    cable.runs(0.2)
    cable.hal.show("B")
    cable.runs(0.2)
    cable.hal.show("C")
    cable.runs(stands_s)
    cable.goes_on()
    cable.runs(10.0)

    assert cable.insertions == 2
    assert cable.wrong == []
    assert not cable.is_permitted
    assert cable.hal.coil_mode == 0


def test_no_session_in_the_way_a_second_plug_is_not_permitted_by_the_first_ones_word() -> None:
    """The session may be held up by a slow card while the link goes on repeating its wish."""
    cable = permitted("C")

    cable.hal.show("A")
    cable.runs(1.0)
    cable.hal.show("B")
    cable.runs(1.0)
    cable.hal.show("C")
    cable.runs(20.0)

    assert cable.wrong == []
    assert cable.hal.coil_mode == 0


def test_after_a_long_stand_nothing_is_permitted_before_somebody_decides_anew() -> None:
    """Also with the same car: how long its permission was gone nobody here knows."""
    cable = permitted("C")

    cable.stands_still(5.0)
    cable.runs(5.0)

    assert cable.talk.counters.silences == 1
    assert cable.talk.report is not None
    assert not cable.is_permitted
    cable.permit()
    cable.runs(40.0)
    assert cable.hal.coil_mode != 0


def test_a_short_stand_of_the_agent_is_no_loss() -> None:
    cable = permitted("C")

    for _ in range(20):
        cable.stands_still(1.0)
        cable.runs(1.0)

    assert cable.talk.counters.silences == 0
    assert cable.is_permitted
    assert cable.hal.coil_mode != 0


@given(
    happens=st.lists(
        st.tuples(st.sampled_from(STATES), st.floats(0.03, 3.0), st.sampled_from([False, False, True]), st.booleans()),
        max_size=12,
    )
)
def test_whatever_comes_and_goes_while_it_stands_the_permission_is_of_the_plug_it_was_given_to(
    happens: list[tuple[str, float, bool, bool]],
) -> None:
    """Each time a state, how long it lasts, whether the agent stands meanwhile, and whether a session decides then."""
    cable = permitted("C")

    for state, lasts_s, stands, decides in happens:
        cable.hal.show(state)
        if stands:
            cable.stands_still(lasts_s)
        else:
            cable.runs(lasts_s)
        if decides and not stands and cable.talk.report is not None and cable.talk.report.status.plugged:
            cable.permit()
    cable.goes_on()
    cable.runs(5.0)

    assert cable.wrong == []
