"""What a board with a socket-outlet must do about its lock (safety reference, P23 and P24; hardware reference, 8).

Plain functions, so that MicroPython runs them as well. A function's name is the sentence it proves; its argument says
whether the bench polls when due or every 5 ms.
"""

import fault_codes as code
from bench import Bench
from guard import LOCK_FAULT, LOCKED, MOVING, UNLOCKED
from hal import X1
from kind import LOAD_SENSE, SOCKET, Kind
from outputs import LOCK_COAST, LOCK_LOCK, LOCK_UNLOCK
from socket_checks import charging_socket, put, socket_bench, status

LOCK_STATUS = 20


def a_lock_is_left_alone_until_the_first_wish(sparse: bool) -> None:
    bench = socket_bench(sparse)
    bench.host_talks = False
    bench.show("B")
    bench.run(20_000)

    assert bench.lock.pulses == 0


def a_plug_is_locked_before_anything_closes(sparse: bool) -> None:
    bench = socket_bench(sparse)
    bench.locks = False
    bench.show("B")
    bench.wish(True, 160)
    bench.run(6_000)
    bench.show("C")
    bench.run(8_000)
    assert bench.waits_for == "lock"
    assert not bench.closed

    bench.locks = True
    bench.wish(True, 160)

    bench.until(lambda: bench.closed, 1_000)
    assert bench.lock.holds
    assert status(bench)[LOCK_STATUS] == LOCKED


def a_feedback_beside_its_bounds_is_no_lock(sparse: bool) -> None:
    for feedback, is_lock in ((540, True), (660, True), (539, False), (661, False)):
        bench = socket_bench(sparse)
        bench.lock.locked_code = feedback
        bench.show("B")
        bench.wish(True, 160)
        bench.run(8_000)
        bench.show("C")
        bench.run(2_000)

        assert bench.closed == is_lock


def a_lock_pulse_ends_with_the_feedback(sparse: bool) -> None:
    bench = socket_bench(sparse)
    bench.show("B")
    bench.run(2_000)
    bench.until(lambda: bench.hal.lock_drive == LOCK_COAST, 2_000)
    driven = [(at, drive) for at, output, drive, _ in bench.hal.history if output == "lock"]

    assert [drive for _, drive in driven] == [LOCK_LOCK, LOCK_COAST]
    assert 325 <= driven[1][0] - driven[0][0] <= 335


def a_jammed_lock_is_tried_three_times_and_told(sparse: bool) -> None:
    bench = socket_bench(sparse)
    bench.lock.is_jammed = True
    bench.show("B")
    bench.wish(True, 160)
    bench.run(10_000)

    driven = [(at, drive) for at, output, drive, _ in bench.hal.history if output == "lock"]
    spans = [driven[place + 1][0] - driven[place][0] for place in range(5)]
    assert [drive for _, drive in driven] == [LOCK_LOCK, LOCK_COAST] * 3
    assert [600 <= span <= 605 for span in spans[::2]] == [True] * 3, spans
    assert [1_000 <= span <= 1_005 for span in spans[1::2]] == [True] * 2, spans
    assert bench.faults == [code.LOCK_LOCK_FAILED]
    assert bench.hal.mode == X1
    assert status(bench)[LOCK_STATUS] == LOCK_FAULT


def a_plug_that_did_not_lock_may_be_tried_again_after_unplugging(sparse: bool) -> None:
    bench = socket_bench(sparse)
    bench.lock.is_jammed = True
    bench.show("B")
    bench.run(10_000)
    bench.show("A")
    bench.run(3_000)
    bench.lock.is_jammed = False
    bench.show("B")
    bench.run(5_000)

    assert bench.faults == []
    assert bench.lock.holds


def a_lock_that_does_not_let_go_is_told_and_tried_again(sparse: bool) -> None:
    bench = charging_socket(sparse)
    bench.lock.is_jammed = True
    bench.locks = False
    bench.show("A")
    bench.run(8_000)
    assert bench.faults == [code.LOCK_UNLOCK_FAILED]

    bench.lock.is_jammed = False
    bench.run(60_000)

    assert bench.lock.is_free
    assert bench.faults == []


def a_lock_that_gives_way_under_load_opens_the_contacts(sparse: bool) -> None:
    bench = charging_socket(sparse)
    bench.lock.force_open()
    bench.lock.is_jammed = True
    bench.touch()

    # The reference waits 100 ms for the feedback; then it is at once.
    assert 100 <= bench.opens_within(150) <= 130
    assert code.LOCK_UNEXPECTED_OPEN in bench.faults
    bench.lock.is_jammed = False
    bench.run(60_000)
    assert bench.faults == [code.LOCK_UNEXPECTED_OPEN], "only an unplugging clears this"
    bench.show("A")
    bench.run(2_100)

    assert bench.faults == []


def a_lock_feedback_that_flickers_under_load_opens_as_well(sparse: bool) -> None:
    bench = charging_socket(sparse)
    start = bench.hal.now
    while bench.hal.main_closed:
        bench.lock.feedback_is_broken = not bench.lock.feedback_is_broken
        bench.touch()
        bench.run(20)
        assert bench.hal.now - start <= 160


