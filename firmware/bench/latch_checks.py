"""What a restart must not forget: faults of the plug that is in, and what only a service person ends (catalogue, 1).

Plain functions, so that MicroPython runs them as well; the names are the sentences they prove.
"""

import fault_codes as code
from inputs import RESIDUAL_AC, RESIDUAL_DC
from kind import CHAIN_FEEDBACK, METERING, RESIDUAL_CURRENT
from latches import FORGET_EVERY_MS, NAME, packed, parsed
from service_bench import ServiceBench

CAUSES = ("watchdog", "brownout", "power")
OVER_HARD_MA = (45_000, 0, 0)
OVER_SOFT_MA = (20_000, 0, 0)


def served(sparse: bool, has: int = 0) -> ServiceBench:
    """A board with a storage, closed, and so long on that a restart of it is none of many."""
    bench = ServiceBench(sparse, has=has)
    bench.run(61_000)
    bench.charge()
    bench.run(3_000)
    assert bench.hal.main_closed
    return bench


def latch_writes(bench: ServiceBench) -> int:
    return [name for name, _ in bench.hal.writes].count(NAME)


def comes_and_goes(bench: ServiceBench, milliseconds: int) -> None:
    for _ in range(milliseconds // 20_000):
        bench.show("E")
        bench.run(5_000)
        bench.show("A")
        bench.run(15_000)


def draws(bench: ServiceBench, current_ma: "tuple[int, int, int]", limit_ms: int) -> None:
    """The car takes this, until the contacts are open."""
    bench.hal.pins.current_ma = current_ma
    bench.touch()
    bench.opens_within(limit_ms)
    bench.hal.pins.current_ma = (0, 0, 0)
    bench.touch()


def asks_after_restart(bench: ServiceBench, cause: str, fault: int) -> None:
    """The same plug asks for a minute, and gets nothing."""
    evidence = bench.board.interlock.faults.evidence[fault]
    bench.restart(cause)
    bench.wish(True, 160)
    bench.show("B")
    bench.run(4_000)
    bench.show("C")
    for _ in range(60):
        bench.run(1_000)
        assert not bench.closed, "closed on the plug that had tripped"
    assert bench.faults == [fault]
    assert bench.board.interlock.faults.evidence[fault] == evidence


def is_served_anew(bench: ServiceBench, fault: int) -> None:
    """The plug comes out, the fault ends with it, and the next plug charges."""
    bench.show("A")
    bench.run(1_900)
    assert bench.faults == [fault], "ends before state A has lasted 2 s"
    bench.run(8_000)
    assert bench.faults == []
    bench.run(30_000)
    bench.show("B")
    bench.run(4_000)
    bench.show("C")
    bench.until(lambda: bench.hal.main_closed, 10_000)


# --- faults of a plug


def a_pilot_short_outlives_restarts_until_its_plug_is_out(sparse: bool) -> None:
    bench = served(sparse)
    bench.show("E")
    bench.opens_within(3_000)
    bench.show("C")
    bench.run(100)
    for cause in CAUSES:
        asks_after_restart(bench, cause, code.CP_SHORT)

    is_served_anew(bench, code.CP_SHORT)
    bench.show("A")
    bench.run(1_000)
    bench.restart()
    bench.run(100)
    assert bench.faults == [], "what has ended is forgotten"


def a_residual_trip_outlives_restarts_until_plug_and_test(sparse: bool) -> None:
    for lines, fault in ((RESIDUAL_DC, code.RCD_DC_TRIP), (RESIDUAL_AC, code.RCD_AC_TRIP)):
        bench = served(sparse, RESIDUAL_CURRENT | CHAIN_FEEDBACK)
        bench.residual.trip(lines)
        bench.touch()
        bench.opens_within(60)
        bench.run(2_000)
        bench.residual.release()
        bench.run(5_000)
        for cause in CAUSES:
            bench.hal.history.clear()
            asks_after_restart(bench, cause, fault)
            assert not [row for row in bench.hal.history if row[1] == "residual_test" and row[2]], "tested too early"

        is_served_anew(bench, fault)


def an_over_current_outlives_restarts_until_its_plug_is_out(sparse: bool) -> None:
    for current_ma, fault in ((OVER_HARD_MA, code.CURRENT_OVER_HARD), (OVER_SOFT_MA, code.CURRENT_OVER_SOFT)):
        bench = served(sparse, METERING)
        draws(bench, current_ma, 14_000)
        bench.run(2_000)
        for cause in CAUSES:
            asks_after_restart(bench, cause, fault)

        is_served_anew(bench, fault)


def a_plug_that_left_while_the_board_was_off_ends_its_fault(sparse: bool) -> None:
    bench = served(sparse)
    bench.show("E")
    bench.opens_within(3_000)
    bench.run(100)
    bench.hal.show("A")
    bench.restart("power")
    assert bench.faults == [code.CP_SHORT]
    bench.run(3_000)

    assert bench.faults == []


# --- emergency stop


def an_emergency_stop_outlives_a_restart_until_somebody_acknowledges_it(sparse: bool) -> None:
    bench = served(sparse, CHAIN_FEEDBACK)
    bench.hal.chain = False
    bench.touch()
    bench.opens_within(60)
    bench.run(100)
    bench.hal.chain = True
    bench.touch()
    for cause in CAUSES:
        asks_after_restart(bench, cause, code.SAFETY_EMERGENCY_STOP)

    bench.wish(False, 0)
    bench.run(600)
    bench.wish(True, 160)
    bench.run(100)
    assert bench.faults == []
    bench.until(lambda: bench.hal.main_closed, 40_000)


# --- writing


def a_fault_of_a_plug_costs_two_writes(sparse: bool) -> None:
    bench = served(sparse)
    bench.hal.writes.clear()
    bench.show("E")
    bench.opens_within(3_000)
    bench.run(120_000)
    assert latch_writes(bench) == 1
    bench.show("A")
    bench.run(120_000)

    assert latch_writes(bench) == 2
    assert parsed(bench.hal.kept[NAME]) == {}


def a_fault_that_comes_and_goes_for_ever_is_written_twice_in_ten_minutes(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.run(61_000)
    comes_and_goes(bench, 60_000)
    bench.hal.writes.clear()
    comes_and_goes(bench, 2 * FORGET_EVERY_MS)
    assert latch_writes(bench) == 4
    bench.run(FORGET_EVERY_MS)

    assert parsed(bench.hal.kept[NAME]) == {}


def a_latch_that_lets_the_charge_go_on_is_kept_once_the_coil_is_off(sparse: bool) -> None:
    bench = served(sparse, METERING)
    bench.hal.writes.clear()
    bench.hal.pins.earth_neutral_mv = 60_000
    bench.touch()
    bench.run(10_000)
    assert bench.faults == [code.MAINS_POLARITY]
    assert bench.closed
    assert latch_writes(bench) == 0
    bench.show("B")
    bench.until(lambda: not bench.closed, 1_000)

    assert latch_writes(bench) == 1
    assert code.MAINS_POLARITY in (parsed(bench.hal.kept[NAME]) or {})


def a_third_over_current_is_kept_for_service_once_the_coil_is_off(sparse: bool) -> None:
    bench = served(sparse, METERING)
    for _ in range(3):
        draws(bench, OVER_SOFT_MA, 14_000)
        bench.show("A")
        bench.run(50_000)
        if not bench.faults:
            bench.charge()
    bench.restart()

    assert list(parsed(bench.hal.kept[NAME]) or {}) == [code.CURRENT_OVER_SOFT]
    bench.run(10_000)
    assert bench.faults == [code.CURRENT_OVER_SOFT]


# --- records


def a_record_of_before_is_read_as_it_was(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.hal.kept[NAME] = packed({code.CURRENT_OVER_SOFT: {5: 3}})
    bench.restart()
    bench.run(10_000)

    assert bench.faults == [code.CURRENT_OVER_SOFT], "only a service person ends it"


def a_fault_of_a_plug_that_no_check_here_ends_is_for_service(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.hal.kept[NAME] = packed({}, {code.RCD_DC_TRIP: {}})
    bench.restart()
    bench.run(10_000)
    assert bench.faults == [code.RCD_DC_TRIP]
    bench.restart()

    assert bench.board.interlock.faults.held == {code.RCD_DC_TRIP}
