"""The fullest boards in the whole of their world: whatever breaks in whatever order, the watch sees no rule broken.

Every bench stands under `firmware/bench/watch.py`, which fails the poll that breaks a rule of safety.md, sections 2 and
3, by its pins alone. Socket-outlet and tethered cable; storage outlives restarts; service comes when it is needed.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bench import Bench
from full_kind import EVERYTHING
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from inputs import RESIDUAL_AC, RESIDUAL_DC, RESIDUAL_ERROR
from kind import LOAD_SENSE, SOCKET, VENTILATION
from messages import ASK, CLEAR, PUT, TEST
from socket_checks import PP_MV

from tests.firmware.board_world import (
    CABLES_MV,
    CODES,
    GOOD_MV,
    JUST_BAD,
    LACKS,
    LONG_MS,
    MILLIAMPERES,
    NUMBER,
    SHORT_MS,
    TROUBLES,
    VOLTS,
    World,
    world,
)
from tests.searching import costly

STEPS = st.sampled_from(("drive_pwm", "drive_f", "drive_x1", "cut", "release", "residual", "stop_alive", "hang"))


class AnyBoard(RuleBasedStateMachine):
    """One board, polled when due: the watch is what judges."""

    polls: tuple[bool, ...] = (True,)

    def __init__(self) -> None:
        super().__init__()
        self.worlds: tuple[World, ...] = ()

    @initialize(socket=st.booleans(), ventilation=st.booleans(), open_pen=st.booleans(), lacks=LACKS)
    def power_on(self, socket: bool, ventilation: bool, open_pen: bool, lacks: int) -> None:
        has = (EVERYTHING if socket else EVERYTHING & ~SOCKET) & ~lacks | (VENTILATION if ventilation else 0)
        self.worlds = tuple(world(has, sparse=sparse, open_pen=open_pen) for sparse in self.polls)
        self.a_charge_begins()

    def tell(self, do: Callable[[World], object]) -> None:
        """The same to all of them."""
        for each in self.worlds:
            do(each)
            each.bench.touch()

    def pin(self, name: str, value: object) -> None:
        self.tell(lambda each: setattr(each.bench.hal.pins, name, value))

    def run_for(self, milliseconds: int) -> None:
        for each in self.worlds:
            each.bench.run(milliseconds)

    def senses_load(self, each: World) -> bool:
        """Without the sense nobody can find out that a mirror contact lies."""
        return each.bench.hal.kind.fits(LOAD_SENSE)

    def is_closed(self) -> bool:
        return any(each.bench.closed for each in self.worlds)

    # --- time

    @rule(milliseconds=SHORT_MS)
    def time_passes(self, milliseconds: int) -> None:
        self.run_for(milliseconds)

    @rule(milliseconds=LONG_MS)
    def much_time_passes(self, milliseconds: int) -> None:
        self.run_for(milliseconds)

    @precondition(lambda self: len(self.polls) == 1)
    @rule(milliseconds=st.integers(1, 49))
    def odd_time_passes(self, milliseconds: int) -> None:
        self.run_for(milliseconds)

    # --- the car and its cable

    @rule()
    def a_charge_begins(self) -> None:
        self.tell(lambda each: each.bench.show("B"))
        self.tell(lambda each: each.bench.wish(True, 160))
        self.run_for(9_000)
        self.tell(lambda each: each.bench.show("C"))
        self.run_for(1_500)

    @rule(state=st.sampled_from("ABBCCDE"), low_mv=st.sampled_from((-12_000, -12_000, -10_500, -9_000, -5_600)))
    def car_shows(self, state: str, low_mv: int) -> None:
        self.tell(lambda each: each.bench.show(state, low_mv))

    @rule(out_ms=st.sampled_from((20, 30, 60, 1_000, 2_100)), state=st.sampled_from("BC"))
    def another_plug_comes(self, out_ms: int, state: str) -> None:
        self.tell(lambda each: each.bench.show("A"))
        self.run_for(out_ms)
        self.tell(lambda each: each.bench.show(state))

    @rule(pp_mv=CABLES_MV)
    def cable_is(self, pp_mv: int) -> None:
        self.pin("pp_mv", pp_mv)

    @rule(jammed=st.booleans(), broken=st.booleans(), torn=st.booleans())
    def lock_is(self, jammed: bool, broken: bool, torn: bool) -> None:
        def break_it(each: World) -> None:
            each.bench.lock.is_jammed, each.bench.lock.feedback_is_broken = jammed, broken
            if torn:
                each.bench.lock.force_open()

        self.tell(break_it)

    @rule(release_mv=st.sampled_from((12_000, 11_000, 10_900, 0)))
    def lock_stores(self, release_mv: int) -> None:
        self.pin("release_mv", release_mv)

    # --- residual current, supply, earth, rails, heat

    @rule(lines=st.sampled_from((RESIDUAL_DC, RESIDUAL_AC, RESIDUAL_DC | RESIDUAL_AC)), for_ms=SHORT_MS)
    def module_trips(self, lines: int, for_ms: int) -> None:
        self.tell(lambda each: each.bench.residual.trip(lines))
        self.run_for(for_ms)
        self.tell(lambda each: each.bench.residual.release())

    @rule(dead=st.booleans(), stuck=st.booleans(), error=st.sampled_from((0, 0, RESIDUAL_ERROR)))
    def module_is(self, dead: bool, stuck: bool, error: int) -> None:
        def break_it(each: World) -> None:
            each.bench.residual.dead, each.bench.residual.stuck = dead, stuck
            each.bench.residual.error = error

        self.tell(break_it)

    @rule(trip_ms=st.sampled_from((200, 800, 1_100)), in_chain=st.booleans(), obeys=st.booleans())
    def module_trips_late_or_alone(self, trip_ms: int, in_chain: bool, obeys: bool) -> None:
        def break_it(each: World) -> None:
            module = each.bench.residual
            module.trip_ms, module.is_in_chain, module.obeys_reset = trip_ms, in_chain, obeys

        self.tell(break_it)

    @precondition(lambda self: not self.is_closed())
    @rule(pin=st.sampled_from(JUST_BAD), before_ms=st.sampled_from((20, 4_500)))
    def something_is_bad_just_when_it_would_close(self, pin: tuple[str, object], before_ms: int) -> None:
        self.service_comes_and_a_charge_begins()
        self.tell(lambda each: each.bench.show("B"))
        if before_ms > 500:
            self.run_for(5_000)
            self.show_for(pin, 40)
            self.run_for(3_500)
            self.tell(lambda each: each.bench.show("C"))
            self.run_for(1_000)
        else:
            self.run_for(9_000)
            self.tell(lambda each: each.bench.show("C"))
            self.run_for(500 - before_ms)
            self.show_for(pin, 40)

    @rule(trouble=st.sampled_from(TROUBLES))
    def a_charge_meets(self, trouble: tuple[str, object, int]) -> None:
        """From good contacts that are closed: the shortest way to what a late or missing opening would show."""
        name, bad, for_ms = trouble
        if not self.is_closed():
            self.service_comes_and_a_charge_begins()
        if name == "load_ma":
            self.tell(lambda each: setattr(each.contactor, "load_ma", bad))
            self.run_for(for_ms)
            self.tell(lambda each: setattr(each.contactor, "load_ma", 0))
        elif name == "mirror_stays":
            self.tell(lambda each: setattr(each.contactor, "mirror_stays", bad if self.senses_load(each) else None))
            self.run_for(for_ms)
            self.tell(lambda each: setattr(each.contactor, "mirror_stays", None))
        else:
            self.show_for((name, bad), for_ms)

    def show_for(self, pin: tuple[str, object], for_ms: int) -> None:
        name, bad = pin
        good = getattr(self.worlds[0].bench.hal.pins, name)
        if name == "residual":
            self.tell(lambda each: setattr(each.bench.residual, "error", bad))
        self.pin(name, bad)
        self.run_for(for_ms)
        self.tell(lambda each: setattr(each.bench.residual, "error", 0))
        self.pin(name, good)

    @rule(pressed=st.booleans())
    def emergency_stop_is(self, pressed: bool) -> None:
        self.tell(lambda each: setattr(each.bench.residual, "emergency_stop", pressed))

    @rule(volts=st.tuples(VOLTS, VOLTS, VOLTS), alike=st.booleans(), for_ms=SHORT_MS | LONG_MS)
    def supply_is(self, volts: tuple[int, int, int], alike: bool, for_ms: int) -> None:
        phases = (volts[0],) * 3 if alike else volts
        self.pin("voltage_mv", tuple(v * 1_000 for v in phases))
        self.run_for(for_ms)
        self.pin("voltage_mv", GOOD_MV)

    @rule(mhz=st.sampled_from((46_999, 47_000, 52_001, 0)), for_ms=SHORT_MS)
    def frequency_is(self, mhz: int, for_ms: int) -> None:
        self.pin("mains_mhz", mhz)
        self.run_for(for_ms)
        self.pin("mains_mhz", 50_000)

    @rule(edges=st.sampled_from((0, 7, 8)), for_ms=SHORT_MS)
    def earth_is(self, edges: int, for_ms: int) -> None:
        self.pin("earth_edges", edges)
        self.run_for(for_ms)
        self.pin("earth_edges", 10)

    @rule(name=st.sampled_from(("plus_mv", "minus_mv", "supply_mv")), off_mv=st.integers(0, 4_000), for_ms=SHORT_MS)
    def rail_sags(self, name: str, off_mv: int, for_ms: int) -> None:
        good_mv = -12_000 if name == "minus_mv" else 12_000
        self.pin(name, good_mv + off_mv if name == "minus_mv" else good_mv - off_mv)
        self.run_for(for_ms)
        self.pin(name, good_mv)

    @rule(counts=st.booleans(), mhz=st.sampled_from((1_000_000, 1_000_000, 979_000)), error=st.sampled_from((0, 0, 60)))
    def generator_is(self, counts: bool, mhz: int, error: int) -> None:
        def break_it(each: World) -> None:
            generator = each.bench.generator
            generator.counter_works, generator.frequency_mhz, generator.duty_error = counts, mhz, error

        self.tell(break_it)

    @rule(codes=st.tuples(CODES, CODES, CODES, CODES))
    def sensors_show(self, codes: tuple[int, int, int, int]) -> None:
        self.pin("ntc_codes", codes)

    # --- what flows, and the contactor

    @rule(load_ma=MILLIAMPERES)
    def car_draws(self, load_ma: int) -> None:
        self.tell(lambda each: setattr(each.contactor, "load_ma", load_ma))

    @rule(poles=st.integers(1, 7), honest=st.booleans())
    def contacts_weld(self, poles: int, honest: bool) -> None:
        def break_it(each: World) -> None:
            each.contactor.mirror_sees_welds = honest or not self.senses_load(each)
            each.contactor.welds = poles

        self.tell(break_it)

    @rule(dead=st.booleans(), lost=st.sampled_from((0, 1, 7)), mirror=st.sampled_from((None, None, True, False)))
    def contactor_is(self, dead: bool, lost: int, mirror: bool | None) -> None:
        def break_it(each: World) -> None:
            each.contactor.dead, each.contactor.lost = dead, lost
            each.contactor.mirror_stays = mirror if self.senses_load(each) else None

        self.tell(break_it)

    @rule(phases=st.sampled_from((0, 0, 1, 7)))
    def load_side_is_fed_back(self, phases: int) -> None:
        self.tell(lambda each: setattr(each.contactor, "fed_back", phases))

    # --- the host

    @rule(
        permit=st.booleans(), offer_da=st.sampled_from((0, 60, 160, 320, 800)), insertion=st.sampled_from((None, 0, 1))
    )
    def host_wishes(self, permit: bool, offer_da: int, insertion: int | None) -> None:
        self.tell(lambda each: setattr(each.bench, "insertion", insertion))
        self.tell(lambda each: each.bench.wish(permit, offer_da))

    @rule(
        locks=st.booleans(),
        commissioned=st.booleans(),
        operative=st.booleans(),
        open_at_once=st.sampled_from((False, False, True)),
    )
    def host_knows(self, locks: bool, commissioned: bool, operative: bool, open_at_once: bool) -> None:
        def change(each: World) -> None:
            each.bench.locks, each.bench.commissioned = locks, commissioned
            each.bench.operative, each.bench.open_at_once = operative, open_at_once

        self.tell(change)

    @rule(bit=st.none() | st.integers(0, 31), for_ms=LONG_MS)
    def host_expects(self, bit: int | None, for_ms: int) -> None:
        """The board's own configuration, or one that differs in a bit of its mark."""
        mark = self.worlds[0].bench.hal.kind.mark() ^ (0 if bit is None else 1 << bit)
        self.tell(lambda each: setattr(each.bench, "configuration", mark))
        self.run_for(for_ms)
        self.tell(lambda each: setattr(each.bench, "configuration", None))

    @rule(for_ms=LONG_MS)
    def host_is_silent(self, for_ms: int) -> None:
        self.tell(lambda each: each.bench.let_host_talk(False))
        self.run_for(for_ms)
        self.tell(lambda each: each.bench.let_host_talk(True))

    @rule(number=st.sampled_from((ASK, PUT, CLEAR, TEST)), what=st.integers(0, 6), code=st.integers(1, 1_600))
    def host_asks(self, number: int, what: int, code: int) -> None:
        fields: dict[int, tuple[object, ...]] = {
            ASK: (what, 0),
            PUT: (what, 0, bytes(40)),
            CLEAR: (code, "someone", "because", bytes(64)),
            TEST: (what % 2, bytes(32), 0),
        }
        self.tell(lambda each: each.bench.write(number, (NUMBER, *fields[number])))

    @rule(step=STEPS, duty=st.integers(0, 10_000))
    def host_tests_the_pilot(self, step: str, duty: int) -> None:
        self.tell(lambda each: each.bench.test_step(step, duty))

    @rule(state=st.sampled_from("AAABC"), for_ms=st.sampled_from((400, 2_500)), step=STEPS)
    def a_host_that_permits_nothing_tests_the_pilot(self, state: str, for_ms: int, step: str) -> None:
        self.tell(lambda each: each.bench.show(state))
        self.tell(lambda each: each.bench.wish(False, 0))
        self.run_for(for_ms)
        self.tell(lambda each: each.bench.test_step(step, 5_000))

    @rule(garbage=st.binary(min_size=1, max_size=40))
    def wire_carries_garbage(self, garbage: bytes) -> None:
        for each in self.worlds:
            each.bench.hal.to_board += garbage + b"\x00"

    # --- starts

    @rule(cause=st.sampled_from(("power", "watchdog", "brownout", "soft")))
    def board_restarts(self, cause: str) -> None:
        self.tell(lambda each: each.restart(cause))

    @precondition(lambda self: not self.is_closed())
    @rule()
    def service_comes_and_a_charge_begins(self) -> None:
        self.tell(lambda each: each.bench.show("A"))
        self.tell(lambda each: setattr(each.bench, "insertion", None))
        self.host_knows(True, True, True, False)
        self.cable_is(PP_MV[220])
        self.tell(World.service)
        self.run_for(6_000)
        self.a_charge_begins()


