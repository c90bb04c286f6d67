"""Whatever faults and restarts: a plug that tripped never gets closed contacts again before it has left."""

from __future__ import annotations

import fault_codes as code
from hal import X1
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from inputs import RESIDUAL_AC, RESIDUAL_DC
from kind import CHAIN_FEEDBACK, METERING, RESIDUAL_CURRENT
from service_bench import ServiceBench

LONG_LIFE_MS = 61_000
"""A start that lived so long is none of many in a row."""
CLEAR_MS = 2_000
AGAIN_MS = 40_000
"""The pause after a fault is over, and the self-test of the residual current module."""
TRIPS = {"short": code.CP_SHORT, "dc": code.RCD_DC_TRIP, "ac": code.RCD_AC_TRIP, "hard": code.CURRENT_OVER_HARD}


class AnyPlug(RuleBasedStateMachine):
    """One outlet, one host that always permits, and cars that ask; the board's program starts anew at any moment."""

    @initialize()
    def begins(self) -> None:
        # Polled when due; `latch_checks.py` has the same every 5 ms, which here would cost minutes.
        self.bench = ServiceBench(sparse=True, has=METERING | RESIDUAL_CURRENT | CHAIN_FEEDBACK)
        self.bench.run(LONG_LIFE_MS)
        self.tripped: set[int] = set()
        self.is_in = False
        self.plug_in()

    @precondition(lambda self: not self.is_in)
    @rule()
    def plug_in(self) -> None:
        self.is_in = True
        self.bench.show("B")
        self.bench.wish(True, 160)
        self.bench.run(4_000)
        self.bench.show("C")
        self.bench.run(5_000)

    @precondition(lambda self: self.is_in and self.bench.closed and self.bench.hal.main_closed)
    @rule(what=st.sampled_from(sorted(TRIPS)), cause=st.sampled_from((None, "watchdog", "power")))
    def something_trips(self, what: str, cause: str | None) -> None:
        bench = self.bench
        if what == "short":
            bench.show("E")
        elif what == "hard":
            bench.hal.pins.current_ma = (45_000, 0, 0)
        else:
            bench.residual.trip(RESIDUAL_DC if what == "dc" else RESIDUAL_AC)
        bench.touch()
        bench.opens_within(2_000)
        self.tripped.add(TRIPS[what])
        bench.hal.pins.current_ma = (0, 0, 0)
        bench.residual.release()
        bench.show("C")
        if cause is not None:
            self.program_starts_anew(cause)

    @rule(cause=st.sampled_from(("watchdog", "brownout", "power", "soft")))
    def program_starts_anew(self, cause: str) -> None:
        self.bench.restart(cause)
        self.bench.wish(True, 160)

    @rule(milliseconds=st.sampled_from((5, 300, 3_000, LONG_LIFE_MS)))
    def time_passes(self, milliseconds: int) -> None:
        for _ in range(0, milliseconds, 1_000):
            self.bench.run(min(milliseconds, 1_000))
            self.a_tripped_plug_is_not_served()

    @precondition(lambda self: self.is_in)
    @rule(milliseconds=st.integers(5, CLEAR_MS - 100))
    def contact_is_lost_for_a_moment(self, milliseconds: int) -> None:
        self.bench.show("A")
        self.bench.run(milliseconds)
        self.bench.show("C")
        # Long enough to be believed: else the next loss would go on where this one ended.
        self.bench.run(200)

    @precondition(lambda self: self.is_in)
    @rule()
    def plug_leaves(self) -> None:
        self.bench.show("A")
        self.is_in = False
        self.bench.run(AGAIN_MS)
        self.tripped = set()
        assert not self.bench.board.interlock.faults.bound, "ended with its plug"

    @invariant()
    def a_tripped_plug_is_not_served(self) -> None:
        if not self.tripped:
            return
        assert not self.bench.closed
        assert self.bench.hal.mode == X1
        assert self.tripped <= set(self.bench.faults)


AnyPlug.TestCase.settings = settings(max_examples=8, stateful_step_count=10, deadline=None, phases=(Phase.generate,))
TestAnyPlug = AnyPlug.TestCase
