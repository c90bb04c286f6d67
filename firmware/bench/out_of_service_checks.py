"""State F, and a host that wants open contacts at once (safety reference, section 11 and P31; pilot reference, 5, 6).

Plain functions, so that MicroPython runs them as well; the names are the sentences they prove.
"""

import fault_codes as code
from bench import LIMIT_MS, Bench, charging
from hal import X1, X2, F
from kind import CHAIN_FEEDBACK, RAILS, Kind
from messages import IDENTIFY, PILOT_STATES

PILOT_STATE, DUTY = 3, 7
"""Places in a status."""


def told(bench: Bench, operative: bool) -> None:
    """The host says at once whether the outlet is in service."""
    bench.operative = operative
    bench.wish(bench.permit, bench.offer_da)


def out_of_service(sparse: bool) -> Bench:
    bench = Bench(sparse)
    bench.run(3_000)
    told(bench, False)
    bench.until(lambda: bench.hal.mode == F, 1_005)
    return bench


def an_empty_outlet_out_of_service_shows_f_and_says_so(sparse: bool) -> None:
    bench = out_of_service(sparse)
    bench.run(1_000)
    bench.messages()

    bench.run(1_000)

    status = bench.last_status()
    assert status[DUTY] == 0
    assert PILOT_STATES[status[PILOT_STATE]] == "A", "what was believed is held: nothing can be read"
    assert bench.faults == []


def in_service_again_the_pilot_is_x1_after_300_ms_of_f_at_the_earliest(sparse: bool) -> None:
    bench = out_of_service(sparse)
    bench.run(50)
    told(bench, True)
    assert bench.hal.mode == F

    waited_ms = bench.until(lambda: bench.hal.mode == X1, 300)

    assert waited_ms >= 245
    bench.run(20_000)
    assert bench.hal.mode == X1


def a_silent_host_has_taken_nothing_out_of_service(sparse: bool) -> None:
    bench = out_of_service(sparse)
    bench.let_host_talk(False)

    bench.until(lambda: bench.hal.mode == X1, 2_005)

    bench.run(15_000)
    assert bench.hal.mode == X1


def a_host_that_changes_its_mind_all_the_time_hides_no_plug(sparse: bool) -> None:
    bench = out_of_service(sparse)
    bench.show("B")
    for turn in range(12):
        told(bench, turn % 2 == 0)
        bench.run(190)

    assert bench.board.interlock.situation.pilot.plugged
    assert bench.hal.mode == X1


def in_f_the_board_looks_for_a_plug_every_ten_seconds(sparse: bool) -> None:
    bench = out_of_service(sparse)

    assert bench.until(lambda: bench.hal.mode == X1, 10_005) >= 9_995
    assert bench.until(lambda: bench.hal.mode == F, 505) >= 495


def a_plug_that_comes_while_f_is_shown_is_found_and_stays_in_x1(sparse: bool) -> None:
    bench = out_of_service(sparse)
    bench.run(2_000)
    bench.show("B")
    bench.until(lambda: bench.board.interlock.situation.pilot.plugged, 8_500)
    bench.run(30_000)

    assert bench.hal.mode == X1
    assert bench.board.interlock.situation.pilot.insertions == 1
    assert bench.faults == []

    bench.show("A")
    assert bench.until(lambda: bench.hal.mode == F, 3_100) >= 2_000, "an outlet that has just become empty"


def a_plug_found_out_of_service_charges_once_the_host_has_it_so(sparse: bool) -> None:
    bench = out_of_service(sparse)
    bench.show("B")
    bench.run(15_000)
    told(bench, True)
    bench.wish(True, 160)
    bench.run(4_000)
    assert bench.hal.mode == X2
    bench.show("C")

    bench.until(lambda: bench.closed, 3_000)


def an_offer_after_f_begins_with_three_seconds_of_x1(sparse: bool) -> None:
    bench = out_of_service(sparse)
    bench.run(1_000)
    bench.show("B")
    bench.operative = True
    bench.wish(True, 160)
    bench.until(lambda: bench.hal.mode == X1, 305)

    bench.insertion = 1
    waited_ms = bench.until(lambda: bench.hal.mode == X2, 4_000)

    assert waited_ms >= 2_990


