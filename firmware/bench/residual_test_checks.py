"""What the board must do about the residual current module's self-test: its sequence, its verdicts, its occasions.

Plain functions, so that MicroPython runs them as well; the names are the sentences they prove (safety reference, 4.3).
The module on the bench trips 400 ms after its test current begins and releases a second after that current has ended.
"""

import fault_codes as code
from inputs import RESIDUAL_ERROR
from kind import RESIDUAL_CURRENT
from residual_checks import OUR_PART_MS, charging, driven, guard_of, protected, tests_begun, trips, unplugs
from residual_test import PULSES

# --- the self-test


def the_test_follows_its_sequence_to_the_millisecond(sparse: bool) -> None:
    bench = protected(sparse)
    started_at = bench.hal.now
    bench.run(6_000)
    on, off = driven(bench.hal, "residual_test")
    reset = driven(bench.hal, "residual_reset")

    assert on == (started_at + 2_000, 1), "a second to power up, a second of silence"
    assert off == (on[0] + 250, 0)
    # Trip after 400 ms, release a second later, 20 ms of silence; the polling board is a turn late each time.
    assert len(reset) == 1
    assert 1_420 <= reset[0][0] - on[0] <= 1_435
    assert bench.hal.chain
    assert guard_of(bench).last_test_ms == 400
    assert bench.faults == []


def the_slowest_and_the_fastest_healthy_module_pass(sparse: bool) -> None:
    for trip_ms, release_ms in ((200, 500), (200, 2_000), (800, 500), (800, 2_000)):
        bench = protected(sparse)
        bench.residual.trip_ms, bench.residual.release_ms = trip_ms, release_ms
        bench.run(6_000)

        assert guard_of(bench).test.passed_at is not None
        assert tests_begun(bench) == 1
        assert bench.faults == []


def a_module_that_never_trips_fails_after_one_repeat(sparse: bool) -> None:
    bench = protected(sparse)
    bench.residual.dead = True
    bench.run(20_000)

    assert bench.faults == [code.RCD_SELFTEST_FAILED]
    assert tests_begun(bench) == 2
    assert guard_of(bench).last_test_ms is None
    bench.wish(True, 160)
    bench.show("C")
    bench.run(60_000)
    assert not bench.closed


def a_module_that_trips_too_late_fails_and_is_not_taken_for_a_trip(sparse: bool) -> None:
    bench = protected(sparse)
    bench.residual.trip_ms = 1_200
    bench.run(20_000)

    assert bench.faults == [code.RCD_SELFTEST_FAILED]
    assert tests_begun(bench) == 2


def a_module_that_releases_too_late_fails(sparse: bool) -> None:
    bench = protected(sparse)
    bench.residual.release_ms = 2_700
    bench.run(20_000)

    assert bench.faults == [code.RCD_SELFTEST_FAILED]


def a_module_that_fails_once_is_tested_again_and_passes(sparse: bool) -> None:
    bench = protected(sparse)
    bench.residual.dead = True
    bench.run(2_500)
    bench.residual.dead = False
    bench.residual.trip_ms = 300
    bench.run(8_000)

    assert tests_begun(bench) == 2
    assert bench.faults == []
    assert guard_of(bench).last_test_ms == 300


def a_module_that_never_releases_is_an_error(sparse: bool) -> None:
    bench = protected(sparse)
    bench.residual.stuck = True
    bench.run(20_000)

    assert bench.faults == [code.RCD_SELFTEST_FAILED, code.RCD_MODULE_ERROR]
    assert not bench.hal.residual_testing


def an_output_that_is_stuck_behind_open_contacts_is_an_error_after_three_seconds(sparse: bool) -> None:
    bench = charging(sparse)
    bench.residual.stuck = True
    trips(bench)
    bench.run(2_900)
    assert bench.faults == [code.RCD_DC_TRIP]

    bench.run(200)

    assert bench.faults == [code.RCD_DC_TRIP, code.RCD_MODULE_ERROR]


def an_error_line_opens_and_needs_a_restart(sparse: bool) -> None:
    bench = charging(sparse)
    bench.residual.error = RESIDUAL_ERROR
    bench.touch()
    bench.opens_within(OUR_PART_MS)
    bench.residual.error = 0
    bench.touch()
    unplugs(bench)

    assert bench.faults == [code.RCD_MODULE_ERROR]


def a_module_that_is_not_wired_to_the_chain_fails(sparse: bool) -> None:
    bench = protected(sparse)
    bench.residual.is_in_chain = False
    bench.run(20_000)

    assert code.RCD_SELFTEST_FAILED in bench.faults
    assert tests_begun(bench) == 2