AnyBoard.TestCase.settings = costly(40, search=1_000, steps=40)
TestAnyBoard = AnyBoard.TestCase


class BothBoards(AnyBoard):
    """Two boards in one world, one polled every 5 ms: both do the same at the same time."""

    polls = (False, True)

    @invariant()
    def both_did_the_same(self) -> None:
        if self.worlds:
            dense, sparse = (seen(each.bench) for each in self.worlds)
            assert dense == sparse


BothBoards.TestCase.settings = costly(4, search=100, steps=20)
TestBothBoards = BothBoards.TestCase


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_a_charge_that_meets_trouble_breaks_no_rule(trouble: tuple[str, object, int]) -> None:
    board = AnyBoard()
    board.power_on(socket=True, ventilation=False, open_pen=True, lacks=0)
    assert board.is_closed()

    board.a_charge_meets(trouble)


@pytest.mark.parametrize("before_ms", [20, 4_500])
@pytest.mark.parametrize("pin", JUST_BAD, ids=str)
def test_what_is_bad_just_when_it_would_close_breaks_no_rule(pin: tuple[str, object], before_ms: int) -> None:
    board = AnyBoard()
    board.power_on(socket=True, ventilation=False, open_pen=False, lacks=0)

    board.something_is_bad_just_when_it_would_close(pin, before_ms)


def seen(bench: Bench) -> dict[str, object]:
    """Everything the board does and believes."""
    interlock = bench.board.interlock
    return {
        "driven, and when": bench.hal.history,
        "pilot": interlock.situation.pilot.state,
        "insertions": interlock.situation.pilot.insertions,
        "contactor": interlock.situation.contactor.state(),
        "faults": bench.faults,
        "limit": interlock.limit_da(),
        "lock": interlock.situation.lock_state,
        "kept": bench.hal.kept.get("latches"),
    }
