"""The energised test: what its token replaces, what it does not, and how it ends (self-test catalogue, section 1)."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from challenge import are_same, keyed_hash
from faults import BLOCK, NONE, OPEN, X1
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from service_bench import LOCAL_KEY, ServiceBench
from test_mode import CLOSED_MS, CLOSINGS, TEST_MS, EnergisedTest

from tests.firmware.rules import Rules, Trouble
from tests.searching import costly

STATES = st.sampled_from("ABCDE")
STEPS = st.sampled_from(
    ("drive_x1", "drive_f", "drive_pwm", "cut", "release", "residual", "stop_alive", "hang", "restart")
)


@given(st.binary(max_size=64), st.binary(max_size=200))
def test_the_keyed_hash_is_hmac_sha256(key: bytes, message: bytes) -> None:
    assert keyed_hash(key, message) == hmac.new(key, message, hashlib.sha256).digest()


@given(st.binary(max_size=8), st.binary(max_size=8))
def test_same_is_same(one: bytes, other: bytes) -> None:
    assert are_same(one, one)
    assert are_same(one, other) == (one == other)


class AnyTest(RuleBasedStateMachine):
    """Whatever requests in whatever order, with restarts: no test without proof, no closing beyond its limits."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = ServiceBench(sparse=True)
        self.bench.commissioned = False
        self.bench.watch.most_closings = CLOSINGS
        self.began: int | None = None
        """When the last valid proof was accepted; None while nothing of it may be left."""
        self.closings = 0
        self.closed_since: int | None = None
        self.bench.wish(True, 160)
        self.bench.show("B")
        self.go(7_000)

    def go(self, milliseconds: int) -> None:
        """Let time pass, looking at the coil at every millisecond that may matter."""
        end = self.bench.hal.now + milliseconds
        while self.bench.hal.now < end:
            self.bench.run(min(500, end - self.bench.hal.now))
            self.look()

    def look(self) -> None:
        bench, now = self.bench, self.bench.hal.now
        if self.began is not None and now >= self.began + TEST_MS:
            self.began = None
        driven = [(at, mode) for at, output, mode, _ in bench.hal.history if output == "coil"]
        bench.hal.history.clear()
        for at, mode in driven:
            if mode and self.closed_since is None:
                assert self.began is not None, "closed without a test"
                self.closed_since = at
                self.closings += 1
                assert self.closings <= CLOSINGS
            if not mode and self.closed_since is not None:
                assert at - self.closed_since <= CLOSED_MS
                self.closed_since = None
        if self.closed_since is not None:
            assert now - self.closed_since <= CLOSED_MS
            assert self.began is not None, "closed after the test"

    @rule(state=STATES, low_mv=st.sampled_from((-12_000, -12_000, -12_000, -6_000)))
    def car_changes(self, state: str, low_mv: int) -> None:
        self.bench.show(state, low_mv)
        self.go(600)

    @rule(milliseconds=st.sampled_from((50, 600, 5_000, 30_000, 61_000, 300_000)))
    def time_passes(self, milliseconds: int) -> None:
        self.go(milliseconds)

    @rule()
    def installer_cycles_the_adapter(self) -> None:
        for _ in range(4):
            self.bench.show("B")
            self.go(12_500)
            self.bench.show("C")
            self.go(1_000)

    @rule(right=st.booleans())
    def somebody_begins(self, right: bool) -> None:
        self.look()
        result = self.bench.begin_test(LOCAL_KEY if right else bytes(32))
        assert right or result != "done"
        if result == "done":
            assert self.closed_since is None
            self.began = self.bench.hal.now
            self.closings = 0
        self.look()

    @rule()
    def host_ends_it(self) -> None:
        self.look()
        assert self.bench.test("end") == "done"
        self.bench.run(1)
        self.began = None
        self.look()

    @rule(step=STEPS, state=st.sampled_from("ABC"))
    def host_asks_for_a_step(self, step: str, state: str) -> None:
        self.bench.show(state)
        self.go(600)
        self.bench.test(step, duty=5_000)
        self.look()

    @rule(silent_ms=st.sampled_from((1_000, 2_100, 9_000)))
    def host_is_silent(self, silent_ms: int) -> None:
        self.bench.let_host_talk(False)
        self.go(silent_ms)
        if silent_ms > 2_500:
            self.began = None
            self.look()
        self.bench.let_host_talk(True)
        self.look()

    @rule()
    def board_restarts(self) -> None:
        self.look()
        self.bench.restart("power")
        self.bench.watch.most_closings = CLOSINGS
        self.bench.wish(True, 160)
        self.began = None
        self.look()
        self.bench.hal.kept["boots"] = b""

    @invariant()
    def a_test_is_one_that_was_proved(self) -> None:
        assert not self.bench.board.interlock.situation.testing or self.began is not None

    @invariant()
    def no_test_beside_a_fault_that_stops(self) -> None:
        assert not (self.bench.board.interlock.situation.testing and self.bench.board.interlock.faults.reaction >= X1)


AnyTest.TestCase.settings = costly(20, search=500, steps=15)
TestAnyTest = AnyTest.TestCase


