"""Residual current: whatever trips, tests and plugs come in whatever order, nothing closes behind an unanswered trip.

The bench's checks tell the cases one by one; here are the long times, by the guard alone, and every order of events.
"""

from __future__ import annotations

import fault_codes as code
import pytest
from bench import Bench
from fake_hal import FakeHal
from fake_residual import FakeResidual
from hal import COIL_HOLD, COIL_OFF
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from inputs import RESIDUAL_AC, RESIDUAL_DC
from kind import CHAIN_FEEDBACK, RESIDUAL_CURRENT, RESIDUAL_IEC, RESIDUAL_UL, Kind
from residual import Residual
from situation import Situation

from tests.searching import costly

DAY_MS = 24 * 3_600_000
RETRY_MS = 15 * 60_000
HAS = RESIDUAL_CURRENT | CHAIN_FEEDBACK


class Alone:
    """The guard without a board around it, and a module with its latch; time jumps to where either asks for it."""

    def __init__(self, profile: str = RESIDUAL_IEC) -> None:
        kind = Kind(has=HAS, residual=profile)
        self.guard = Residual(kind, 0)
        self.situation = Situation(0, "power", kind, ())
        self.hal = FakeHal(0, kind=kind)
        self.module = FakeResidual(self.hal)
        self.tests = 0
        self.step()

    def step(self) -> int | None:
        """One look of module and guard at this moment."""
        self.module.look()
        inputs = self.situation.inputs
        inputs.residual = self.hal.pins.residual
        inputs.chain_ok = self.hal.chain
        inputs.mirror_open = not self.hal.main_closed
        due = self.guard.observe(self.situation, self.hal.now)
        outputs = self.situation.outputs
        if outputs.residual_test and not self.hal.residual_testing:
            assert not self.hal.main_closed
            self.tests += 1
        self.hal.residual_testing = outputs.residual_test
        self.hal.residual_resets = outputs.residual_resets
        self.module.look()
        return due

    def run(self, milliseconds: int) -> None:
        end = self.hal.now + milliseconds
        due = self.step()
        while self.hal.now < end:
            moments = [moment for moment in (due, self.module.due()) if moment is not None]
            assert all(moment > self.hal.now for moment in moments), "asks for a moment that is over"
            self.hal.now = min([end, *moments])
            due = self.step()

    def close(self, closed: bool = True) -> None:
        self.situation.contactor.coil = COIL_HOLD if closed else COIL_OFF
        self.hal.main_closed = closed
        self.step()

    def trip(self, lines: int = RESIDUAL_DC) -> None:
        """Trips and is opened by whoever opens."""
        self.module.trip(lines)
        self.run(25)
        self.close(False)

    def plug_in(self) -> None:
        self.situation.unplugged_for_good = self.situation.seen_empty = False
        self.situation.pilot.insertions += 1
        self.run(10_000)

    def plug_out(self) -> None:
        self.situation.unplugged_for_good = self.situation.seen_empty = True
        self.run(10_000)

    def may_close(self) -> bool:
        return self.guard.obstacle(self.situation, self.hal.now) == (0, None) and not self.faults

    @property
    def faults(self) -> list[int]:
        return [check.code for check in self.guard.checks if check.present(self.situation)]


def test_a_test_is_a_day_old_at_most_while_nobody_comes() -> None:
    alone = Alone()
    alone.run(10_000)
    passed_at = alone.guard.test.passed_at
    assert passed_at is not None
    alone.run(passed_at + DAY_MS - alone.hal.now - 1)
    assert alone.may_close()

    alone.run(1)

    assert not alone.may_close()
    alone.run(10_000)
    assert alone.tests == 2
    assert alone.may_close()


def test_a_charge_of_more_than_a_day_goes_on_and_its_end_is_tested() -> None:
    alone = Alone()
    alone.run(10_000)
    alone.close()
    alone.run(2 * DAY_MS)
    assert alone.tests == 1
    assert not alone.faults

    alone.close(False)
    assert not alone.may_close()
    alone.run(10_000)

    assert alone.tests == 2
    assert alone.may_close()


