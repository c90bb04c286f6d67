"""What a board must do about its hardware chain: emergency stop, mismatch (safety reference, P29 and P30).

Plain functions, so that MicroPython runs them as well. A function's name is the sentence it proves; its argument says
whether the bench polls when due or every 5 ms.
"""

import fault_codes as code
from bench import LIMIT_MS, Bench
from inputs import RESIDUAL_DC
from kind import CHAIN_FEEDBACK, RESIDUAL_CURRENT
from rails_checks import bench_with, charging_with
from startup_checks import starts_again


def set_chain(bench: Bench, whole: bool) -> None:
    bench.hal.chain = whole
    bench.touch()


def an_emergency_stop_opens_within_60_ms_and_is_told(sparse: bool) -> None:
    for phase in range(0, 20, 3):
        bench = charging_with(sparse, CHAIN_FEEDBACK)
        bench.run(phase)
        set_chain(bench, False)

        bench.opens_within(60)
        bench.run(50)
        assert bench.faults == [code.SAFETY_EMERGENCY_STOP]


def a_released_emergency_stop_waits_for_permission_to_be_withdrawn_and_given_anew(sparse: bool) -> None:
    bench = charging_with(sparse, CHAIN_FEEDBACK)
    set_chain(bench, False)
    bench.run(1_000)
    bench.wish(False, 0)
    bench.wish(True, 160)
    bench.run(1_000)
    set_chain(bench, True)
    bench.run(60_000)
    assert bench.faults == [code.SAFETY_EMERGENCY_STOP], "what was said before the release is no acknowledgement"
    bench.wish(False, 0)
    bench.run(60_000)
    assert bench.faults == [code.SAFETY_EMERGENCY_STOP]

    bench.wish(True, 160)

    assert bench.faults == []
    bench.until(lambda: bench.closed, 40_000)


def a_released_emergency_stop_ends_with_the_plug(sparse: bool) -> None:
    bench = charging_with(sparse, CHAIN_FEEDBACK)
    set_chain(bench, False)
    bench.run(1_000)
    bench.show("A")
    bench.run(5_000)
    assert bench.faults == [code.SAFETY_EMERGENCY_STOP], "it is still pressed"

    set_chain(bench, True)
    bench.run(1_100)

    assert bench.faults == []


def an_emergency_stop_found_pressed_at_the_start_is_told(sparse: bool) -> None:
    bench = bench_with(sparse, CHAIN_FEEDBACK)
    bench.hal.chain = False
    bench.run(400)
    assert bench.faults == []

    bench.run(200)

    assert bench.faults == [code.SAFETY_EMERGENCY_STOP]


def a_chain_that_drops_for_a_moment_opens_without_a_fault(sparse: bool) -> None:
    bench = charging_with(sparse, CHAIN_FEEDBACK)
    set_chain(bench, False)
    bench.run(40)
    set_chain(bench, True)
    bench.opens_within(60)
    assert bench.faults == []

    assert bench.until(lambda: bench.closed, 6_000) >= 4_900


def a_chain_that_drops_again_and_again_for_a_moment_is_no_emergency_stop(sparse: bool) -> None:
    # As of a board that stands still now and then: the charge pump lets the chain down meanwhile.
    bench = bench_with(sparse, CHAIN_FEEDBACK)
    bench.run(2_000)
    for _ in range(4):
        set_chain(bench, False)
        bench.run(40)
        set_chain(bench, True)
        bench.run(100)

    assert bench.faults == []


def a_button_that_chatters_while_it_is_pressed_is_an_emergency_stop(sparse: bool) -> None:
    bench = charging_with(sparse, CHAIN_FEEDBACK)
    for _ in range(8):
        set_chain(bench, False)
        bench.run(10)
        set_chain(bench, True)
        bench.run(10)
    assert bench.faults == [code.SAFETY_EMERGENCY_STOP]


def a_button_that_chatters_while_it_is_released_is_pressed_until_it_is_quiet_for_a_second(sparse: bool) -> None:
    bench = charging_with(sparse, CHAIN_FEEDBACK)
    set_chain(bench, False)
    bench.run(200)
    bench.show("A")
    for _ in range(4):
        set_chain(bench, True)
        bench.run(900)
        set_chain(bench, False)
        bench.run(10)
    set_chain(bench, True)
    bench.run(900)
    assert bench.faults == [code.SAFETY_EMERGENCY_STOP]

    bench.run(200)

    assert bench.faults == []