def somebody_plugged_in_when_the_outlet_is_taken_out_of_service_sees_no_f(sparse: bool) -> None:
    bench = charging(sparse)
    told(bench, False)
    bench.run(10_000)
    assert bench.closed, "the charge is the session's to end"

    bench.show("B")
    bench.run(5_000)
    bench.wish(False, 0)
    bench.run(20_000)

    assert bench.hal.mode == X1
    assert bench.faults == []


def an_outlet_that_needs_service_shows_f_once_it_is_empty(sparse: bool) -> None:
    bench = charging(sparse)
    bench.hal.follows_coil = False
    bench.show("B")
    bench.until(lambda: not bench.closed, LIMIT_MS)
    bench.run(1_500)
    assert bench.faults == [code.CONTACTOR_WELDED]
    assert bench.hal.mode == X1

    bench.show("A")

    bench.until(lambda: bench.hal.mode == F, 3_100)


def f_is_no_fault_of_generator_or_rails(sparse: bool) -> None:
    bench = Bench(sparse, kind=Kind(has=RAILS))
    bench.run(3_000)
    told(bench, False)

    bench.run(60_000)

    assert len([mode for _, name, mode, _ in bench.hal.history if name == "pilot" and mode == F]) >= 5
    assert bench.faults == []


def a_host_that_wants_it_open_opens_at_once_and_nothing_closes_meanwhile(sparse: bool) -> None:
    bench = charging(sparse)
    bench.open_at_once = True
    bench.wish(True, 160)
    assert not bench.closed
    assert bench.hal.mode == X1
    assert bench.faults == [], "whoever asked for it names the fault"

    bench.run(20_000)
    assert not bench.closed
    assert bench.waits_for == "permit"

    bench.open_at_once = False
    bench.wish(True, 160)
    assert bench.until(lambda: bench.closed, 31_000) >= 29_000, "as after a fault that opens"


def a_wrong_level_of_the_generator_is_told_though_f_comes_in_between(sparse: bool) -> None:
    bench = Bench(sparse, kind=Kind(has=RAILS))
    bench.run(3_000)
    told(bench, False)
    bench.until(lambda: bench.hal.mode == F, 1_005)

    bench.level(11_000)
    bench.run(60_000)

    assert bench.faults == [code.CP_GENERATOR]


def a_plug_that_cannot_be_read_is_not_hidden_by_f(sparse: bool) -> None:
    bench = out_of_service(sparse)
    bench.run(1_000)
    bench.level(7_500)

    bench.run(13_000)

    assert bench.hal.mode == X1
    assert bench.faults == [code.CP_RANGE]


def a_plug_that_came_during_f_acknowledges_no_emergency_stop(sparse: bool) -> None:
    bench = Bench(sparse, kind=Kind(has=CHAIN_FEEDBACK))
    bench.run(3_000)
    told(bench, False)
    bench.run(1_500)
    bench.show("B")
    for whole in (False, True):
        bench.hal.chain = whole
        bench.touch()
        bench.run(100)
    assert bench.hal.mode == F
    bench.run(13_000)
    assert bench.board.interlock.situation.pilot.plugged
    assert bench.faults == [code.SAFETY_EMERGENCY_STOP], "nobody has seen the outlet empty since"

    bench.show("A")
    bench.run(3_000)

    assert bench.faults == []


def a_plug_is_not_believed_in_the_first_100_ms_after_f(sparse: bool) -> None:
    bench = out_of_service(sparse)
    bench.until(lambda: bench.hal.mode == X1, 10_005)
    bench.show("B")
    bench.run(150)
    bench.show("A")
    bench.run(1_000)

    assert bench.board.interlock.situation.pilot.insertions == 0


def a_stranger_takes_no_order_to_open_back(sparse: bool) -> None:
    bench = charging(sparse)
    bench.host_talks = False
    bench.open_at_once = True
    bench.permit, bench.offer_da = True, 160
    bench._say_wish()
    bench.write(IDENTIFY, (2, "00000000"))
    bench.touch()

    assert not bench.closed


def a_silence_takes_no_order_to_open_back(sparse: bool) -> None:
    bench = charging(sparse)
    bench.open_at_once = True
    bench.wish(True, 160)
    bench.let_host_talk(False)
    bench.run(20_000)
    assert not bench.closed

    bench.open_at_once = False
    bench.let_host_talk(True)

    assert bench.until(lambda: bench.closed, 31_000) >= 29_000, "half a minute from the word that takes it back"
