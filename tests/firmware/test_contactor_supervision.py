"""Whatever a contactor does in whatever order: it is never closed on a doubt, and every verdict comes at its moment.

The bench's contactor knows the truth about its poles; the board only sees mirror contact, edges and supply.
"""

from __future__ import annotations

from collections.abc import Callable

import fault_codes as code
from bench import Bench
from fake_contactor import ALL, FakeContactor
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from kind import LOAD_SENSE, METERING, STORAGE, Kind

from tests.searching import costly

SENSED = LOAD_SENSE | METERING | STORAGE
DOUBTS = {code.CONTACTOR_WELDED, code.CONTACTOR_MISMATCH, code.OUTPUT_LIVE, code.CURRENT_UNEXPECTED}
OF_CONTACTOR = DOUBTS | {
    code.CONTACTOR_NO_CLOSE,
    code.CONTACTOR_OPENED_ALONE,
    code.CONTACTOR_SLOW,
    code.CURRENT_OVER_SOFT,
    code.CURRENT_OVER_HARD,
}
WINDOW_MS = 5
POLES = st.integers(0, ALL)
SOME_POLES = st.integers(1, ALL)
DURATIONS = st.sampled_from((5, 20, 60, 100, 250, 500, 1_000, 2_100, 5_000, 8_000, 31_000))
MAINS = st.sampled_from(((230_000,) * 3, (230_000,) * 3, (0, 0, 0), (230_000, 0, 230_000), (110_000, 230_000, 230_000)))


