"""What may be sent when, through any order of answers."""

from __future__ import annotations

import pytest
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import booleans, floats, integers, sampled_from

from agent.ocpp_client.adapter import BootAnswer, Registration
from agent.ocpp_client.station.registration import (
    BOOT_UNANSWERED_WAIT_S,
    LONGEST_INTERVAL_S,
    OWN_WAIT_LONGEST_S,
    OWN_WAIT_S,
    Standing,
)

ACCEPTED = BootAnswer(status=Registration.ACCEPTED, interval_s=300, utc_ms=1)
DAY_S = 24 * 3600.0


class AnyNetwork(RuleBasedStateMachine):
    """A charger that does what is due as soon as it is due."""

    def __init__(self) -> None:
        super().__init__()
        self.standing = Standing()
        self.now_s = 0.0
        self.interval_s = 300.0
        self.not_before_s = 0.0
        self.last_call_s = 0.0

    @initialize(uptime_s=floats(0.0, 1e7))
    def power_on(self, uptime_s: float) -> None:
        self.now_s = self.not_before_s = uptime_s

    @rule(seconds=floats(0.0, 2 * DAY_S))
    def time_passes(self, seconds: float) -> None:
        self.now_s += seconds

    @rule(interval_s=sampled_from((0.0, 10.0, 300.0, 1e6)))
    def the_interval_is_set(self, interval_s: float) -> None:
        self.interval_s = interval_s

    @rule()
    def a_new_connection_opens(self) -> None:
        self.standing = self.standing.connected()

    @rule(status=sampled_from(Registration), interval_s=integers(-5, 10**7), knows_time=booleans())
    def a_due_boot_is_answered(self, status: Registration, interval_s: int, knows_time: bool) -> None:
        if not self.is_boot_due():
            return
        self.call()
        answer = BootAnswer(status=status, interval_s=interval_s, utc_ms=7 if knows_time else None)
        self.standing = self.standing.answered().boot_answered(answer, self.now_s)
        if status is not Registration.ACCEPTED:
            least_s = interval_s if interval_s > 0 else OWN_WAIT_S
            self.not_before_s = self.now_s + min(least_s, LONGEST_INTERVAL_S)

    @rule()
    def a_due_boot_is_not_answered(self) -> None:
        if self.is_boot_due():
            self.call()
            self.standing = self.standing.boot_failed(self.now_s)
            self.not_before_s = self.now_s + BOOT_UNANSWERED_WAIT_S

    @rule(is_answered=booleans())
    def a_due_heartbeat_leaves(self, is_answered: bool) -> None:
        due_s = self.standing.heartbeat_at_s(self.interval_s)
        if due_s is not None and due_s <= self.now_s:
            self.call()
            if is_answered:
                self.standing = self.standing.answered().heartbeat_heard(self.now_s)

    @rule()
    def another_call_is_answered(self) -> None:
        if self.standing.may_send:
            self.call()
            self.standing = self.standing.answered()

    def call(self) -> None:
        self.last_call_s = self.now_s
        self.standing = self.standing.called(self.now_s)

    def is_boot_due(self) -> bool:
        due_s = self.standing.boot_at_s()
        return due_s is not None and due_s <= self.now_s

    @invariant()
    def a_boot_is_never_early_and_always_comes(self) -> None:
        due_s = self.standing.boot_at_s()
        if self.standing.may_send:
            assert due_s is None
        else:
            assert due_s is not None
            assert due_s >= min(self.not_before_s, self.now_s + LONGEST_INTERVAL_S) or due_s == 0.0
            assert due_s <= self.now_s + LONGEST_INTERVAL_S

    @invariant()
    def only_an_accepted_charger_has_a_heartbeat(self) -> None:
        assert (self.standing.heartbeat_at_s(self.interval_s) is not None) == self.standing.may_send

    @invariant()
    def a_heartbeat_comes_within_a_day_and_within_the_interval_of_the_last_call(self) -> None:
        due_s = self.standing.heartbeat_at_s(self.interval_s)
        if due_s is not None:
            assert due_s <= self.last_call_s + DAY_S
            if self.interval_s > 0:
                assert due_s <= self.last_call_s + self.interval_s


TestAnyNetwork = AnyNetwork.TestCase


def test_our_own_wait_doubles_up_to_its_limit() -> None:
    standing, waits_s = Standing(), []
    for _ in range(6):
        standing = standing.boot_answered(BootAnswer(status=Registration.PENDING, interval_s=0, utc_ms=None), 0.0)
        waits_s.append(standing.boot_due_s)

    assert waits_s == [60, 120, 240, 480, OWN_WAIT_LONGEST_S, OWN_WAIT_LONGEST_S]


def test_other_traffic_stands_in_for_heartbeats_but_not_for_the_daily_one() -> None:
    standing = Standing().connected().answered().boot_answered(ACCEPTED, 0.0)
    for now_s in range(0, int(DAY_S), 60):
        standing = standing.called(float(now_s))
        assert standing.heartbeat_at_s(300.0) == min(now_s + 300.0, DAY_S)


def test_a_new_connection_is_proven_by_a_heartbeat_at_once() -> None:
    standing = Standing().connected().answered().boot_answered(ACCEPTED, 0.0).called(50.0)

    due_s = standing.connected().heartbeat_at_s(3600.0)

    assert due_s is not None and due_s <= 50.0


@pytest.mark.parametrize(
    ("status", "may_send", "may_answer"),
    [
        (None, False, True),
        (Registration.ACCEPTED, True, True),
        (Registration.PENDING, False, True),
        (Registration.REJECTED, False, False),
    ],
)
def test_what_each_standing_allows(status: Registration | None, may_send: bool, may_answer: bool) -> None:
    standing = Standing(status=status)

    assert (standing.may_send, standing.may_answer) == (may_send, may_answer)
