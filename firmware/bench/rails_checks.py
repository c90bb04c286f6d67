"""What a board must do about its supply, its rails and its generator (safety reference, P28; pilot reference, 2).

Plain functions, so that MicroPython runs them as well. A function's name is the sentence it proves; its argument says
whether the bench polls when due or every 5 ms.
"""

import fault_codes as code
from bench import LIMIT_MS, Bench
from kind import CHAIN_FEEDBACK, RAILS, Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def bench_with(sparse: bool, has: int) -> Bench:
    return Bench(sparse, kind=Kind(has=has))


def charging_with(sparse: bool, has: int) -> Bench:
    """Closed contacts, and long enough for every count and blanking to be over."""
    bench = bench_with(sparse, has)
    bench.charge()
    bench.run(5_000)
    assert bench.faults == []
    return bench


def change(bench: Bench, name: str, value: "Any") -> None:
    """Another reading of this name."""
    setattr(bench.hal.pins, name, value)
    bench.touch()


# --- rails and supply


def a_rail_outside_of_11_to_13_volts_opens_within_100_ms_and_needs_service(sparse: bool) -> None:
    for name, wrong_mv in (("plus_mv", 10_999), ("plus_mv", 13_001), ("minus_mv", -10_999), ("minus_mv", -13_001)):
        bench = charging_with(sparse, RAILS)
        right_mv = getattr(bench.hal.pins, name)
        change(bench, name, wrong_mv)

        # 20 ms of it, one look, and the contacts' way.
        assert 20 <= bench.opens_within(20 + 5 + bench.hal.open_ms + 5) <= LIMIT_MS
        assert bench.faults == [code.POWER_RAIL]
        change(bench, name, right_mv)
        bench.show("A")
        bench.run(60_000)
        assert bench.faults == [code.POWER_RAIL]


def a_rail_at_its_bound_is_good(sparse: bool) -> None:
    bench = charging_with(sparse, RAILS)
    for plus_mv, minus_mv in ((11_000, -13_000), (13_000, -11_000)):
        change(bench, "plus_mv", plus_mv)
        change(bench, "minus_mv", minus_mv)
        bench.run(1_000)

    assert bench.closed
    assert bench.faults == []


def a_rail_that_dips_for_less_than_20_ms_is_forgiven(sparse: bool) -> None:
    bench = charging_with(sparse, RAILS)
    change(bench, "plus_mv", 10_000)
    bench.run(15)
    change(bench, "plus_mv", 12_000)
    bench.run(1_000)

    assert bench.closed
    assert bench.faults == []


def a_rail_that_flickers_opens_as_well(sparse: bool) -> None:
    bench = charging_with(sparse, RAILS)
    start = bench.hal.now
    while bench.hal.main_closed:
        change(bench, "minus_mv", -9_000)
        bench.run(10)
        change(bench, "minus_mv", -12_000)
        bench.run(10)
        assert bench.hal.now - start <= LIMIT_MS


def a_supply_below_9_volts_opens_within_50_ms_and_comes_back_after_five_seconds(sparse: bool) -> None:
    bench = charging_with(sparse, RAILS)
    change(bench, "supply_mv", 8_999)

    bench.opens_within(50)
    assert bench.faults == [code.MCU_BROWNOUT]
    change(bench, "supply_mv", 12_000)
    bench.run(4_900)
    assert bench.faults == [code.MCU_BROWNOUT]
    bench.run(200)

    assert bench.faults == []


def a_rail_that_sags_with_its_supply_is_no_broken_rail(sparse: bool) -> None:
    bench = charging_with(sparse, RAILS)
    bench.hal.pins.supply_mv = 10_500
    change(bench, "plus_mv", 10_000)

    bench.opens_within(50)
    bench.run(1_000)
    change(bench, "supply_mv", 2_000)
    bench.run(1_000)

    assert bench.faults == [code.MCU_BROWNOUT]


def a_supply_that_only_sags_changes_nothing(sparse: bool) -> None:
    bench = charging_with(sparse, RAILS)
    change(bench, "supply_mv", 10_500)
    bench.run(10_000)

    assert bench.closed
    assert bench.faults == []


# --- generator


def an_open_circuit_level_outside_of_its_bounds_is_found_without_a_car(sparse: bool) -> None:
    for wrong_mv in (11_399, 12_601):
        bench = bench_with(sparse, RAILS)
        bench.level(wrong_mv)
        bench.run(3_000)

        assert bench.faults == [code.CP_GENERATOR]


def an_open_circuit_level_at_its_bounds_is_good(sparse: bool) -> None:
    for right_mv in (11_400, 12_600):
        bench = bench_with(sparse, RAILS)
        bench.level(right_mv)
        bench.run(10_000)

        assert bench.faults == []


def a_level_disturbed_by_the_mains_is_no_broken_generator(sparse: bool) -> None:
    bench = bench_with(sparse, RAILS)
    for _ in range(250):
        bench.level(12_900)
        bench.run(10)
        bench.level(12_300)
        bench.run(10)

    assert bench.faults == []


def a_level_that_the_rails_explain_is_told_as_theirs(sparse: bool) -> None:
    bench = bench_with(sparse, RAILS)
    bench.hal.pins.plus_mv = 10_900
    bench.level(10_900)
    bench.run(10_000)

    assert bench.faults == [code.POWER_RAIL]