def trip_and_replug(alone: Alone) -> None:
    alone.close()
    alone.run(5_000)
    alone.trip()
    alone.run(5_000)
    alone.plug_out()
    alone.plug_in()


@pytest.mark.parametrize(("apart_ms", "exhausted"), [(0, True), (DAY_MS // 3, True), (DAY_MS // 2 + 1, False)])
def test_three_trips_exhaust_only_within_a_day(apart_ms: int, exhausted: bool) -> None:
    alone = Alone()
    alone.plug_in()
    for _ in range(2):
        trip_and_replug(alone)
        alone.run(apart_ms)
    alone.close()
    alone.run(5_000)

    alone.trip()

    assert (code.RCD_RETRY_EXHAUSTED in alone.faults) == exhausted


def test_what_an_installer_trips_in_a_test_with_power_is_counted_against_no_car() -> None:
    alone = Alone()
    alone.plug_in()
    alone.situation.test.running = True
    for _ in range(5):
        trip_and_replug(alone)
    alone.situation.test.running = False
    for _ in range(2):
        trip_and_replug(alone)

    assert alone.faults == []


def test_the_ul_profile_tries_four_times_for_one_plug_and_not_a_fifth_time() -> None:
    alone = Alone(RESIDUAL_UL)
    alone.plug_in()
    for _ in range(4):
        alone.close()
        alone.run(5_000)
        alone.trip(RESIDUAL_AC)
        alone.run(RETRY_MS - 100)
        assert alone.faults == [code.RCD_AC_TRIP]
        alone.run(10_000)
        assert alone.may_close()
    alone.close()
    alone.run(5_000)
    alone.trip(RESIDUAL_AC)
    alone.run(2 * RETRY_MS)

    assert alone.faults == [code.RCD_AC_TRIP, code.RCD_RETRY_EXHAUSTED]


def test_another_plug_has_its_own_four_tries() -> None:
    alone = Alone(RESIDUAL_UL)
    for _ in range(3):
        alone.plug_in()
        for _ in range(2):
            alone.close()
            alone.run(5_000)
            alone.trip(RESIDUAL_AC)
            alone.run(RETRY_MS + 10_000)
            assert alone.may_close()
        alone.plug_out()


@pytest.mark.parametrize(("after_ms", "tries_again"), [(1_000, False), (2_000, False), (2_001, True)])
def test_a_trip_within_two_seconds_of_closing_is_not_tried_again(after_ms: int, tries_again: bool) -> None:
    alone = Alone(RESIDUAL_UL)
    alone.plug_in()
    alone.close()
    alone.run(after_ms)
    alone.module.trip(RESIDUAL_AC)
    alone.run(20)
    alone.close(False)
    alone.run(2 * RETRY_MS)
    assert alone.may_close() == tries_again

    alone.plug_out()

    assert alone.may_close()


def test_a_retry_with_a_module_that_fails_its_test_is_none() -> None:
    alone = Alone(RESIDUAL_UL)
    alone.plug_in()
    alone.close()
    alone.run(5_000)
    alone.trip(RESIDUAL_AC)
    alone.module.dead = True
    alone.run(2 * RETRY_MS)

    assert alone.faults == [code.RCD_AC_TRIP, code.RCD_SELFTEST_FAILED]


class AnyTrouble(RuleBasedStateMachine):
    """A bench with car, host and module, and what may happen to the module."""

    profile = RESIDUAL_IEC

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(sparse=True, kind=Kind(has=HAS, residual=self.profile))
        self.module = self.bench.residual
        guards = self.bench.board.interlock.situation.guards
        self.guard = next(guard for guard in guards if isinstance(guard, Residual))
        self.away_since: int | None = 0
        self.tripped = self.unplugged = False
        self.tested_plug = 0
        self.was_closed = self.was_testing = False
        self.good_test_at: int | None = None
        self.begun_at = 0
        self.begun_for = 0

    def look(self) -> None:
        """What an onlooker with a stopwatch notes after each moment."""
        hal = self.bench.hal
        now = hal.now
        self.away_since = (now if self.away_since is None else self.away_since) if hal.high_mv == 12_000 else None
        if self.tripped and self.away_since is not None and now - self.away_since >= 2_000:
            self.unplugged = True
        if hal.residual_testing and not self.was_testing:
            assert not self.bench.closed and not hal.main_closed, "test current behind closed contacts"
            assert not self.tripped or self.unplugged, "a test before the plug was out"
            self.begun_for = self.bench.board.interlock.situation.pilot.insertions
        self.was_testing = hal.residual_testing
        if self.guard.test.passed_at is not None and self.guard.test.passed_at != self.good_test_at:
            self.good_test_at = self.guard.test.passed_at
            assert not self.module.dead
            self.tested_plug = self.begun_for
            self.tripped = self.tripped and not self.unplugged
        if self.bench.closed and not self.was_closed:
            assert not self.tripped, "closed behind a trip"
            assert self.good_test_at is not None and now - self.good_test_at <= DAY_MS
            assert self.tested_plug == self.bench.board.interlock.situation.pilot.insertions, "another plug's test"
            assert not hal.residual_testing
        self.was_closed = self.bench.closed

    def go(self, milliseconds: int) -> None:
        end = self.bench.hal.now + milliseconds
        self.look()
        # After every poll; nothing moves between two of them.
        self.bench.until(lambda: self.looked() and self.bench.hal.now >= end, milliseconds + 1)

    def looked(self) -> bool:
        self.look()
        return True

    @rule(milliseconds=st.sampled_from([7, 300, 1_900, 2_300, 6_000, 31_000]))
    def time_passes(self, milliseconds: int) -> None:
        self.go(milliseconds)

    @rule(state=st.sampled_from("ABC"))
    def car_shows(self, state: str) -> None:
        self.bench.show(state)
        self.go(50)

    @rule()
    def car_charges(self) -> None:
        self.bench.wish(True, 160)
        self.bench.show("B")
        self.go(7_000)
        self.bench.show("C")
        self.go(32_000)

    @rule()
    def plug_comes_out(self) -> None:
        self.bench.show("A")
        self.go(8_000)

    @rule(lines=st.sampled_from([RESIDUAL_DC, RESIDUAL_AC, RESIDUAL_DC | RESIDUAL_AC]))
    def trips(self, lines: int) -> None:
        if not self.bench.hal.main_closed:
            return
        self.module.trip(lines)
        self.bench.touch()
        opened_ms = self.bench.opens_within(60)
        self.tripped, self.unplugged = True, False
        self.go(60 - opened_ms)

    @rule(trip_ms=st.integers(200, 1_200), release_ms=st.integers(500, 2_500))
    def module_is(self, trip_ms: int, release_ms: int) -> None:
        if not self.guard.test.running:
            self.module.trip_ms, self.module.release_ms = trip_ms, release_ms

    @rule()
    def a_test_is_ordered(self) -> None:
        self.guard.begin_test(self.bench.hal.now)
        self.bench.touch()

    @rule(pressed=st.booleans())
    def emergency_stop(self, pressed: bool) -> None:
        self.module.emergency_stop = pressed
        self.bench.touch()

    @invariant()
    def the_serial_wire_is_read(self) -> None:
        # By nobody who would understand it: that alone would take a third of the time.
        self.bench.hal.from_board = bytearray()


class AnyTroubleUl(AnyTrouble):
    """The other profile; no rule here waits for its quarter of an hour, so a trip asks for the plug all the same."""

    profile = RESIDUAL_UL


AnyTrouble.TestCase.settings = costly(25, search=1_000)
AnyTroubleUl.TestCase.settings = costly(20, search=1_000)
TestAnyTrouble = AnyTrouble.TestCase
TestAnyTroubleUl = AnyTroubleUl.TestCase
