"""A start anew that the host asked for: when the board agrees, and what it is counted as (protocol, section 9).

Plain functions, so that MicroPython runs them as well; the names are the sentences they prove. What a start forgets
must count for nothing when the board agrees to it; the watch beside every bench knows that rule in its own words.
"""

import fault_codes as code
from inputs import RESIDUAL_DC, RESIDUAL_ERROR
from kind import CHAIN_FEEDBACK, METERING, RESIDUAL_CURRENT
from service_bench import ServiceBench

MODULE = RESIDUAL_CURRENT | CHAIN_FEEDBACK
MINUTE_MS = 60_000
RATE_MS = 600_000
DAY_MS = 86_400_000
ANSWERED_MS = 105
"""From the answer to the start, with the loop's turn."""


def at_rest(sparse: bool, has: int = 0) -> ServiceBench:
    """Nobody plugged in, nothing permitted, and more than a minute old."""
    bench = ServiceBench(sparse, has=has)
    bench.wish(False, 0)
    bench.run(MINUTE_MS + 2_000)
    return bench


def served_once(sparse: bool, has: int = 0) -> ServiceBench:
    """A board whose only charge is over, its car gone."""
    bench = ServiceBench(sparse, has=has)
    bench.run(MINUTE_MS + 2_000)
    bench.charge()
    bench.run(1_000)
    bench.wish(False, 0)
    bench.run(7_000)
    leaves(bench)
    return bench


def leaves(bench: ServiceBench) -> None:
    bench.show("A")
    bench.run(8_000)


def passes(bench: ServiceBench, milliseconds: int) -> None:
    """A long time in which nothing is said: the board and its host are set to its end at once."""
    bench.hal.now += milliseconds
    bench.let_host_talk(True)
    bench.run(1_000)


def a_board_at_rest_starts_anew_and_nobody_is_to_blame(sparse: bool) -> None:
    bench = at_rest(sparse)
    boots = bench.boots
    assert bench.test("restart") == "done"
    bench.run(ANSWERED_MS)
    assert bench.boots == boots + 1
    bench.wish(False, 0)
    bench.run(1_000)

    situation = bench.board.interlock.situation
    assert bench.faults == [], "no reset by the watchdog is told"
    assert (situation.short_starts, situation.hangs, bench.hal.kept.get("hangs", b"")) == (0, 0, b"")
    assert not bench.closed


def a_board_that_has_just_started_is_not_started_again(sparse: bool) -> None:
    """A host that found no answer says the same again, perhaps to the next start."""
    bench = at_rest(sparse)
    assert bench.test("restart") == "done"
    bench.run(ANSWERED_MS)
    boots = bench.boots
    bench.wish(False, 0)
    for _ in range(11):
        assert bench.test("restart") == "not_now"
        bench.run(5_000)
    bench.run(6_000)

    assert bench.boots == boots
    assert bench.test("restart") == "done"


def the_same_request_twice_starts_it_once(sparse: bool) -> None:
    bench = at_rest(sparse)
    boots = bench.boots
    assert bench.test("restart") == "done"
    bench.number -= 1
    assert bench.test("restart") == "done", "the answer comes again"
    bench.run(10_000)

    assert bench.boots == boots + 1


