"""What the board must do about its contactor, seen by mirror contact, load side and supply (safety reference, 5).

Plain functions, so that MicroPython runs them as well; the names are the sentences they prove. Times are from the pin
to the open main contacts.
"""

import fault_codes as code
from bench import LIMIT_MS, Bench
from contactor import STATE_NO_CLOSE, STATE_UNKNOWN, STATE_WELDED
from fake_contactor import FakeContactor, fitted
from kind import LOAD_SENSE, METERING, STORAGE, Kind

SENSED = LOAD_SENSE | METERING | STORAGE
L1, L2, L3 = 1, 2, 4
ALL = 7
LIVE = 17
DEAD_MAINS = (0, 0, 0)
MAINS = (230_000, 230_000, 230_000)
VERDICTS = (
    code.CONTACTOR_WELDED, code.CONTACTOR_NO_CLOSE, code.CONTACTOR_MISMATCH, code.CONTACTOR_OPENED_ALONE,
    code.OUTPUT_LIVE,
)  # fmt: skip


def fit(sparse: bool, has: int = SENSED) -> "tuple[Bench, FakeContactor]":
    bench = Bench(sparse, kind=Kind(has=has))
    return bench, fitted(bench)


def charging(sparse: bool, has: int = SENSED) -> "tuple[Bench, FakeContactor]":
    """Closed contacts, every verdict about the closing given."""
    bench, contactor = fit(sparse, has)
    bench.charge()
    bench.run(1_000)
    assert bench.faults == []
    assert bench.hal.main_closed
    return bench, contactor


def stop(bench: Bench) -> None:
    """The car opens its switch; returns with the coil off."""
    bench.show("B")
    bench.until(lambda: not bench.closed, LIMIT_MS)


def unplug(bench: Bench) -> None:
    bench.show("A")
    bench.run(2_100)