class WatchedContactor(FakeContactor):
    """Fails the moment at which the board closes it in spite of what its pins show."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench.hal)
        self._bench = bench
        self._coil = False

    def drive(self, energised: bool) -> None:
        if energised and not self._coil:
            assert self.mirror_open, "closed although the mirror contact shows closed"
            assert self._hal.pins.load_edges == (0, 0, 0), "closed although the load side shows edges"
            assert self.closed == 0, "closed with a pole that is closed already"
            faults = self._bench.board.interlock.faults.evidence
            assert not DOUBTS & set(faults), "closed with a doubt about the contactor"
        self._coil = energised
        super().drive(energised)


def bench_with(sparse: bool, has: int = SENSED) -> tuple[Bench, WatchedContactor]:
    bench = Bench(sparse, kind=Kind(has=has))
    contactor = WatchedContactor(bench)
    bench.hal.contactor = contactor
    return bench, contactor


def on_whole_windows(contactor: FakeContactor) -> None:
    contactor.close_mirror_ms, contactor.close_main_ms = 15, 20
    contactor.open_main_ms, contactor.open_mirror_ms = 20, 25
    contactor.bounces = 0


class AnyContactor(RuleBasedStateMachine):
    """One contactor, told to two boards: one polls every 5 ms, the other when something changed or is due.

    All times are whole windows, so that both must do the same at the same moment.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pairs: tuple[tuple[Bench, WatchedContactor], ...] = ()

    @initialize(has=st.sampled_from((SENSED, SENSED, LOAD_SENSE, METERING, LOAD_SENSE | METERING)))
    def power_on(self, has: int) -> None:
        self.pairs = (bench_with(False, has), bench_with(True, has))
        for _, contactor in self.pairs:
            on_whole_windows(contactor)
        self.both(lambda bench, contactor: None)

    def both(self, change: Callable[[Bench, FakeContactor], object]) -> None:
        """Change something and let both boards look."""
        for bench, contactor in self.pairs:
            change(bench, contactor)
            bench.touch()

    @rule(milliseconds=DURATIONS)
    def time_passes(self, milliseconds: int) -> None:
        for bench, _ in self.pairs:
            bench.run(milliseconds)
            bench.messages()

    @rule(state=st.sampled_from("AABCC"))
    def car_shows(self, state: str) -> None:
        self.both(lambda bench, contactor: bench.show(state))

    @rule()
    def a_charge_begins(self) -> None:
        self.car_shows("B")
        self.both(lambda bench, contactor: bench.wish(True, 160))
        self.time_passes(8_000)
        self.car_shows("C")
        self.time_passes(1_000)

    @rule(welds=POLES, seen=st.booleans())
    def poles_will_weld(self, welds: int, seen: bool) -> None:
        def weld(bench: Bench, contactor: FakeContactor) -> None:
            contactor.welds, contactor.mirror_sees_welds = welds, seen

        self.both(weld)

    @rule(poles=SOME_POLES)
    def poles_are_found_closed(self, poles: int) -> None:
        self.both(lambda bench, contactor: contactor.weld(poles))

    @rule()
    def everything_comes_free(self) -> None:
        def free(bench: Bench, contactor: FakeContactor) -> None:
            contactor.free()
            on_whole_windows(contactor)

        self.both(free)

    @rule(late_ms=st.sampled_from((0, 40, 100, 200, 800, 1_500)))
    def contacts_are_sticky(self, late_ms: int) -> None:
        def stick(bench: Bench, contactor: FakeContactor) -> None:
            contactor.open_main_ms, contactor.open_mirror_ms = 20 + late_ms, 25 + late_ms

        self.both(stick)

    @rule(late_ms=st.sampled_from((0, 60, 150, 300)), dead=st.booleans(), lost=POLES)
    def contacts_close_late_or_never(self, late_ms: int, dead: bool, lost: int) -> None:
        def spoil(bench: Bench, contactor: FakeContactor) -> None:
            contactor.close_mirror_ms, contactor.close_main_ms = 15 + late_ms, 20 + late_ms
            contactor.dead, contactor.lost = dead, lost

        self.both(spoil)

    @rule(holds_up_ms=st.sampled_from((0, 100, 340, 480)))
    def car_has_capacitors(self, holds_up_ms: int) -> None:
        self.both(lambda bench, contactor: setattr(contactor, "holds_up_ms", holds_up_ms))

    @rule(phases=POLES, stays=st.sampled_from((None, None, True, False)))
    def wiring_lies(self, phases: int, stays: bool | None) -> None:
        def lie(bench: Bench, contactor: FakeContactor) -> None:
            contactor.fed_back, contactor.mirror_stays = phases, stays

        self.both(lie)

    @rule(voltage_mv=MAINS)
    def mains_are(self, voltage_mv: tuple[int, int, int]) -> None:
        self.both(lambda bench, contactor: setattr(bench.hal.pins, "voltage_mv", voltage_mv))

    @rule(load_ma=st.sampled_from((0, 400, 6_000, 16_000, 20_000, 41_000, 200_000)))
    def car_draws(self, load_ma: int) -> None:
        self.both(lambda bench, contactor: setattr(contactor, "load_ma", load_ma))

    @precondition(lambda self: self.pairs and all(bench.closed for bench, _ in self.pairs))
    @rule()
    def plug_is_pulled_under_load(self) -> None:
        self.car_shows("A")
        self.time_passes(100)
        for bench, _ in self.pairs:
            assert not bench.closed

    @invariant()
    def a_coil_without_a_reason_has_no_current(self) -> None:
        for bench, _ in self.pairs:
            assert not (bench.closed and DOUBTS & set(bench.faults))

    @invariant()
    def both_boards_did_the_same(self) -> None:
        if self.pairs:
            dense, sparse = (seen(bench) for bench, _ in self.pairs)
            assert dense == sparse


def seen(bench: Bench) -> dict[str, object]:
    """Everything that the supervision did and believes."""
    situation = bench.board.interlock.situation
    return {
        "driven, and when": bench.hal.history,
        "faults": bench.board.interlock.faults.evidence,
        "contactor": situation.contactor.state(),
        "live": situation.live,
        "operations": situation.operations.counts,
        "kept": bench.hal.kept,
        "waits_for": bench.waits_for,
    }


AnyContactor.TestCase.settings = costly(15, search=500, steps=20)
TestAnyContactor = AnyContactor.TestCase


class AnyContactorBetweenTheWindows(AnyContactor):
    """The same at any millisecond and with bounce: each board by itself keeps the rules."""

    @rule(milliseconds=st.integers(1, 49))
    def odd_time_passes(self, milliseconds: int) -> None:
        self.time_passes(milliseconds)

    @rule(bounces=st.integers(0, 3), close_ms=st.integers(9, 15), open_ms=st.integers(16, 28))
    def contacts_have_their_own_times(self, bounces: int, close_ms: int, open_ms: int) -> None:
        def vary(bench: Bench, contactor: FakeContactor) -> None:
            contactor.bounces = bounces
            contactor.close_mirror_ms, contactor.close_main_ms = close_ms, close_ms + 6
            contactor.open_main_ms, contactor.open_mirror_ms = open_ms, open_ms + 3

        self.both(vary)

    def both_boards_did_the_same(self) -> None:
        """They do not: one sees a change up to a window later."""


