"""What a board with a tethered cable must do when somebody cuts it (fault catalogue, cable.cut).

Plain functions, so that MicroPython runs them as well. A function's name is the sentence it proves; its argument says
whether the bench polls when due or every 5 ms.
"""

import fault_codes as code
from bench import CLOSED_FOR_MS, LIMIT_MS, Bench
from inputs import BOARD_NTC, CONNECTOR_NTC, CONTACTOR_NTC, NTC_OPEN
from kind import SOCKET, TEMPERATURES, Kind
from service_bench import ServiceBench
from socket_checks import put
from supply_checks import comes_after
from temperature_checks import SHORTED, convert, heat, warmed

BELIEVED_MS = 500
WHOLE = 2_048


def lead(bench: Bench, ntc_code: int) -> None:
    """The converter reads this at the connector's sensor."""
    convert(bench, CONNECTOR_NTC, ntc_code)


def cut(bench: Bench) -> None:
    """Pilot and sensor are open from now on."""
    lead(bench, NTC_OPEN)
    bench.show("A")


def plugs_in_again(bench: Bench) -> None:
    """Everything is whole again and a car asks, for longer than any other fault would keep it waiting."""
    lead(bench, WHOLE)
    bench.show("B")
    bench.run(4_000)
    bench.show("C")
    bench.run(70_000)


def a_severed_cable_opens_at_once_and_waits_for_service(sparse: bool) -> None:
    bench = warmed(sparse)
    cut(bench)

    bench.opens_within(LIMIT_MS)

    assert bench.faults == []
    bench.run(BELIEVED_MS)
    assert bench.faults == [code.CABLE_CUT, code.TEMP_SENSOR]
    assert bench.board.interlock.faults.evidence[code.CABLE_CUT] == {0: 12_000, 13: CONNECTOR_NTC}
    plugs_in_again(bench)
    assert not bench.closed
    assert bench.faults == [code.CABLE_CUT]


def a_cable_that_is_cut_while_the_car_does_not_ask_is_told_as_well(sparse: bool) -> None:
    bench = warmed(sparse)
    bench.show("B")
    bench.run(5_000)
    cut(bench)

    bench.run(LIMIT_MS + BELIEVED_MS)

    assert code.CABLE_CUT in bench.faults


def a_lead_and_a_pilot_that_part_within_a_second_are_a_cut(sparse: bool) -> None:
    bench = warmed(sparse)
    lead(bench, NTC_OPEN)
    bench.run(900)
    assert bench.closed
    bench.show("A")
    comes_after(bench, lambda: code.CABLE_CUT in bench.faults, 25 + BELIEVED_MS)

    bench = warmed(sparse)
    bench.show("A")
    bench.run(900)
    lead(bench, NTC_OPEN)
    comes_after(bench, lambda: code.CABLE_CUT in bench.faults, BELIEVED_MS)


def a_lead_and_a_pilot_that_part_longer_after_each_other_are_no_cut(sparse: bool) -> None:
    bench = warmed(sparse)
    lead(bench, NTC_OPEN)
    bench.run(1_100)
    bench.show("A")
    bench.run(5_000)
    assert bench.faults == [code.TEMP_SENSOR]

    bench = warmed(sparse)
    bench.show("A")
    bench.run(1_100)
    lead(bench, NTC_OPEN)
    bench.run(5_000)
    assert bench.faults == [code.TEMP_SENSOR]


def a_plug_that_comes_out_of_a_board_with_a_broken_lead_is_no_cut(sparse: bool) -> None:
    bench = warmed(sparse)
    lead(bench, NTC_OPEN)
    bench.run(61_000)
    for _ in range(3):
        bench.show("A")
        bench.run(5_000)
        bench.show("C")
        bench.run(10_000)
        assert bench.closed

    assert bench.faults == [code.TEMP_SENSOR]


def a_lead_that_flickers_was_broken_before_the_plug_came_out(sparse: bool) -> None:
    bench = warmed(sparse)
    lead(bench, NTC_OPEN)
    bench.run(5_000)
    lead(bench, WHOLE)
    bench.run(900)
    lead(bench, NTC_OPEN)
    bench.show("A")

    bench.run(5_000)

    assert bench.faults == [code.TEMP_SENSOR]


