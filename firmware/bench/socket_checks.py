"""What a board with a socket-outlet must do about its cable (pilot reference, 4.1; safety reference, P25).

Plain functions, so that MicroPython runs them as well. A function's name is the sentence it proves; its argument says
whether the bench polls when due or every 5 ms.
"""

import fault_codes as code
from bench import LIMIT_MS, Bench
from hal import X1
from kind import SOCKET, Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PP_MV = {0: 0, 70: 216, 100: 300, 220: 595, 680: 1_336, 1_500: 1_980, 3_000: 2_475}
OPEN_MV = 3_300
CABLE_STATUS, LIMIT_STATUS = 21, 22


def socket_bench(sparse: bool, ohm: "int | None" = 220, has: int = SOCKET, phases: int = 3) -> Bench:
    """A cable lies in the socket, no car at its other end, and a host that locks."""
    bench = Bench(sparse, kind=Kind(has=has, phases=phases, rated_da=800))
    bench.locks = True
    put(bench, ohm)
    return bench


def put(bench: Bench, ohm: "int | None") -> None:
    """This resistance at the proximity contact; None for nothing."""
    bench.hal.pins.pp_mv = OPEN_MV if ohm is None else PP_MV[ohm]
    bench.touch()


def charging_socket(sparse: bool, ohm: int = 220, has: int = SOCKET) -> Bench:
    bench = socket_bench(sparse, ohm, has)
    bench.charge()
    bench.run(700)
    return bench


def status(bench: Bench) -> "list[Any]":
    bench.messages()
    bench.run(200)
    return bench.last_status()


def a_cable_limits_the_offer_to_its_rating(sparse: bool) -> None:
    for ohm, duty in ((1_500, 2_166), (680, 3_333), (220, 5_333), (100, 8_920)):
        bench = socket_bench(sparse, ohm)
        bench.charge(offer_da=800)

        assert bench.hal.duty == duty, ohm


def a_cable_for_63_a_is_one_for_70_a_on_a_single_phase(sparse: bool) -> None:
    bench = socket_bench(sparse, 100, phases=1)
    bench.run(1_500)

    assert status(bench)[CABLE_STATUS] == 700
    assert status(bench)[LIMIT_STATUS] == 700


def a_cable_is_accepted_after_a_second_and_nothing_is_offered_before(sparse: bool) -> None:
    bench = socket_bench(sparse, None)
    bench.show("B")
    bench.run(5_000)
    bench.wish(True, 160)
    bench.run(2_000)
    assert not bench.pwm
    put(bench, 220)
    bench.run(900)
    put(bench, 680)
    bench.run(990)
    assert not bench.pwm

    assert bench.until(lambda: bench.pwm, 60_000) >= 10


def a_socket_without_a_plug_tells_no_rating_and_a_limit_of_nothing(sparse: bool) -> None:
    bench = socket_bench(sparse, None)
    bench.run(3_000)

    assert status(bench)[CABLE_STATUS] is None
    assert status(bench)[LIMIT_STATUS] == 0


def a_plug_that_parts_under_load_opens_within_100_ms(sparse: bool) -> None:
    for phase in range(0, 50, 7):
        bench = charging_socket(sparse)
        bench.run(phase)
        put(bench, None)

        bench.opens_within(LIMIT_MS)
        assert bench.faults == [code.PP_MISSING]


def a_proximity_contact_that_flickers_under_load_opens_as_well(sparse: bool) -> None:
    bench = charging_socket(sparse)
    start = bench.hal.now
    while bench.hal.main_closed:
        put(bench, None)
        bench.run(10)
        put(bench, 220)
        bench.run(10)
        assert bench.hal.now - start <= LIMIT_MS


def a_glitch_of_the_proximity_contact_does_not_stop_the_charge(sparse: bool) -> None:
    bench = charging_socket(sparse)
    for _ in range(5):
        put(bench, None)
        bench.run(15)
        put(bench, 220)
        bench.run(500)

    assert bench.closed
    assert bench.pwm
    assert bench.faults == []


def a_converter_that_reads_no_proximity_opens_as_if_the_plug_had_parted(sparse: bool) -> None:
    bench = charging_socket(sparse)
    bench.hal.pins.pp_mv = None
    bench.touch()

    bench.opens_within(LIMIT_MS)


def a_missing_contact_clears_by_itself_once_the_plug_is_home(sparse: bool) -> None:
    bench = charging_socket(sparse)
    put(bench, None)
    bench.opens_within(LIMIT_MS)
    put(bench, 220)
    bench.run(9_000)
    assert bench.faults == [code.PP_MISSING]

    bench.run(3_000)

    assert bench.faults == []
    bench.until(lambda: bench.closed, 40_000)


def a_plug_pulled_with_open_contacts_is_no_fault(sparse: bool) -> None:
    bench = charging_socket(sparse)
    bench.show("B")
    bench.run(5_000)
    put(bench, None)
    bench.run(50)
    assert not bench.pwm, "nothing is offered to a plug on its way out"
    bench.run(600)
    bench.show("A")
    bench.run(5_000)

    assert bench.faults == []


def a_plug_that_stays_half_in_is_told(sparse: bool) -> None:
    bench = socket_bench(sparse, None)
    bench.show("B")
    bench.run(3_000)
    assert bench.faults == [code.CONNECTOR_PARTIAL_INSERTION]

    put(bench, 220)
    bench.run(12_000)

    assert bench.faults == []


def a_contact_that_stays_away_without_load_is_missing(sparse: bool) -> None:
    bench = charging_socket(sparse)
    bench.show("B")
    bench.run(5_000)
    put(bench, None)
    bench.run(2_000)

    assert bench.faults == [code.PP_MISSING]


def a_short_of_the_proximity_ends_the_offer_at_once_and_needs_an_unplugging(sparse: bool) -> None:
    for ohm, fault in ((0, code.PP_SHORT), (70, code.PP_SHORT), (3_000, code.PP_RANGE)):
        bench = charging_socket(sparse)
        put(bench, ohm)
        bench.run(30)
        assert not bench.pwm
        bench.opens_within(6_100)
        assert fault in bench.faults

        put(bench, 220)
        bench.run(20_000)
        assert fault in bench.faults
        bench.show("A")
        bench.run(2_100)

        assert bench.faults == []


def a_changed_cable_stops_the_charge_until_it_is_unplugged(sparse: bool) -> None:
    for ohm in (680, 100):
        bench = charging_socket(sparse)
        put(bench, ohm)
        bench.run(1_100)
        assert bench.faults == [code.PP_CHANGED]
        assert bench.hal.mode == X1

        put(bench, 220)
        bench.run(5_000)
        assert code.PP_CHANGED in bench.faults
        bench.show("A")
        bench.run(2_100)

        assert bench.faults == []


def a_smaller_cable_counts_before_it_is_accepted(sparse: bool) -> None:
    bench = socket_bench(sparse)
    bench.charge(offer_da=320)
    put(bench, 1_500)
    bench.run(40)

    assert bench.hal.duty == 2_166


def a_cable_changed_without_a_car_is_simply_another_one(sparse: bool) -> None:
    bench = socket_bench(sparse)
    bench.run(2_000)
    put(bench, 1_500)
    bench.run(1_200)

    assert bench.faults == []
    assert status(bench)[CABLE_STATUS] == 130
