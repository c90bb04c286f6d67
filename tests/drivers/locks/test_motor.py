"""A lock's motor: short pulses, three tries, no more than it bears, and what came of it."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agent.drivers.locks.motor import (
    MOVEMENTS,
    MOVEMENTS_IN_S,
    REST_BEFORE_TURNING_S,
    TRIES,
    TRY_AGAIN_S,
    TRY_S,
    Drive,
    Motor,
)

PULSE_S = 0.6


class Bolt:
    """Moves after `takes_s` of drive, unless it is jammed."""

    def __init__(self, *, springs_back: bool = False) -> None:
        self.motor = Motor(PULSE_S, springs_back=springs_back)
        self.springs_back = springs_back
        self.now_s = 100.0
        self.is_locked = False
        self.is_jammed = False
        self.takes_s = 0.3
        self.driven_s = 0.0
        self.pulses: list[tuple[float, Drive]] = []
        self.rests_s: list[float] = []
        """How long both lines were off, whenever the motor turned the other way."""
        self._last = Drive.REST
        self._last_s = self.now_s

    def wants(self, locked: bool) -> Bolt:
        self._note()
        self.motor.want(locked)
        self._look()
        return self

    def _note(self) -> None:
        """What is driven now was driven until now."""
        drive = self.motor.drive
        if drive is Drive.REST:
            return
        if self._last not in (Drive.REST, drive):
            self.rests_s.append(self.now_s - self._last_s)
        self._last, self._last_s = drive, self.now_s

    def passes(self, seconds: float) -> Bolt:
        end_s = round(self.now_s + seconds, 6)
        while self.now_s < end_s:
            self.now_s = round(min(end_s, self.now_s + 0.05), 6)
            self._move(0.05)
            self._look()
        return self

    def _move(self, for_s: float) -> None:
        self.driven_s = self.driven_s + for_s if self.motor.drive is not Drive.REST else 0.0
        if self.is_jammed:
            return
        if self.springs_back and self.motor.drive is Drive.REST:
            self.is_locked = False
        elif self.driven_s >= self.takes_s:
            self.is_locked = self.motor.drive is Drive.LOCK

    def _look(self) -> None:
        self._note()
        before = self.motor.drive
        self.motor.observe(self.is_locked, self.now_s)
        self._note()
        if self.motor.drive is not before and self.motor.drive is not Drive.REST:
            self.pulses.append((self.now_s, self.motor.drive))


@pytest.mark.parametrize("springs_back", [False, True])
def test_it_locks_and_unlocks_by_one_movement_each(springs_back: bool) -> None:
    bolt = Bolt(springs_back=springs_back)

    bolt.wants(True).passes(2.0)
    assert (bolt.is_locked, bolt.motor.has_failed) == (True, False)
    assert bolt.motor.drive is (Drive.LOCK if springs_back else Drive.REST)

    bolt.wants(False).passes(2.0)
    assert (bolt.is_locked, bolt.motor.has_failed) == (False, False)
    assert bolt.motor.drive is Drive.REST
    assert [drive for _, drive in bolt.pulses] == ([Drive.LOCK] if springs_back else [Drive.LOCK, Drive.UNLOCK])


def test_nothing_moves_before_anybody_wants_something() -> None:
    assert Bolt().passes(100.0).pulses == []


def test_a_jammed_bolt_is_tried_three_times_a_second_apart_and_then_left() -> None:
    bolt = Bolt()
    bolt.is_jammed = True

    assert not bolt.wants(True).passes(TRIES * TRY_S - 0.1).motor.has_failed

    assert bolt.passes(0.2).motor.has_failed
    assert [round(at_s - 100.0, 2) for at_s, _ in bolt.pulses] == [0.0, 1.0, 2.0]

    bolt.passes(300.0)
    assert len(bolt.pulses) == TRIES


def test_a_bolt_that_does_not_unlock_is_tried_again_and_comes_free_at_last() -> None:
    bolt = Bolt().wants(True).passes(1.0)
    bolt.is_jammed = True
    bolt.wants(False).passes(TRIES * TRY_S + 0.1)
    assert bolt.motor.has_failed

    bolt.is_jammed = False
    bolt.passes(TRY_AGAIN_S)

    assert (bolt.is_locked, bolt.motor.has_failed) == (False, False)


def test_the_same_wish_after_a_failure_is_a_new_attempt() -> None:
    bolt = Bolt()
    bolt.is_jammed = True
    bolt.wants(True).passes(5.0)

    bolt.is_jammed = False
    bolt.wants(True).passes(1.0)

    assert (bolt.is_locked, bolt.motor.has_failed) == (True, False)


def test_a_bolt_that_is_levered_out_is_told_until_somebody_wants_it_open() -> None:
    bolt = Bolt().wants(True).passes(1.0)

    bolt.is_locked = False
    bolt.passes(1.0)
    assert bolt.motor.gave_way

    assert not bolt.wants(False).passes(1.0).motor.gave_way


def test_both_lines_rest_before_the_motor_turns_the_other_way() -> None:
    bolt = Bolt().wants(True).passes(0.1)

    bolt.is_locked = True
    bolt.wants(False)
    assert bolt.motor.drive is Drive.REST
    assert bolt.motor.due_s == pytest.approx(bolt.now_s + REST_BEFORE_TURNING_S)

    assert bolt.passes(REST_BEFORE_TURNING_S).motor.drive is Drive.UNLOCK
    assert bolt.rests_s == [pytest.approx(REST_BEFORE_TURNING_S)]


class AnyMotor(RuleBasedStateMachine):
    """Whatever people, bolt and feedback do: no pulse is long, no minute has more movements than the motor bears."""

    @initialize(springs_back=st.booleans())
    def is_built(self, springs_back: bool) -> None:
        self.bolt = Bolt(springs_back=springs_back)
        self.longest_s = 0.0

    @rule(locked=st.booleans())
    def somebody_wants(self, locked: bool) -> None:
        self.bolt.wants(locked)

    @rule(seconds=st.floats(0.05, 20.0))
    def time_passes(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.05)):
            self.bolt.passes(0.05)
            is_trying = self.bolt.motor.drive is not Drive.REST and self.bolt.is_locked is not self.bolt.motor.wish
            self.longest_s = max(self.longest_s, self.bolt.driven_s if is_trying else 0.0)

    @rule(jammed=st.booleans())
    def the_bolt_jams_or_comes_free(self, jammed: bool) -> None:
        self.bolt.is_jammed = jammed

    @rule(locked=st.booleans())
    def the_feedback_says_something_else(self, locked: bool) -> None:
        self.bolt.is_locked = locked
        self.bolt._look()

    @invariant()
    def no_minute_has_too_many_movements(self) -> None:
        if hasattr(self, "bolt"):
            begun = [at_s for at_s, _ in self.bolt.pulses]
            for first, last in zip(begun, begun[MOVEMENTS:], strict=False):
                assert last - first >= MOVEMENTS_IN_S - 1e-6

    @invariant()
    def no_turn_comes_without_a_rest(self) -> None:
        if hasattr(self, "bolt"):
            assert min(self.bolt.rests_s, default=1.0) >= REST_BEFORE_TURNING_S - 1e-6

    @invariant()
    def no_pulse_is_longer_than_it_may_be(self) -> None:
        assert getattr(self, "longest_s", 0.0) <= PULSE_S + 0.051

    @invariant()
    def what_has_arrived_is_driven_only_where_that_holds_it(self) -> None:
        if hasattr(self, "bolt") and self.bolt.motor.wish is self.bolt.is_locked:
            holds = self.bolt.springs_back and self.bolt.is_locked
            assert self.bolt.motor.drive is (Drive.LOCK if holds else Drive.REST)

    def teardown(self) -> None:
        """A bolt that can move gets where somebody wants it, as soon as the motor may."""
        if not hasattr(self, "bolt") or self.bolt.motor.wish is None:
            return
        self.bolt.is_jammed = False
        self.bolt.wants(self.bolt.motor.wish).passes(MOVEMENTS_IN_S + TRY_AGAIN_S + 5.0)
        assert self.bolt.is_locked is self.bolt.motor.wish
        assert not self.bolt.motor.has_failed


TestAnyMotor = AnyMotor.TestCase
TestAnyMotor.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