def a_chain_that_does_not_follow_the_output_within_50_ms_fails_the_test(sparse: bool) -> None:
    bench = protected(sparse)
    bench.residual.is_in_chain = False
    bench.until(lambda: bench.hal.residual_testing, 3_000)
    bench.until(lambda: bool(bench.hal.pins.residual), 500)

    assert 45 <= bench.until(lambda: guard_of(bench).test.stage != PULSES, 100) <= 60


def a_board_without_chain_feedback_is_content_with_the_output(sparse: bool) -> None:
    bench = protected(sparse, has=RESIDUAL_CURRENT)
    bench.residual.is_in_chain = False
    bench.run(6_000)

    assert bench.faults == []
    assert guard_of(bench).test.passed_at is not None


def a_latch_that_cannot_be_reset_leaves_the_board_closed_to_cars(sparse: bool) -> None:
    bench = protected(sparse)
    bench.residual.obeys_reset = False
    bench.wish(True, 160)
    bench.show("C")
    bench.run(60_000)

    assert not bench.closed
    assert guard_of(bench).test.passed_at is None


def an_emergency_stop_during_the_test_is_no_fault_of_the_module(sparse: bool) -> None:
    for pressed_after_ms in (1_500, 2_100, 2_300, 2_800, 3_400, 3_500):
        bench = protected(sparse)
        bench.run(pressed_after_ms)
        bench.residual.emergency_stop = True
        bench.touch()
        bench.run(20_000)
        bench.residual.emergency_stop = False
        bench.touch()
        bench.run(20_000)

        assert code.RCD_SELFTEST_FAILED not in bench.faults, str(pressed_after_ms)
        assert guard_of(bench).test.passed_at is not None, str(pressed_after_ms)


def an_emergency_stop_does_not_stand_in_for_the_wire_to_the_latch(sparse: bool) -> None:
    bench = protected(sparse)
    bench.residual.is_in_chain = False
    bench.run(2_100)
    bench.residual.emergency_stop = True
    bench.touch()
    bench.run(900)
    bench.residual.emergency_stop = False
    bench.touch()
    bench.run(20_000)

    assert guard_of(bench).test.passed_at is None
    assert code.RCD_SELFTEST_FAILED in bench.faults


def a_test_raises_no_fault_of_the_chain(sparse: bool) -> None:
    bench = protected(sparse)
    bench.residual.trip_ms, bench.residual.release_ms = 800, 2_000
    for _ in range(60):
        bench.run(100)
        assert bench.faults == []


# --- when


def a_permission_that_comes_during_the_test_waits_for_it(sparse: bool) -> None:
    bench = protected(sparse)
    bench.run(10_000)
    bench.residual.trip_ms, bench.residual.release_ms = 800, 2_000
    bench.wish(True, 160)
    bench.show("C")
    bench.run(1_500)
    assert not bench.closed
    guard = guard_of(bench)
    assert guard.test.running

    waited_ms = bench.until(lambda: bench.closed, 6_000)

    assert waited_ms > 1_000
    assert not guard.test.running


def a_test_follows_every_plug_and_none_begins_while_the_coil_has_current(sparse: bool) -> None:
    bench = charging(sparse)
    begun = tests_begun(bench)
    assert begun == 1, "the plug came before the start's own test had begun"
    guard_of(bench).begin_test(bench.hal.now)
    bench.run(10_000)
    assert tests_begun(bench) == begun

    bench.show("B")
    bench.run(10_000)

    assert tests_begun(bench) == begun + 1, "ordered, it waited for open contacts"
    bench.show("A")
    bench.run(5_000)
    bench.show("B")
    bench.run(6_000)
    assert tests_begun(bench) == begun + 2


def contacts_that_are_not_seen_open_delay_the_test(sparse: bool) -> None:
    bench = protected(sparse)
    bench.hal.follows_coil = False
    bench.hal.main_closed = True
    bench.touch()
    bench.run(20_000)

    assert tests_begun(bench) == 0
    assert bench.faults == [code.CONTACTOR_WELDED]


def contacts_that_close_during_the_test_end_its_current(sparse: bool) -> None:
    bench = protected(sparse)
    bench.run(2_100)
    assert driven(bench.hal, "residual_test")[-1][1] == 1
    bench.hal.follows_coil = False
    bench.hal.main_closed = True
    bench.touch()
    bench.run(5)

    assert not bench.hal.residual_testing
    assert guard_of(bench).test.passed_at is None
