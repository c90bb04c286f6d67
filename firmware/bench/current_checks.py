"""What the board must do about too much current, and what it counts of its contactor (safety reference, 3, 5 and 7).

Plain functions, so that MicroPython runs them as well; the names are the sentences they prove.
"""

import fault_codes as code
from bench import LIMIT_MS, Bench
from contactor_checks import ALL, DEAD_MAINS, MAINS, SENSED, ask, charging, fit, mains, stop, unplug, verdicts
from fake_contactor import FakeContactor
from kind import LOAD_SENSE, STORAGE
from operations import CLOSE_NO_LOAD, OPEN_AT_FAULT, OPEN_NO_LOAD, OPEN_UNDER_LOAD, Operations
from storage import sealed

CURRENTS = (code.CURRENT_OVER_SOFT, code.CURRENT_OVER_HARD, code.CURRENT_UNEXPECTED)
SHORT_MA = 200_000
"""Above six times 32 A."""


def said_of(bench: Bench) -> "list[int]":
    return [fault for fault in bench.faults if fault in CURRENTS]


def draws(bench: Bench, contactor: FakeContactor, load_ma: int) -> None:
    """What the car takes from now on."""
    contactor.load_ma = load_ma
    bench.touch()


def operations_of(bench: Bench) -> Operations:
    return bench.board.interlock.situation.operations


# --- P14, soft