AnyContactorBetweenTheWindows.TestCase.settings = AnyContactor.TestCase.settings
TestAnyContactorBetweenTheWindows = AnyContactorBetweenTheWindows.TestCase


def charging(sparse: bool) -> tuple[Bench, WatchedContactor]:
    bench, contactor = bench_with(sparse)
    bench.charge()
    bench.run(1_000)
    assert bench.faults == []
    return bench, contactor


@costly(40, search=1_000)
@given(
    sparse=st.booleans(),
    welds=SOME_POLES,
    seen_by_mirror=st.booleans(),
    holds_up_ms=st.integers(0, 500),
    ending=st.sampled_from("ABE"),
)
def test_any_weld_is_told_one_second_after_the_coil_lost_its_current(
    sparse: bool, welds: int, seen_by_mirror: bool, holds_up_ms: int, ending: str
) -> None:
    bench, contactor = charging(sparse)
    contactor.welds, contactor.mirror_sees_welds, contactor.holds_up_ms = welds, seen_by_mirror, holds_up_ms

    bench.show(ending)
    bench.until(lambda: not bench.closed, 200)
    bench.run(999)
    assert not OF_CONTACTOR & set(bench.faults)
    bench.run(1 + WINDOW_MS)

    assert set(bench.faults) & OF_CONTACTOR == {code.CONTACTOR_WELDED}


@given(sparse=st.booleans(), dead=st.booleans(), lost=SOME_POLES)
def test_any_contactor_that_does_not_close_is_released_250_ms_after_the_command(
    sparse: bool, dead: bool, lost: int
) -> None:
    bench, contactor = bench_with(sparse)
    contactor.dead, contactor.lost = dead, lost
    bench.show("B")
    bench.wish(True, 160)
    bench.run(8_000)
    bench.show("C")
    bench.until(lambda: bench.closed, 2_000)

    assert 245 <= bench.until(lambda: not bench.closed, 300) <= 255
    assert bench.faults == [code.CONTACTOR_NO_CLOSE]


@costly(25, search=1_000)
@given(data=st.data(), sparse=st.booleans())
def test_a_healthy_contactor_and_a_car_that_keeps_to_its_offer_are_never_a_fault(
    data: st.DataObject, sparse: bool
) -> None:
    bench, contactor = bench_with(sparse)
    contactor.bounces = data.draw(st.integers(0, 3))
    contactor.close_mirror_ms = data.draw(st.integers(9, 15))
    contactor.close_main_ms = contactor.close_mirror_ms + 6
    contactor.open_main_ms = data.draw(st.integers(16, 28))
    contactor.open_mirror_ms = contactor.open_main_ms + 3
    contactor.holds_up_ms = data.draw(st.integers(0, 500))
    offer_da = 160
    bench.charge(offer_da)
    for _ in range(data.draw(st.integers(1, 6))):
        before_da, offer_da = offer_da, data.draw(st.sampled_from((60, 61, 100, 160, 320)))
        bench.wish(True, offer_da)
        # A car has five seconds to follow; a raise it may follow when it comes.
        contactor.load_ma = min(before_da, 320) * 100
        bench.run(data.draw(st.integers(0, 5_000)) if offer_da < before_da else 5_000)
        contactor.load_ma = offer_da * 100 + data.draw(st.sampled_from((0, 900)))
        bench.run(data.draw(st.integers(1, 20_000)))
        bench.messages()
    bench.wish(False, 0)
    bench.run(data.draw(st.integers(0, 4_000)))
    contactor.load_ma = 0
    bench.run(100)
    bench.show("B")
    bench.run(data.draw(st.integers(100, 4_000)))

    assert bench.faults == []
    assert bench.board.interlock.situation.operations.counts == [1, 1, 0, 0]


@given(sparse=st.booleans(), phases=SOME_POLES, after_ms=st.integers(500, 3_000))
def test_an_output_that_comes_alive_without_a_charge_is_told_within_100_ms_of_four_edges(
    sparse: bool, phases: int, after_ms: int
) -> None:
    bench, contactor = bench_with(sparse)
    bench.run(after_ms)
    assume(bench.faults == [])
    contactor.fed_back = phases
    bench.touch()

    assert 100 <= bench.until(lambda: bench.faults == [code.OUTPUT_LIVE], 200) <= 120 + 2 * WINDOW_MS
