"""Whatever cars, hosts, wires and contactors do in whatever order: the watch of the bench sees no rule broken.

Every bench of this file stands under `firmware/bench/watch.py`, which fails the poll that breaks a safety rule.
"""

from __future__ import annotations

from collections.abc import Callable

from bench import Bench
from frames import frame
from hal import COIL_OFF
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from messages import WISH, pack

from tests.searching import costly

STATES = st.sampled_from("ABBCCCCDE")
OFFERS = st.sampled_from((0, 59, 60, 100, 160, 320, 515, 800))
LEVELS = st.integers(-13_000, 13_500)
DURATIONS = st.sampled_from((5, 20, 25, 45, 100, 500, 1_000, 2_000, 3_000, 5_000, 8_000, 31_000)) | st.integers(
    1, 400
).map(lambda windows: windows * 5)


class AnyCharge(RuleBasedStateMachine):
    """One world, told to two boards: one polls every 5 ms, the other when something changed or is due.

    All times are whole windows, so that both must do the same at the same moment.
    """

    def __init__(self) -> None:
        super().__init__()
        self.benches: tuple[Bench, ...] = ()

    @initialize(ventilation=st.booleans(), cause=st.sampled_from(("power", "watchdog", "brownout")))
    def power_on(self, ventilation: bool, cause: str) -> None:
        self.benches = (Bench(False, ventilation, cause), Bench(True, ventilation, cause))
        for bench in self.benches:
            bench.hal.close_ms, bench.hal.open_ms = 20, 25
        # Both look for the first time now, not each when its turn comes.
        self.tell(Bench.touch)

    def tell(self, do: Callable[[Bench], object]) -> None:
        for bench in self.benches:
            do(bench)

    @rule(state=STATES)
    def car_shows(self, state: str) -> None:
        self.tell(lambda bench: bench.show(state))

    @rule(state=st.sampled_from("BCD"), low_mv=st.integers(-12_600, 0))
    def car_loads_the_low_phase(self, state: str, low_mv: int) -> None:
        self.tell(lambda bench: bench.show(state, low_mv))

    @rule(high_mv=LEVELS, low_mv=st.just(-12_000) | LEVELS)
    def pilot_has_any_levels(self, high_mv: int, low_mv: int) -> None:
        self.tell(lambda bench: bench.level(high_mv, low_mv))

    @rule(states=st.lists(STATES, min_size=2, max_size=6), windows=st.integers(1, 4))
    def pilot_chatters(self, states: list[str], windows: int) -> None:
        for state in states:
            self.car_shows(state)
            self.time_passes(5 * windows)

    @rule(permit=st.booleans(), offer_da=OFFERS)
    def host_wishes(self, permit: bool, offer_da: int) -> None:
        self.tell(lambda bench: bench.wish(permit, offer_da))

    @rule(operative=st.booleans(), open_at_once=st.sampled_from((False, False, True)))
    def host_has_it(self, operative: bool, open_at_once: bool) -> None:
        """In service or not, and open or not, told at once."""
        for bench in self.benches:
            bench.operative, bench.open_at_once = operative, open_at_once
        self.tell(lambda bench: bench.wish(bench.permit, bench.offer_da))

    @rule(talks=st.booleans())
    def host_talks_or_not(self, talks: bool) -> None:
        self.tell(lambda bench: bench.let_host_talk(talks))

    @rule(garbage=st.binary(min_size=1, max_size=40))
    def wire_carries_garbage(self, garbage: bytes) -> None:
        for bench in self.benches:
            bench.hal.to_board += garbage + b"\x00"

    @rule(whole=st.booleans())
    def chain_is(self, whole: bool) -> None:
        for bench in self.benches:
            bench.hal.chain = whole
        self.tell(Bench.touch)

    @rule(follows=st.sampled_from((True, True, False)))
    def contacts_follow_the_coil_or_stick(self, follows: bool) -> None:
        for bench in self.benches:
            bench.hal.follows_coil = follows
        self.tell(Bench.touch)

    @precondition(lambda self: not any(bench.closed for bench in self.benches))
    @rule()
    def contacts_are_pushed_in_by_hand(self) -> None:
        for bench in self.benches:
            bench.hal.follows_coil = False
            bench.hal.main_closed = True
        self.tell(Bench.touch)

    @rule()
    def a_charge_begins(self) -> None:
        self.host_has_it(True, False)
        self.tell(lambda bench: bench.show("B"))
        self.tell(lambda bench: bench.wish(True, 160))
        self.time_passes(8_000)
        self.tell(lambda bench: bench.show("C"))
        self.time_passes(1_000)

    @rule(milliseconds=DURATIONS)
    def time_passes(self, milliseconds: int) -> None:
        self.tell(lambda bench: bench.run(milliseconds))

    @precondition(lambda self: any(bench.hal.main_closed for bench in self.benches))
    @rule()
    def plug_is_pulled_under_load(self) -> None:
        self.tell(lambda bench: bench.show("A"))
        self.time_passes(100)
        self.tell(expect_coil_off)

    @precondition(lambda self: any(bench.hal.main_closed for bench in self.benches))
    @rule(pause_ms=DURATIONS, levels=st.lists(st.sampled_from((9_000, 1_250, 1_150, 0, 7_500, -2_000)), max_size=40))
    def car_stops_and_asks_again(self, pause_ms: int, levels: list[int]) -> None:
        for high_mv in (*levels, 9_000):
            self.pilot_has_any_levels(high_mv, -12_000)
            self.time_passes(20)
        self.time_passes(pause_ms)
        self.car_shows("C")
        self.time_passes(6_000)

    @precondition(lambda self: any(bench.hal.main_closed for bench in self.benches))
    @rule(silent=st.booleans())
    def permission_ends_under_load(self, silent: bool) -> None:
        if silent:
            self.host_talks_or_not(False)
        else:
            self.host_wishes(False, 0)
        self.time_passes(8_100)
        self.tell(expect_coil_off)
        self.host_talks_or_not(True)

    @invariant()
    def both_boards_did_the_same(self) -> None:
        if self.benches:
            dense, sparse = (seen(bench) for bench in self.benches)
            assert dense == sparse