def a_car_at_the_limit_of_its_tolerance_is_left_alone(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    draws(bench, contactor, 17_600)
    bench.run(60_000)

    assert bench.faults == []
    assert bench.closed


def a_car_that_draws_more_for_seven_seconds_gets_x1_and_is_cut_off_six_seconds_later(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    draws(bench, contactor, 17_601)
    bench.run(6_990)
    assert bench.faults == []
    bench.run(15)
    assert bench.faults == [code.CURRENT_OVER_SOFT]
    assert not bench.pwm

    assert bench.opens_within(6_050) >= 5_900


def a_car_that_draws_more_for_less_than_seven_seconds_is_left_alone(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    for _ in range(5):
        draws(bench, contactor, 19_000)
        bench.run(6_900)
        draws(bench, contactor, 16_000)
        bench.run(6_900)

    assert bench.faults == []


def a_car_that_swings_about_the_limit_of_its_tolerance_is_left_alone(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    for _ in range(1_000):
        for load_ma in (17_610, 17_590):
            draws(bench, contactor, load_ma)
            bench.run(20)

    assert bench.faults == []
    assert bench.closed


def a_car_that_draws_more_with_short_pauses_gets_x1_as_well(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    for _ in range(2):
        draws(bench, contactor, 39_000)
        bench.run(6_500)
        draws(bench, contactor, 15_000)
        bench.run(20)

    assert bench.faults == [code.CURRENT_OVER_SOFT]
    assert not bench.pwm


def a_car_after_a_greedy_one_has_its_own_seven_seconds(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    draws(bench, contactor, 20_000)
    bench.run(6_900)
    draws(bench, contactor, 0)
    unplug(bench)
    ask(bench)
    bench.run(500)
    draws(bench, contactor, 20_000)
    bench.run(6_900)

    assert bench.closed
    assert bench.faults == []


def a_car_has_six_seconds_to_follow_a_decrease_and_seven_more(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    draws(bench, contactor, 16_000)
    bench.run(1_000)
    bench.wish(True, 60)
    bench.run(12_980)
    assert bench.faults == []
    bench.run(40)

    assert bench.faults == [code.CURRENT_OVER_SOFT]


def a_host_that_changes_its_offer_for_ever_does_not_hide_a_greedy_car(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    draws(bench, contactor, 20_000)
    for offer_da in (150, 160, 150, 160, 150):
        bench.wish(True, offer_da)
        bench.run(2_500)

    assert bench.faults == [code.CURRENT_OVER_SOFT]


def a_car_that_was_too_greedy_may_come_again_until_the_third_time(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    for _ in range(3):
        draws(bench, contactor, 20_000)
        bench.until(lambda: not bench.closed, 14_000)
        assert bench.faults == [code.CURRENT_OVER_SOFT]
        draws(bench, contactor, 0)
        unplug(bench)
        if bench.faults:
            break
        ask(bench)
        bench.run(500)

    assert operations_of(bench).counts[CLOSE_NO_LOAD] == 3
    assert bench.faults == [code.CURRENT_OVER_SOFT], "the third within a day needs a service person"


# --- P15, hard


def a_current_above_the_rating_opens_after_a_second(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    draws(bench, contactor, 40_001)

    assert bench.opens_within(1_050) >= 1_000
    assert said_of(bench) == [code.CURRENT_OVER_HARD]
    draws(bench, contactor, 0)
    unplug(bench)
    assert bench.faults == []


def a_current_above_the_rating_for_less_than_a_second_is_left_alone(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    for _ in range(3):
        draws(bench, contactor, 100_000)
        bench.run(985)
        draws(bench, contactor, 16_000)
        bench.run(985)

    assert bench.closed
    assert bench.faults == []


def a_current_above_the_rating_with_short_pauses_opens_as_well(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    start = bench.hal.now
    while bench.hal.main_closed and bench.hal.now - start < 1_200:
        draws(bench, contactor, 100_000)
        bench.run(900)
        draws(bench, contactor, 15_000)
        bench.run(20)
    bench.run(LIMIT_MS)

    assert not bench.hal.main_closed
    assert said_of(bench) == [code.CURRENT_OVER_HARD]


# --- P16, short circuit


def a_short_circuit_is_left_to_the_breaker_for_100_ms_and_then_opens(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    draws(bench, contactor, SHORT_MA)

    assert bench.opens_within(130) >= 120
    assert said_of(bench) == [code.CURRENT_OVER_HARD]


def a_short_circuit_at_the_end_of_the_hard_second_is_held_all_the_same(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    draws(bench, contactor, 60_000)
    bench.run(960)
    draws(bench, contactor, SHORT_MA)

    assert bench.opens_within(130) >= 120


def a_short_circuit_that_the_breaker_has_cleared_still_opens_and_needs_open_contacts_under_mains(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    draws(bench, contactor, SHORT_MA)
    bench.run(10)
    draws(bench, contactor, 0)
    mains(bench, DEAD_MAINS)
    bench.opens_within(130)
    bench.show("A")
    bench.run(60_000)
    assert said_of(bench) == [code.CURRENT_OVER_HARD], "without mains nobody knows whether the contacts are open"

    mains(bench, MAINS)
    bench.run(990)
    assert said_of(bench) == [code.CURRENT_OVER_HARD]
    bench.run(20)
    assert said_of(bench) == []


def a_short_circuit_that_welded_a_pole_is_found_when_the_breaker_is_put_in_again(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    contactor.mirror_sees_welds = False
    contactor.welds = 1
    draws(bench, contactor, SHORT_MA)
    bench.run(10)
    draws(bench, contactor, 0)
    mains(bench, DEAD_MAINS)
    bench.run(3_000)
    unplug(bench)
    mains(bench, MAINS)
    bench.run(2_000)

    assert verdicts(bench) == [code.OUTPUT_LIVE]
    assert said_of(bench) == [code.CURRENT_OVER_HARD]


def an_unplugging_under_a_short_circuit_still_opens_within_100_ms(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    draws(bench, contactor, SHORT_MA)
    bench.show("A")

    bench.opens_within(LIMIT_MS)


# --- current where none may be


def a_current_through_an_open_contactor_is_told_after_a_second(sparse: bool) -> None:
    bench, _ = fit(sparse)
    bench.run(2_000)
    bench.hal.pins.current_ma = (0, 501, 0)
    bench.touch()
    bench.run(990)
    assert bench.faults == []
    bench.run(15)

    assert bench.faults == [code.CURRENT_UNEXPECTED]


def a_leak_of_half_an_ampere_through_an_open_contactor_is_none(sparse: bool) -> None:
    bench, _ = fit(sparse)
    bench.hal.pins.current_ma = (500, 500, 500)
    bench.touch()
    bench.run(10_000)

    assert bench.faults == []


# --- operations


def a_charge_that_the_car_ends_counts_as_no_load(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    draws(bench, contactor, 16_000)
    bench.run(1_000)
    draws(bench, contactor, 0)
    bench.run(500)
    stop(bench)
    bench.run(100)

    assert operations_of(bench).counts == [1, 1, 0, 0]


def an_unplugging_under_load_counts_as_that(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    draws(bench, contactor, 16_000)
    bench.show("A")
    bench.run(200)

    assert operations_of(bench).counts == [1, 0, 1, 0]


def a_board_that_does_not_know_the_current_asks_the_car(sparse: bool) -> None:
    bench, _ = charging(sparse, LOAD_SENSE)
    stop(bench)
    bench.show("C")
    bench.until(lambda: bench.closed, 10_000)
    bench.run(500)
    bench.show("A")
    bench.run(200)

    assert operations_of(bench).counts == [2, 1, 1, 0]


def an_opening_at_a_short_circuit_is_kept_at_once(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    draws(bench, contactor, SHORT_MA)
    bench.opens_within(130)

    assert operations_of(bench).counts == [1, 0, 0, 1]
    assert bench.hal.kept["operations"] == operations_of(bench).packed()


def an_operation_is_kept_two_seconds_after_the_opening_and_once_a_minute(sparse: bool) -> None:
    bench, _ = charging(sparse)
    stop(bench)
    bench.run(1_990)
    assert "operations" not in bench.hal.kept
    bench.run(15)
    first = bench.hal.kept["operations"]
    bench.show("C")
    bench.until(lambda: bench.closed, 10_000)
    stop(bench)
    bench.run(40_000)
    assert bench.hal.kept["operations"] == first
    bench.run(20_000)

    assert bench.hal.kept["operations"] == operations_of(bench).packed()
    assert operations_of(bench).counts == [2, 2, 0, 0]


def a_restart_goes_on_counting_and_damage_counts_from_nothing(sparse: bool) -> None:
    bench, _ = fit(sparse, SENSED)
    operations = operations_of(bench)
    operations.counts = [5, 4, 3, 2]
    kept = operations.packed()
    for content, counts in (
        (kept, [5, 4, 3, 2]), (b"", [0] * 4), (kept[:-1], [0] * 4), (kept + b"\x00", [0] * 4), (None, [0] * 4),
        (bytes([kept[0] ^ 1]) + kept[1:], [0] * 4), (sealed(b"\x01" + bytes(3)), [0] * 4), (sealed(bytes(17)), [0] * 4),
    ):  # fmt: skip
        fresh = Operations(bench.hal.kind)
        fresh.recall(content)
        assert fresh.counts == counts


def a_board_without_storage_writes_nothing(sparse: bool) -> None:
    bench, contactor = charging(sparse, SENSED & ~STORAGE)
    draws(bench, contactor, SHORT_MA)
    bench.run(70_000)

    assert bench.hal.kept == {}
    assert operations_of(bench).counts[OPEN_AT_FAULT] == 1
    assert operations_of(bench).counts[OPEN_NO_LOAD] + operations_of(bench).counts[OPEN_UNDER_LOAD] == 0
    assert contactor.welds & ALL == 0