def test_a_token_alone_counts_and_ends() -> None:
    test = EnergisedTest()
    assert test.observe(True, 0) is None
    assert test.may_stay_closed(0)
    test.closed(0)
    assert test.closings_left == 0
    assert test.may_stay_closed(10**9), "what was closed without a token is none of its business"

    test.begin(1_000)
    assert test.closings_left == CLOSINGS == 40
    assert test.observe(True, 1_000) == 1_000 + TEST_MS == 601_000
    test.closed(2_000)
    assert test.closings_left == 39
    assert test.observe(True, 2_001) == 62_000
    assert test.may_stay_closed(61_999)
    assert not test.may_stay_closed(62_000)
    assert test.observe(True, 62_000) == 62_001
    test.opened()
    assert test.may_stay_closed(62_000)
    assert test.observe(True, 62_000) == 601_000
    test.closed(600_000)
    assert test.observe(True, 600_000) == 601_000
    assert test.observe(True, 600_999) == 601_000
    assert (test.running, test.closings_left) == (True, 38)
    assert test.observe(True, 601_000) is None
    assert (test.running, test.closings_left) == (False, 0)
    assert not test.may_stay_closed(601_000)


def test_a_silent_host_ends_a_token() -> None:
    test = EnergisedTest()
    test.begin(0)
    assert test.observe(False, 1) is None

    assert not test.running


# --- what the interlock makes of it


def uncommissioned(*troubles: Trouble) -> Rules:
    rules = Rules(*(trouble.check for trouble in troubles))
    rules.prepare()
    rules.commissioned = False
    rules.wish(True, 160)
    rules.run(4_000)
    return rules


def begin(rules: Rules) -> None:
    """Before a test nothing is offered: the contacts close when the offer has stood for half a second."""
    rules.situation.test.begin(rules.now)
    rules.step()
    rules.run(500)


def test_commissioning_is_the_first_thing_that_a_test_replaces() -> None:
    rules = uncommissioned()
    rules.show("C")
    rules.run(5_000)
    assert rules.waits_for == "commissioning"
    assert not rules.situation.testing
    begin(rules)

    assert rules.energised
    assert rules.situation.testing


@pytest.mark.parametrize("reaction", [NONE, BLOCK, X1, OPEN])
def test_a_fault_ends_a_test_when_it_stops_a_charge(reaction: int) -> None:
    trouble = Trouble(reaction)
    rules = uncommissioned(trouble)
    rules.show("C")
    begin(rules)
    rules.run(1_000)
    assert rules.energised
    trouble.is_there = True
    rules.step()

    stops = reaction in (X1, OPEN)
    assert rules.situation.testing != stops
    assert rules.energised != stops, "what was closed under a test opens with it at once"
    assert rules.interlock.may_be_tested() != stops


def test_a_host_that_wants_it_open_ends_a_test_for_good() -> None:
    rules = uncommissioned()
    rules.show("C")
    begin(rules)
    rules.run(1_000)
    assert rules.energised
    rules.open_at_once = True
    rules.wish(True, 160)
    assert not rules.situation.testing
    rules.open_at_once = False
    rules.wish(True, 160)

    rules.run(60_000)

    assert (rules.energised, rules.waits_for) == (False, "commissioning")


def test_no_test_without_a_host_that_speaks() -> None:
    rules = Rules()
    rules.run(100)
    assert not rules.interlock.may_be_tested()
    rules.wish(False, 0)
    assert rules.interlock.may_be_tested()
    rules.fall_silent()
    rules.run(2_000)

    assert not rules.interlock.may_be_tested()


def test_a_closing_lasts_a_minute_to_the_millisecond_and_comes_again_after_the_off_time() -> None:
    rules = uncommissioned()
    rules.show("C")
    begin(rules)
    rules.until(lambda: rules.energised, 1_000)

    assert rules.until(lambda: not rules.energised, 60_001) == CLOSED_MS == 60_000
    waited_ms = rules.until(lambda: rules.energised, 6_000)
    assert waited_ms >= 5_000


def test_the_rate_of_a_charge_does_not_bind_a_test_and_binds_again_after_it() -> None:
    rules = uncommissioned()
    begin(rules)
    for _ in range(12):
        rules.show("C")
        rules.until(lambda: rules.energised, 1_000)
        rules.show("B")
        rules.run(13_000)
    rules.situation.test.end()
    rules.commissioned = True
    rules.wish(True, 160)
    rules.show("C")
    rules.run(600)

    assert not rules.energised
    assert rules.waits_for == "rate"


def test_the_last_closing_of_a_test_is_the_fortieth() -> None:
    rules = uncommissioned()
    begin(rules)
    rules.situation.test.closings_left = 1
    rules.show("C")
    rules.until(lambda: rules.energised, 1_000)
    rules.show("B")
    rules.run(7_000)
    rules.show("C")
    rules.run(10_000)

    assert not rules.energised
    assert rules.waits_for == "rate"
    assert rules.interlock._rate_obstacle(rules.situation.contactor, rules.now) == (11, None)


@pytest.mark.parametrize(
    ("spoil", "obstacle"),
    [
        (lambda rules: rules.show("B"), "car"),
        (lambda rules: rules.wish(False, 0), "permit"),
        (lambda rules: rules.wish(True, 59), "offer"),
        (lambda rules: rules.show("C", low_mv=-9_000), "diode"),
        (lambda rules: setattr(rules.situation.inputs, "chain_ok", False), "chain"),
    ],
)
def test_every_other_condition_stays(spoil: object, obstacle: str) -> None:
    rules = uncommissioned()
    begin(rules)
    spoil(rules)  # type: ignore[operator]
    if obstacle not in ("car", "diode"):
        rules.show("C")
    rules.run(700)

    assert not rules.energised
    assert rules.waits_for in (obstacle, "fault")


def test_a_charge_after_a_test_has_nothing_of_it() -> None:
    rules = uncommissioned()
    begin(rules)
    rules.show("C")
    rules.until(lambda: rules.energised, 1_000)
    rules.show("B")
    rules.run(61_000)
    rules.situation.test.end()
    rules.commissioned = True
    rules.wish(True, 160)
    rules.show("C")
    rules.run(700)

    assert rules.energised
    rules.run(70_000)
    assert rules.energised