def in_a_charge_no_board_starts_anew(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.run(MINUTE_MS + 2_000)
    bench.charge()
    bench.run(RATE_MS + 1_000)
    boots = bench.boots
    assert bench.test("restart") == "not_now"
    bench.run(1_000)

    assert (bench.boots, bench.closed) == (boots, True)


def a_plug_a_permission_or_a_silent_host_keeps_it_running(sparse: bool) -> None:
    bench = at_rest(sparse)
    bench.show("B")
    bench.run(500)
    assert bench.test("restart") == "not_now"
    bench.show("A")
    bench.run(1_500)
    assert bench.test("restart") == "not_now", "out for two seconds is out for good"
    leaves(bench)
    bench.wish(True, 160)
    assert bench.test("restart") == "not_now"
    bench.wish(False, 0)
    bench.let_host_talk(False)
    bench.run(2_100)
    assert bench.test("restart") == "not_now"
    bench.let_host_talk(True)

    assert bench.test("restart") == "done"


def a_host_that_wants_it_open_gets_no_start_that_forgets_it(sparse: bool) -> None:
    bench = at_rest(sparse)
    bench.open_at_once = True
    bench.wish(False, 0)
    assert bench.test("restart") == "not_now"
    bench.open_at_once = False
    bench.wish(False, 0)
    bench.run(29_000)
    assert bench.test("restart") == "not_now", "nothing closes for half a minute, and a start would forget that"
    bench.run(2_000)

    assert bench.test("restart") == "done"


def a_permission_within_the_answers_time_stops_it(sparse: bool) -> None:
    bench = at_rest(sparse)
    boots = bench.boots
    assert bench.test("restart") == "done"
    bench.wish(True, 160)
    bench.run(1_000)

    assert bench.boots == boots


def a_plug_within_the_answers_time_stops_it_where_it_is_believed_by_then(sparse: bool) -> None:
    bench = at_rest(sparse)
    boots = bench.boots
    bench.show("B")
    bench.run(50)
    assert bench.test("restart") == "done", "nobody can know yet"
    bench.run(1_000)

    assert bench.boots == boots
    assert bench.board.interlock.situation.pilot.plugged


def a_closing_counts_for_ten_minutes_and_the_start_waits_for_it(sparse: bool) -> None:
    bench = served_once(sparse)
    assert bench.test("restart") == "not_now"
    bench.run(RATE_MS - 20_000)
    assert bench.test("restart") == "not_now"
    bench.run(20_000)

    assert bench.test("restart") == "done"


def a_trip_counts_for_a_day_and_no_start_forgets_it(sparse: bool) -> None:
    bench = served_once(sparse, MODULE)
    bench.show("B")
    bench.wish(True, 160)
    bench.run(4_000)
    bench.show("C")
    bench.until(lambda: bench.closed, 10_000)
    bench.residual.trip(RESIDUAL_DC)
    bench.touch()
    bench.run(100)
    assert not bench.closed
    bench.residual.release()
    bench.wish(False, 0)
    leaves(bench)
    bench.run(RATE_MS + 40_000)
    assert bench.faults == []
    assert bench.test("restart") == "not_now"
    passes(bench, DAY_MS)

    assert bench.test("restart") == "done"


def a_contactor_that_did_not_close_counts_for_a_day(sparse: bool) -> None:
    bench = at_rest(sparse)
    bench.hal.follows_coil = False
    bench.show("B")
    bench.wish(True, 160)
    bench.run(5_000)
    bench.show("C")
    bench.run(3_000)
    assert bench.faults == [code.CONTACTOR_NO_CLOSE]
    bench.wish(False, 0)
    leaves(bench)
    bench.run(RATE_MS + 40_000)
    assert bench.faults == []

    assert bench.test("restart") == "not_now"


def a_greedy_car_counts_for_a_day(sparse: bool) -> None:
    bench = served_once(sparse, METERING)
    bench.wish(True, 160)
    bench.show("B")
    bench.run(5_000)
    bench.show("C")
    bench.until(lambda: bench.closed, 10_000)
    bench.hal.pins.current_ma = (20_000, 0, 0)
    bench.touch()
    bench.until(lambda: not bench.closed, 30_000)
    bench.hal.pins.current_ma = (0, 0, 0)
    bench.wish(False, 0)
    leaves(bench)
    bench.run(RATE_MS + 40_000)
    assert bench.faults == []

    assert bench.test("restart") == "not_now"


def a_reset_by_the_watchdog_counts_for_a_day_and_no_start_forgets_it(sparse: bool) -> None:
    bench = at_rest(sparse)
    bench.restart("watchdog")
    bench.wish(False, 0)
    bench.run(MINUTE_MS + 5_000)
    assert bench.board.interlock.situation.hangs == 1

    assert bench.test("restart") == "not_now"
    assert bench.hal.kept["hangs"] == b"\x01"


def a_fault_that_only_a_start_ends_is_judged_anew(sparse: bool) -> None:
    bench = at_rest(sparse, MODULE)
    bench.residual.error = RESIDUAL_ERROR
    bench.touch()
    bench.run(2_000)
    bench.residual.error = 0
    bench.touch()
    bench.run(60_000)
    assert bench.faults == [code.RCD_MODULE_ERROR]
    assert bench.test("restart") == "done"
    bench.run(ANSWERED_MS)
    bench.run(10_000)

    assert bench.faults == []


def a_fault_that_opens_and_is_over_counts_for_half_a_minute(sparse: bool) -> None:
    bench = at_rest(sparse)
    bench.show("E")
    bench.run(3_000)
    assert bench.faults == [code.CP_SHORT]
    bench.show("A")
    bench.run(5_000)
    assert bench.faults == []
    assert bench.test("restart") == "not_now"
    bench.run(31_000)

    assert bench.test("restart") == "done"


def a_silent_converter_that_only_a_start_ends_is_judged_anew(sparse: bool) -> None:
    bench = at_rest(sparse)
    bench.hal.frozen = True
    bench.touch()
    bench.run(1_000)
    bench.hal.frozen = False
    bench.touch()
    bench.run(60_000)
    assert bench.faults != []
    assert bench.test("restart") == "done"
    bench.run(ANSWERED_MS)
    bench.run(5_000)

    assert bench.faults == []


def a_board_that_holds_itself_does_not_start_anew(sparse: bool) -> None:
    bench = at_rest(sparse)
    for _ in range(3):
        bench.restart("power")
        bench.run(1_000)
    bench.wish(False, 0)
    bench.run(MINUTE_MS + 2_000)
    assert bench.faults == [code.MCU_RESTARTS]

    assert bench.test("restart") == "not_now"
    assert bench.board.interlock.situation.short_starts == 3


def in_a_test_with_power_no_board_starts_anew(sparse: bool) -> None:
    bench = at_rest(sparse)
    assert bench.begin_test() == "done"
    assert bench.test("restart") == "not_now"
    assert bench.test("end") == "done"
    bench.run(1_000)

    assert bench.test("restart") == "done"