def a_frequency_outside_of_its_bounds_opens(sparse: bool) -> None:
    for wrong_mhz in (979_999, 1_020_001):
        bench = charging_with(sparse, RAILS)
        bench.generator.frequency_mhz = wrong_mhz

        # Up to a second until the count ends, then another count must agree.
        bench.opens_within(2_200)

        assert bench.faults == [code.CP_GENERATOR]


def a_frequency_at_its_bounds_is_good(sparse: bool) -> None:
    for right_mhz in (980_000, 1_020_000):
        bench = charging_with(sparse, RAILS)
        bench.generator.frequency_mhz = right_mhz
        bench.run(10_000)

        assert bench.closed
        assert bench.faults == []


def a_duty_that_is_off_by_more_than_half_a_percent_opens(sparse: bool) -> None:
    for error in (-51, 51):
        bench = charging_with(sparse, RAILS)
        bench.generator.duty_error = error

        bench.opens_within(2_200)

        assert bench.faults == [code.CP_GENERATOR]


def a_duty_that_is_off_by_half_a_percent_is_good(sparse: bool) -> None:
    bench = charging_with(sparse, RAILS)
    for error in (-50, 50):
        bench.generator.duty_error = error
        bench.run(5_000)

    assert bench.closed
    assert bench.faults == []


def a_wrong_duty_is_found_though_the_offer_never_rests(sparse: bool) -> None:
    bench = charging_with(sparse, RAILS)
    bench.generator.duty_error = 3_000
    start = bench.hal.now
    offer_da = 160
    while bench.hal.main_closed:
        assert bench.hal.now - start < 4_200, "a wrong duty is not found"
        offer_da -= 1
        bench.wish(True, offer_da)
        bench.run(1_900)

    assert bench.faults == [code.CP_GENERATOR]


def a_wrong_frequency_is_found_though_the_offer_never_rests(sparse: bool) -> None:
    bench = charging_with(sparse, RAILS)
    bench.generator.frequency_mhz = 1_030_000
    for offer_da in (150, 140, 130, 120, 110):
        bench.wish(True, offer_da)
        bench.run(500)

    assert not bench.hal.main_closed
    assert bench.faults == [code.CP_GENERATOR]


def an_offer_that_never_rests_is_no_wrong_duty(sparse: bool) -> None:
    bench = charging_with(sparse, RAILS)
    for turn in range(40):
        bench.wish(True, (160, 80, 120, 60)[turn % 4])
        bench.run(300 + 170 * turn % 1_900)
        assert bench.faults == []

    assert bench.closed


def after_a_change_only_the_new_duty_counts(sparse: bool) -> None:
    bench = charging_with(sparse, RAILS)
    bench.wish(True, 100)
    bench.run(1_000)
    # What is made now is the duty of 16 A: right before the change, and wrong 2.1 s after it and two counts more.
    bench.generator.duty_error = 1_000

    bench.opens_within(4_300)

    assert bench.faults == [code.CP_GENERATOR]


def a_changed_offer_is_not_mistaken_for_a_wrong_duty(sparse: bool) -> None:
    bench = charging_with(sparse, RAILS)
    for offer_da in (320, 60, 160, 80):
        bench.wish(True, offer_da)
        bench.run(5_700)
        assert bench.faults == []

    assert bench.closed


def a_count_over_a_changed_offer_does_not_hold_up_closing(sparse: bool) -> None:
    for phase in range(0, 1_000, 170):
        bench = bench_with(sparse, RAILS)
        bench.run(600)
        bench.show("B")
        bench.wish(True, 320)
        bench.run(8_000 + phase)
        bench.wish(True, 60)
        bench.run(600)
        bench.show("C")
        bench.run(600)

        assert bench.closed


def a_generator_that_is_not_counted_closes_nothing(sparse: bool) -> None:
    bench = bench_with(sparse, RAILS)
    bench.generator.counter_works = False
    bench.run(6_000)
    bench.show("B")
    bench.wish(True, 160)
    bench.until(lambda: bench.pwm, 5_000)
    bench.show("C")
    bench.run(1_100)
    assert bench.waits_for == "rails"
    bench.run(10_000)

    assert bench.board.interlock.situation.contactor.closings == 0
    assert bench.faults == [code.CP_GENERATOR]


def a_generator_whose_count_fails_under_load_opens(sparse: bool) -> None:
    bench = charging_with(sparse, RAILS)
    bench.generator.counter_works = False

    bench.opens_within(4_200)

    assert bench.faults == [code.CP_GENERATOR]


def a_generator_that_runs_on_in_x1_is_found(sparse: bool) -> None:
    bench = charging_with(sparse, RAILS)
    bench.generator.runs_on = True
    bench.wish(False, 0)
    bench.show("B")
    bench.run(5_000)

    assert bench.faults == [code.CP_GENERATOR]


def a_car_that_asks_at_the_start_of_an_offer_is_served_within_three_seconds(sparse: bool) -> None:
    bench = bench_with(sparse, RAILS | CHAIN_FEEDBACK)
    bench.show("C")
    bench.run(10_000)
    bench.wish(True, 160)

    assert bench.until(lambda: bench.closed, 3_000) >= 1_000