def ask(bench: Bench, after_ms: int = 10_000) -> None:
    """A car that asks, in front of a board without an obstacle."""
    bench.show("B")
    bench.wish(True, 160)
    # Half a minute after a fault that opened, otherwise five seconds for the off-time.
    for _ in range(after_ms // 5_000):
        bench.run(5_000)
        # What the board said meanwhile would fill MicroPython's memory.
        bench.hal.from_board = bytearray()
    bench.show("C")
    bench.until(lambda: bench.closed, 1_000)


def verdicts(bench: Bench) -> "list[int]":
    """What is said of the contactor; the supply has a guard of its own."""
    return [fault for fault in bench.faults if fault in VERDICTS]


def live_of(bench: Bench) -> int:
    return bench.board.interlock.situation.live


def mains(bench: Bench, voltage_mv: "tuple[int, int, int]") -> None:
    bench.hal.pins.voltage_mv = voltage_mv
    bench.touch()


# --- a healthy contactor


def a_healthy_contactor_with_bounce_and_a_car_full_of_capacitors_is_no_fault(sparse: bool) -> None:
    bench, contactor = fit(sparse)
    contactor.bounces = 3
    contactor.holds_up_ms = 480
    for _ in range(10):
        ask(bench)
        bench.run(3_000)
        assert live_of(bench) == ALL
        unplug(bench)
        bench.run(3_000)
        assert live_of(bench) == 0
        assert bench.faults == []


def an_outage_while_charging_contradicts_nothing_and_returns_as_it_went(sparse: bool) -> None:
    bench, _ = charging(sparse)
    for voltage_mv in (DEAD_MAINS, MAINS, (230_000, 20_000, 230_000), MAINS):
        for lasts_ms in (90, 400, 3_000):
            mains(bench, voltage_mv)
            bench.run(lasts_ms)
            assert verdicts(bench) == []


def an_outage_without_metering_contradicts_nothing_either(sparse: bool) -> None:
    bench, _ = charging(sparse, LOAD_SENSE)
    mains(bench, DEAD_MAINS)
    bench.run(3_000)
    mains(bench, MAINS)
    bench.run(3_000)

    assert bench.faults == []
    assert bench.closed


def a_first_closing_waits_until_the_contacts_were_seen_open_for_100_ms(sparse: bool) -> None:
    bench, contactor = fit(sparse)
    bench.show("B")
    bench.wish(True, 160)
    bench.run(8_000)
    bench.show("C")
    bench.run(440)
    contactor.fed_back = L2
    bench.touch()
    bench.run(40)
    contactor.fed_back = 0
    bench.touch()
    bench.run(40)
    assert bench.waits_for == "open_check"

    # The last edges leave the count 30 ms after the last pulse; then come 100 ms without any.
    assert 80 <= bench.until(lambda: bench.closed, 1_000) <= 100
    assert bench.faults == []


# --- P4, weld


def a_weld_of_all_poles_is_judged_a_second_after_the_opening(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    contactor.welds = ALL
    stop(bench)
    bench.run(990)
    assert bench.faults == []
    bench.run(15)

    assert bench.faults == [code.CONTACTOR_WELDED]
    assert bench.board.interlock.faults.evidence[code.CONTACTOR_WELDED] == {LIVE: ALL}
    assert bench.board.interlock.situation.contactor.state() == STATE_WELDED


def a_weld_of_one_pole_under_a_mirror_that_does_not_see_it_is_judged_by_the_load_side(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    contactor.mirror_sees_welds = False
    contactor.welds = L2
    stop(bench)
    bench.run(990)
    assert bench.faults == []
    bench.run(15)

    assert bench.faults == [code.CONTACTOR_WELDED]
    assert bench.board.interlock.faults.evidence[code.CONTACTOR_WELDED] == {LIVE: L2}


def a_weld_is_never_closed_again_and_stays_told_once_it_has_come_free(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    contactor.welds = L1
    stop(bench)
    bench.run(2_000)
    contactor.welds = 0
    contactor.closed = 0
    bench.touch()
    unplug(bench)
    bench.show("B")
    bench.run(40_000)
    bench.show("C")
    bench.run(5_000)

    assert not bench.closed
    assert bench.faults == [code.CONTACTOR_WELDED]


def a_weld_found_after_an_unplugging_is_told_once(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    contactor.welds = ALL
    bench.show("A")
    bench.until(lambda: not bench.closed, LIMIT_MS)
    bench.run(5_000)

    assert bench.faults == [code.CONTACTOR_WELDED]


def a_mirror_that_does_not_come_back_is_a_weld_also_with_a_dead_load_side(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    contactor.mirror_stays = False
    stop(bench)
    bench.run(990)
    assert bench.faults == []
    bench.run(15)

    assert bench.faults == [code.CONTACTOR_WELDED]


def a_sticky_contactor_that_opens_within_the_second_is_no_weld(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    contactor.open_main_ms = 850
    contactor.open_mirror_ms = 855
    stop(bench)
    bench.run(10_000)

    assert bench.faults == []


def a_weld_that_the_breaker_has_hidden_is_found_when_the_mains_return(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    contactor.mirror_sees_welds = False
    contactor.welds = L1
    mains(bench, DEAD_MAINS)
    bench.run(500)
    stop(bench)
    bench.run(3_000)
    assert verdicts(bench) == []

    mains(bench, MAINS)
    bench.run(300)

    assert verdicts(bench) == [code.CONTACTOR_MISMATCH]
    assert not bench.closed


# --- P5, does not close


def a_contactor_that_does_not_move_is_released_within_300_ms(sparse: bool) -> None:
    bench, contactor = fit(sparse)
    contactor.dead = True
    ask(bench)

    assert bench.until(lambda: not bench.closed, 300) >= 240
    assert bench.faults == [code.CONTACTOR_NO_CLOSE]
    assert bench.board.interlock.situation.contactor.state() == STATE_NO_CLOSE


def a_pole_that_makes_no_contact_is_released_within_300_ms(sparse: bool) -> None:
    bench, contactor = fit(sparse)
    contactor.lost = L3
    ask(bench)

    assert bench.until(lambda: not bench.closed, 300) >= 240
    assert bench.opens_within(50) <= 50
    assert bench.faults == [code.CONTACTOR_NO_CLOSE]


def a_pole_whose_mains_have_just_gone_is_not_expected_to_be_live(sparse: bool) -> None:
    bench, _ = fit(sparse)
    ask(bench)
    mains(bench, (230_000, 0, 230_000))
    # Half a second without voltage is too long for the supply's own guard.
    bench.run(450)

    assert verdicts(bench) == []
    assert bench.closed


def a_closing_onto_dead_mains_without_metering_did_not_close(sparse: bool) -> None:
    bench, _ = fit(sparse, LOAD_SENSE)
    bench.hal.pins.voltage_mv = DEAD_MAINS
    ask(bench)
    bench.until(lambda: not bench.closed, 300)

    assert bench.faults == [code.CONTACTOR_NO_CLOSE]


def a_contactor_that_did_not_close_may_try_again_after_an_unplugging_until_the_third_time(sparse: bool) -> None:
    bench, contactor = fit(sparse)
    contactor.dead = True
    for _ in range(2):
        ask(bench, 35_000)
        bench.run(2_000)
        assert bench.faults == [code.CONTACTOR_NO_CLOSE]
        unplug(bench)
        assert bench.faults == []
    ask(bench, 35_000)
    bench.run(2_000)
    unplug(bench)

    assert bench.faults == [code.CONTACTOR_NO_CLOSE], "the third within a day needs a service person"


# --- P6, live output


def an_output_that_is_live_in_state_a_is_told_after_100_ms_and_never_closed(sparse: bool) -> None:
    bench, contactor = fit(sparse)
    bench.run(2_000)
    contactor.fed_back = L1
    bench.touch()
    # The fourth edge within 30 ms comes after 20 ms.
    bench.run(110)
    assert bench.faults == []
    bench.run(15)
    assert bench.faults == [code.OUTPUT_LIVE]
    bench.show("C")
    bench.wish(True, 160)
    bench.run(40_000)

    assert not bench.closed
    assert bench.faults == [code.OUTPUT_LIVE]


def an_output_that_is_live_before_the_first_closing_is_told(sparse: bool) -> None:
    bench, contactor = fit(sparse)
    bench.show("B")
    bench.run(2_000)
    contactor.fed_back = ALL
    bench.touch()
    bench.run(400)

    assert bench.faults == [code.OUTPUT_LIVE]


def an_output_found_live_at_the_start_is_told_once_capacitors_could_be_empty(sparse: bool) -> None:
    bench, contactor = fit(sparse)
    contactor.fed_back = L2
    bench.touch()
    bench.run(590)
    assert bench.faults == []
    bench.run(20)

    assert bench.faults == [code.OUTPUT_LIVE]


# --- mismatch, opened alone, slow


def a_pole_lost_under_load_contradicts_the_mirror_after_250_ms(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    contactor.closed = L1 | L2
    bench.touch()
    # Below four edges after 10 ms and one step more.
    bench.run(250)
    assert bench.hal.main_closed
    bench.run(30)

    assert not bench.closed
    assert bench.faults == [code.CONTACTOR_MISMATCH]


def a_load_side_that_comes_alive_between_two_charges_contradicts_the_mirror(sparse: bool) -> None:
    bench, contactor = charging(sparse)
    stop(bench)
    bench.run(4_000)
    contactor.fed_back = L1
    bench.touch()
    bench.run(260)
    assert bench.faults == []
    bench.run(20)

    assert bench.faults == [code.CONTACTOR_MISMATCH]
    assert bench.board.interlock.situation.contactor.state() == STATE_UNKNOWN


def a_mirror_that_falls_at_rest_while_the_load_side_is_dead_is_a_contradiction_and_no_weld(sparse: bool) -> None:
    bench, contactor = fit(sparse)
    bench.run(2_000)
    contactor.mirror_stays = False
    bench.touch()
    bench.run(245)
    assert bench.faults == []
    bench.run(3_000)

    assert bench.faults == [code.CONTACTOR_MISMATCH]


def a_contactor_that_is_slow_eight_times_is_told_and_goes_on(sparse: bool) -> None:
    bench, contactor = fit(sparse)
    contactor.open_main_ms = 48
    contactor.open_mirror_ms = 51
    for _ in range(8):
        assert bench.faults == []
        ask(bench)
        bench.run(1_000)
        unplug(bench)
    assert bench.faults == [code.CONTACTOR_SLOW]

    contactor.open_main_ms = 22
    contactor.open_mirror_ms = 25
    for _ in range(2):
        ask(bench)
        bench.run(1_000)
        unplug(bench)
    bench.run(10_000)

    assert bench.faults == []