def expect_coil_off(bench: Bench) -> None:
    assert bench.hal.coil_mode == COIL_OFF
    assert not bench.hal.main_closed or not bench.hal.follows_coil


def seen(bench: Bench) -> dict[str, object]:
    """Everything the board does and believes."""
    interlock = bench.board.interlock
    return {
        "driven, and when": bench.hal.history,
        "pilot": interlock.situation.pilot.state,
        "insertions": interlock.situation.pilot.insertions,
        "contactor": interlock.situation.contactor.state(),
        "closings": interlock.situation.contactor.closings,
        "load_openings": interlock.load_openings,
        "faults": bench.faults,
        "lease": interlock.situation.lease.standing,
        "frame_errors": bench.board.link.frame_errors,
    }


AnyCharge.TestCase.settings = costly(25, search=1_000, steps=30)
TestAnyCharge = AnyCharge.TestCase


class AnyChargeBetweenTheWindows(AnyCharge):
    """The same at any millisecond, with contacts that move when they like: each board by itself keeps the rules."""

    @initialize(close_ms=st.integers(8, 22), open_ms=st.integers(16, 28))
    def contacts_have_their_own_times(self, close_ms: int, open_ms: int) -> None:
        for bench in self.benches:
            bench.hal.close_ms, bench.hal.open_ms = close_ms, open_ms

    @rule(milliseconds=st.integers(1, 49))
    def odd_time_passes(self, milliseconds: int) -> None:
        self.time_passes(milliseconds)

    def both_boards_did_the_same(self) -> None:
        """They do not: one sees a change up to a window later."""


AnyChargeBetweenTheWindows.TestCase.settings = AnyCharge.TestCase.settings
TestAnyChargeBetweenTheWindows = AnyChargeBetweenTheWindows.TestCase


@given(st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=8))
def test_no_bytes_on_the_wire_are_a_wish_or_an_exception(pieces: list[bytes]) -> None:
    bench = Bench(sparse=True)
    bench.charge()

    for piece in pieces:
        bench.hal.to_board += piece
        bench.touch()
        bench.run(20)
    bench.hal.to_board += b"\x00"
    bench.run(600)

    assert bench.closed
    assert bench.hal.duty == 2_666
    assert bench.faults == []


@given(st.data())
def test_a_true_wish_arrives_whole_in_whatever_pieces_and_after_whatever_garbage(data: st.DataObject) -> None:
    bench = Bench(sparse=True)
    bench.charge()
    bench.let_host_talk(False)
    garbage = data.draw(st.binary(max_size=60))
    wire = garbage + b"\x00" + frame(pack(WISH, (5_000, True, 100, False, 4, 1, True, True, False, None)))

    while wire:
        size = data.draw(st.integers(1, len(wire)))
        bench.hal.to_board += wire[:size]
        wire = wire[size:]
        bench.touch()

    assert bench.board.interlock.situation.lease.offer_da == 100
    assert bench.hal.duty == 1_666
