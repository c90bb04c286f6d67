"""What the board must do, case by case, when something is wrong with car, pilot, contactor or board.

Plain functions, so that MicroPython runs them as well. A function's name is the sentence it proves; its argument says
whether the bench polls when due or every 5 ms. Times are those of the pilot reference, section 5, and the safety
reference, sections 2, 3 and 9.
"""

import fault_codes as code
from bench import LIMIT_MS, WINDOW_MS, Bench, charging
from hal import X1


def a_short_of_the_pilot_opens_within_200_ms_and_needs_an_unplugging(sparse: bool) -> None:
    bench = charging(sparse)
    bench.level(0, 0)
    bench.opens_within(200)
    assert bench.faults == [code.CP_SHORT]

    bench.show("C")
    bench.run(60_000)
    assert not bench.closed
    bench.show("A")
    bench.run(2_100)

    assert bench.faults == []


def a_diode_lost_under_load_opens_within_200_ms(sparse: bool) -> None:
    bench = charging(sparse)
    bench.level(5_620, -5_620)

    bench.opens_within(200)

    assert bench.faults == [code.CP_DIODE]
    assert bench.hal.mode == X1


def a_car_without_a_diode_is_never_served(sparse: bool) -> None:
    bench = Bench(sparse)
    bench.level(8_790, -8_790)
    bench.wish(True, 160)
    bench.run(8_000)
    bench.level(5_620, -5_620)
    bench.run(20_000)

    assert not bench.closed
    assert bench.faults == [code.CP_DIODE]


def a_diode_lost_just_before_closing_is_waited_for(sparse: bool) -> None:
    bench = charging(sparse)
    bench.show("B")
    bench.run(8_000)
    bench.show("C")
    bench.run(490)
    bench.show("C", low_mv=-9_000)
    bench.run(10)
    assert not bench.closed
    assert bench.waits_for == "diode"

    bench.show("C")

    assert bench.until(lambda: bench.closed, 20) <= 10


def a_car_that_needs_ventilation_opens_within_200_ms(sparse: bool) -> None:
    bench = charging(sparse)
    bench.show("D")

    bench.opens_within(200)

    assert bench.faults == [code.CP_VENT_REQUIRED]


def a_car_that_needs_ventilation_is_served_where_there_is_some(sparse: bool) -> None:
    bench = Bench(sparse, ventilation=True)
    bench.show("B")
    bench.wish(True, 160)
    bench.run(8_000)
    bench.show("D")

    bench.until(lambda: bench.closed, 2_000)

    assert bench.faults == []


def a_level_between_two_states_opens_within_1200_ms(sparse: bool) -> None:
    bench = charging(sparse)
    bench.level(7_500)

    assert bench.opens_within(1_200) >= 1_000
    assert bench.faults == [code.CP_RANGE]


def after_a_fault_that_opened_the_contacts_stay_open_for_half_a_minute(sparse: bool) -> None:
    bench = charging(sparse)
    bench.level(7_500)
    bench.opens_within(1_200)
    bench.show("C")

    waited_ms = bench.until(lambda: bench.closed, 40_000)

    assert waited_ms >= 30_000
    assert bench.faults == []


def a_leak_is_told_and_does_not_stop_the_charge(sparse: bool) -> None:
    bench = charging(sparse)
    bench.level(5_730, -10_910)
    bench.run(5_000)

    assert bench.closed
    assert bench.faults == [code.CP_LEAK]


def a_converter_that_stands_still_opens_within_100_ms(sparse: bool) -> None:
    bench = charging(sparse)
    bench.hal.frozen = True
    bench.show("C")

    bench.opens_within(LIMIT_MS)

    assert bench.faults == [code.CP_ADC]


def a_converter_without_samples_opens_within_100_ms(sparse: bool) -> None:
    bench = charging(sparse)
    bench.hal.samples_high = 0
    bench.show("C")

    bench.opens_within(LIMIT_MS)

    assert bench.faults == [code.CP_ADC]


def a_broken_chain_opens_at_once_and_charging_returns_with_it(sparse: bool) -> None:
    bench = charging(sparse)
    bench.hal.chain = False
    bench.show("C")
    bench.run(2 * WINDOW_MS)
    assert not bench.closed
    bench.run(8_000)
    assert bench.waits_for == "chain"

    bench.hal.chain = True
    bench.show("C")

    bench.until(lambda: bench.closed, 1_000)


def a_welded_contactor_is_judged_after_a_second_and_never_closed_again(sparse: bool) -> None:
    bench = charging(sparse)
    bench.hal.follows_coil = False
    bench.show("B")
    bench.until(lambda: not bench.closed, LIMIT_MS)
    bench.run(980)
    assert bench.faults == []
    bench.run(40)
    assert bench.faults == [code.CONTACTOR_WELDED]

    bench.show("A")
    bench.run(5_000)
    bench.hal.follows_coil = True
    bench.show("B")
    bench.run(40_000)
    bench.show("C")
    bench.run(5_000)

    assert bench.faults == [code.CONTACTOR_WELDED], "only a restart, or later a service person, clears this"
    assert not bench.closed