def a_chain_that_stays_up_though_the_residual_current_module_tripped_opens_and_needs_service(sparse: bool) -> None:
    bench = charging_with(sparse, CHAIN_FEEDBACK | RESIDUAL_CURRENT)
    bench.residual.is_in_chain = False
    bench.residual.trip(RESIDUAL_DC)
    bench.touch()

    bench.opens_within(LIMIT_MS)
    bench.run(60)
    assert code.CHAIN_MISMATCH in bench.faults
    bench.residual.release()
    bench.show("A")
    bench.run(60_000)

    assert code.CHAIN_MISMATCH in bench.faults


def a_chain_that_the_residual_current_module_dropped_is_no_emergency_stop(sparse: bool) -> None:
    bench = charging_with(sparse, CHAIN_FEEDBACK | RESIDUAL_CURRENT)
    bench.residual.trip(RESIDUAL_DC)
    bench.touch()
    bench.opens_within(60)
    bench.run(20_000)
    bench.show("A")
    bench.run(30_000)

    assert code.SAFETY_EMERGENCY_STOP not in bench.faults
    assert code.CHAIN_MISMATCH not in bench.faults


def a_chain_that_stays_down_after_the_latch_was_reset_is_an_emergency_stop(sparse: bool) -> None:
    bench = charging_with(sparse, CHAIN_FEEDBACK | RESIDUAL_CURRENT)
    bench.residual.trip(RESIDUAL_DC)
    bench.residual.emergency_stop = True
    bench.touch()
    bench.run(2_000)
    bench.show("A")
    bench.run(60_000)

    assert code.SAFETY_EMERGENCY_STOP in bench.faults


def a_chain_that_drops_with_the_supply_is_no_emergency_stop(sparse: bool) -> None:
    bench = charging_with(sparse, CHAIN_FEEDBACK)
    bench.hal.pins.supply_mv = 8_000
    set_chain(bench, False)
    bench.run(1_000)

    assert bench.faults == [code.MCU_BROWNOUT]


def an_emergency_stop_pressed_again_needs_a_new_acknowledgement(sparse: bool) -> None:
    bench = charging_with(sparse, CHAIN_FEEDBACK)
    set_chain(bench, False)
    bench.run(1_000)
    set_chain(bench, True)
    bench.run(1_500)
    bench.wish(False, 0)
    set_chain(bench, False)
    bench.run(1_000)
    bench.wish(True, 160)
    set_chain(bench, True)
    bench.run(10_000)

    assert bench.faults == [code.SAFETY_EMERGENCY_STOP]


def a_self_test_that_the_chain_does_not_follow_is_told_by_the_self_test_alone(sparse: bool) -> None:
    bench = bench_with(sparse, CHAIN_FEEDBACK | RESIDUAL_CURRENT)
    bench.residual.is_in_chain = False
    bench.run(20_000)

    assert bench.faults == [code.RCD_SELFTEST_FAILED]


def a_restart_in_the_middle_of_the_self_test_is_no_emergency_stop(sparse: bool) -> None:
    # Between the trip and the pulse to the latch; the output is quiet again when the module's lines count.
    for moment in range(2_450, 3_400, 300):
        bench = bench_with(sparse, CHAIN_FEEDBACK | RESIDUAL_CURRENT)
        bench.run(moment)
        assert not bench.hal.chain
        starts_again(bench)
        told = []
        for _ in range(100):
            bench.run(100)
            told += bench.faults

        assert told == []
        assert bench.hal.chain


def an_emergency_stop_found_pressed_beside_a_residual_current_module_is_told_after_one_pulse(sparse: bool) -> None:
    bench = bench_with(sparse, CHAIN_FEEDBACK | RESIDUAL_CURRENT)
    bench.residual.emergency_stop = True
    bench.touch()
    bench.run(2_000)
    assert bench.faults == [] and bench.hal.residual_resets == 1

    bench.run(200)

    assert bench.faults == [code.SAFETY_EMERGENCY_STOP]
    assert bench.hal.residual_resets == 1


def an_emergency_stop_pressed_after_the_start_saw_the_chain_up_is_told_at_once(sparse: bool) -> None:
    bench = bench_with(sparse, CHAIN_FEEDBACK | RESIDUAL_CURRENT)
    bench.run(1_100)
    bench.residual.emergency_stop = True
    bench.touch()

    bench.run(100)

    assert bench.faults == [code.SAFETY_EMERGENCY_STOP]


def an_emergency_stop_found_pressed_is_told_though_no_contact_is_seen_open(sparse: bool) -> None:
    bench = bench_with(sparse, CHAIN_FEEDBACK | RESIDUAL_CURRENT)
    bench.hal.follows_coil = False
    bench.hal.main_closed = True
    bench.residual.emergency_stop = True
    bench.touch()
    bench.run(1_200)

    assert code.SAFETY_EMERGENCY_STOP in bench.faults
    assert bench.hal.residual_resets == 0