def a_lead_that_flickers_after_the_cut_is_a_cut_all_the_same(sparse: bool) -> None:
    bench = warmed(sparse)
    cut(bench)
    for _ in range(10):
        bench.run(300)
        lead(bench, WHOLE)
        bench.run(20)
        lead(bench, NTC_OPEN)
    assert code.CABLE_CUT not in bench.faults

    comes_after(bench, lambda: code.CABLE_CUT in bench.faults, BELIEVED_MS)


def a_cut_that_shorts_the_wires_first_is_a_cut(sparse: bool) -> None:
    bench = warmed(sparse)
    lead(bench, SHORTED)
    bench.show("E")
    bench.run(300)
    cut(bench)

    bench.run(LIMIT_MS + BELIEVED_MS)

    assert bench.faults == [code.CP_SHORT, code.CABLE_CUT, code.TEMP_SENSOR]


def a_lead_that_stays_shorted_is_no_cut(sparse: bool) -> None:
    bench = warmed(sparse)
    lead(bench, SHORTED)
    bench.show("A")
    bench.run(5_000)

    assert bench.faults == [code.TEMP_SENSOR]


def a_lead_that_touches_again_within_half_a_second_is_no_cut(sparse: bool) -> None:
    bench = warmed(sparse)
    cut(bench)
    bench.run(490)
    lead(bench, WHOLE)
    bench.run(5_000)

    assert bench.faults == []


def a_pilot_that_is_back_within_half_a_second_is_no_cut(sparse: bool) -> None:
    bench = warmed(sparse)
    cut(bench)
    bench.run(200)
    bench.show("C")
    bench.run(10_000)

    assert bench.closed
    assert bench.faults == [code.TEMP_SENSOR]


def a_sensor_that_breaks_while_no_car_is_in_is_no_cut(sparse: bool) -> None:
    bench = Bench(sparse, kind=Kind(has=TEMPERATURES))
    bench.run(5_000)
    lead(bench, NTC_OPEN)
    bench.run(5_000)

    assert bench.faults == [code.TEMP_SENSOR]


def a_socket_outlet_has_no_cable_of_its_own_to_be_cut(sparse: bool) -> None:
    bench = Bench(sparse, kind=Kind(has=TEMPERATURES | SOCKET))
    bench.locks = True
    put(bench, 220)
    bench.charge(320)
    bench.run(CLOSED_FOR_MS)
    cut(bench)
    bench.run(5_000)

    assert bench.faults == [code.TEMP_SENSOR]


def a_cable_whose_sensor_is_not_wired_comes_out_like_any_plug(sparse: bool) -> None:
    bench = warmed(sparse, sensors=1 << BOARD_NTC | 1 << CONTACTOR_NTC)
    cut(bench)
    bench.run(5_000)

    assert bench.faults == []


def after_a_restart_a_cable_stays_severed(sparse: bool) -> None:
    bench = ServiceBench(sparse, has=TEMPERATURES)
    bench.run(61_000)
    bench.charge()
    bench.run(CLOSED_FOR_MS)
    cut(bench)
    bench.run(3_000)
    lead(bench, WHOLE)

    bench.restart("power")

    assert bench.faults == [code.CABLE_CUT]
    bench.wish(True, 160)
    plugs_in_again(bench)
    assert not bench.closed


def after_a_restart_a_lead_counts_once_it_was_whole(sparse: bool) -> None:
    bench = ServiceBench(sparse, has=TEMPERATURES)
    bench.run(61_000)
    bench.show("B")
    lead(bench, NTC_OPEN)
    bench.run(4_000)
    bench.restart("power")
    bench.run(700)
    bench.show("A")
    bench.run(5_000)
    assert bench.faults == [code.TEMP_SENSOR]

    heat(bench, CONNECTOR_NTC, 250)
    bench.show("B")
    bench.run(4_000)
    cut(bench)

    bench.run(LIMIT_MS + BELIEVED_MS)
    assert code.CABLE_CUT in bench.faults