def a_lock_holds_the_plug_of_a_running_charge_whatever_the_host_says(sparse: bool) -> None:
    bench = charging_socket(sparse)
    bench.locks = False
    bench.wish(True, 160)
    bench.run(5_000)
    assert bench.hal.main_closed
    assert bench.lock.holds

    bench.wish(False, 0)
    bench.show("B")
    bench.run(2_000)

    assert not bench.closed
    assert bench.lock.is_free
    assert bench.lock.pulsed_while_live == 0


def a_welded_contactor_keeps_the_plug_locked(sparse: bool) -> None:
    bench = charging_socket(sparse)
    bench.hal.follows_coil = False
    bench.locks = False
    bench.wish(False, 0)
    bench.show("A")
    bench.run(20_000)

    assert bench.hal.main_closed
    assert bench.lock.holds


def a_live_load_side_keeps_the_plug_locked_even_where_the_mirror_says_open(sparse: bool) -> None:
    bench = charging_socket(sparse, has=SOCKET | LOAD_SENSE)
    bench.hal.load_follows = False
    bench.hal.pins.load_edges = (0, 6, 0)
    bench.locks = False
    bench.wish(False, 0)
    bench.show("B")
    bench.run(900)
    assert not bench.hal.main_closed
    assert bench.lock.holds

    bench.hal.pins.load_edges = (0, 0, 0)
    bench.touch()
    bench.run(1_000)

    assert bench.lock.is_free


def a_cable_whose_car_is_gone_is_the_hosts_to_let_go(sparse: bool) -> None:
    bench = charging_socket(sparse)
    bench.show("A")
    bench.run(60_000)
    assert bench.lock.holds

    bench.locks = False
    bench.run(3_000)

    assert bench.lock.is_free
    assert status(bench)[LOCK_STATUS] == UNLOCKED


def a_cable_whose_car_is_gone_is_set_free_where_no_host_speaks(sparse: bool) -> None:
    bench = charging_socket(sparse)
    bench.show("A")
    bench.run(10_000)
    bench.let_host_talk(False)
    bench.run(5_000)

    assert bench.lock.is_free


def a_lock_is_set_free_when_the_cable_has_left_as_well(sparse: bool) -> None:
    bench = charging_socket(sparse)
    bench.show("A")
    put(bench, None)
    bench.run(3_000)

    assert bench.lock.is_free


def a_silent_host_leaves_the_plug_as_it_is(sparse: bool) -> None:
    bench = charging_socket(sparse)
    bench.let_host_talk(False)
    bench.run(20_000)

    assert not bench.closed
    assert bench.lock.holds


def a_lost_supply_opens_the_contacts_first_and_then_frees_the_plug(sparse: bool) -> None:
    bench = charging_socket(sparse)
    bench.hal.pins.supply_mv = 8_900
    bench.touch()

    bench.opens_within(50)
    bench.run(600)

    assert bench.lock.is_free
    assert bench.lock.pulsed_while_live == 0
    assert code.MCU_BROWNOUT in bench.faults


def an_empty_energy_store_starts_no_charge_and_ends_none(sparse: bool) -> None:
    bench = charging_socket(sparse)
    bench.hal.pins.release_mv = 10_900
    bench.touch()
    bench.run(3_000)
    assert bench.faults == [code.LOCK_ENERGY_STORE]
    assert bench.hal.main_closed

    bench.show("B")
    bench.run(10_000)
    bench.show("C")
    bench.run(10_000)
    assert not bench.closed
    bench.hal.pins.release_mv = 11_100
    bench.touch()

    bench.until(lambda: bench.closed, 20_000)


def an_energy_store_is_given_its_time_to_fill_after_the_start(sparse: bool) -> None:
    bench = Bench(sparse, kind=Kind(has=SOCKET))
    bench.hal.pins.release_mv = 0
    bench.run(19_000)
    assert bench.faults == []

    bench.run(2_000)

    assert bench.faults == [code.LOCK_ENERGY_STORE]


def an_energy_store_that_still_fills_closes_nothing(sparse: bool) -> None:
    bench = Bench(sparse, kind=Kind(has=SOCKET))
    bench.locks = True
    bench.hal.pins.pp_mv = 595
    bench.hal.pins.release_mv = 10_900
    bench.show("C")
    bench.wish(True, 160)
    bench.run(15_000)
    assert bench.faults == []
    assert bench.waits_for == "lock"

    bench.hal.pins.release_mv = 11_000
    bench.touch()

    assert bench.closed


def a_pin_that_is_in_without_the_hosts_wish_closes_nothing(sparse: bool) -> None:
    bench = charging_socket(sparse)
    bench.show("B")
    bench.run(6_000)
    bench.lock.is_jammed = True
    bench.locks = False
    bench.wish(True, 160)
    bench.show("C")
    bench.run(1_500)

    assert bench.lock.holds
    assert bench.waits_for == "lock"


def a_lock_between_its_ends_is_moving(sparse: bool) -> None:
    bench = socket_bench(sparse)
    bench.show("B")
    bench.until(lambda: bench.hal.lock_drive == LOCK_LOCK, 3_000)
    bench.run(150)

    assert bench.board.interlock.situation.lock_state == MOVING
    assert LOCK_UNLOCK not in [drive for _, output, drive, _ in bench.hal.history if output == "lock"]