def contacts_found_closed_at_the_start_are_a_weld(sparse: bool) -> None:
    bench = Bench(sparse)
    bench.hal.follows_coil = False
    bench.hal.main_closed = True
    bench.show("C")
    bench.wish(True, 160)
    bench.run(20_000)

    assert not bench.closed
    assert bench.faults == [code.CONTACTOR_WELDED]


def contacts_that_report_closed_just_before_closing_are_waited_for(sparse: bool) -> None:
    bench = charging(sparse)
    bench.show("B")
    bench.run(8_000)
    bench.show("C")
    bench.run(300)
    bench.hal.follows_coil = False
    bench.hal.main_closed = True
    bench.run(600)

    assert bench.pwm
    assert not bench.closed
    assert bench.waits_for == "mirror"


def a_contactor_that_does_not_close_is_released_within_300_ms(sparse: bool) -> None:
    bench = Bench(sparse)
    bench.hal.follows_coil = False
    bench.show("B")
    bench.wish(True, 160)
    bench.run(8_000)
    bench.show("C")
    bench.until(lambda: bench.closed, 2_000)

    assert bench.until(lambda: not bench.closed, 300) >= 240
    assert bench.faults == [code.CONTACTOR_NO_CLOSE]


def a_contactor_that_opens_by_itself_is_not_left_energised(sparse: bool) -> None:
    bench = charging(sparse)
    bench.hal.follows_coil = False
    bench.hal.main_closed = False
    bench.show("C")

    assert 50 <= bench.until(lambda: not bench.closed, LIMIT_MS) <= 55
    assert bench.faults == [code.CONTACTOR_OPENED_ALONE]


def a_car_that_cannot_make_up_its_mind_is_left_alone_for_a_minute(sparse: bool) -> None:
    bench = charging(sparse)
    for _ in range(6):
        bench.show("B")
        bench.run(700)
        bench.show("C")
        bench.run(1_000)

    assert bench.faults == [code.CP_UNSTABLE]
    assert not bench.pwm


def after_an_opening_the_contacts_stay_open_for_five_seconds(sparse: bool) -> None:
    bench = charging(sparse)
    bench.show("B")
    bench.until(lambda: not bench.closed, LIMIT_MS)
    bench.show("C")

    waited_ms = bench.until(lambda: bench.closed, 5_100)

    assert waited_ms >= 4_990
    assert bench.waits_for == "nothing"


def an_eleventh_closing_within_ten_minutes_has_to_wait(sparse: bool) -> None:
    bench = charging(sparse)
    first_at = bench.hal.now
    while bench.board.interlock.situation.contactor.closings < 10:
        bench.show("B")
        bench.run(15_000)
        bench.show("C")
        bench.until(lambda: bench.closed, 6_000)
        bench.run(500)
        bench.messages()
    bench.show("B")
    bench.run(15_000)
    bench.show("C")
    bench.run(6_000)
    assert bench.waits_for == "rate"
    while bench.hal.now < first_at + 598_000:
        bench.run(min(10_000, first_at + 598_000 - bench.hal.now))
        bench.messages()
    assert not bench.closed

    bench.until(lambda: bench.closed, 2_000)


def a_reset_by_the_watchdog_is_told_and_nothing_closes_meanwhile(sparse: bool) -> None:
    bench = Bench(sparse, reset_cause="watchdog")
    bench.show("C")
    bench.wish(True, 160)
    bench.run(100)
    assert bench.faults == [code.MCU_WATCHDOG_RESET]

    waited_ms = bench.until(lambda: bench.closed, 20_000)

    assert waited_ms >= 5_000
    assert bench.faults == []


def a_host_that_lowers_its_offer_with_every_breath_hides_no_lost_diode(sparse: bool) -> None:
    bench = charging(sparse)
    bench.wish(True, 320)
    bench.run(6_000)
    bench.level(5_620, -5_620)
    start = bench.hal.now
    offer_da = 320
    while bench.hal.main_closed:
        offer_da = max(60, offer_da - 1)
        bench.wish(True, offer_da)
        bench.run(5)
        assert bench.hal.now - start <= 200


def a_low_phase_that_is_not_found_is_a_converter_that_is_silent(sparse: bool) -> None:
    bench = charging(sparse)
    bench.hal.finds_low_phase = False
    bench.touch()

    bench.opens_within(LIMIT_MS)

    assert bench.faults == [code.CP_ADC]
