"""What the board must do, case by case, when the earth or the PEN of the supply is lost (safety reference, P8 and P9).

Plain functions, so that MicroPython runs them as well. A function's name is the sentence it proves; its argument says
whether the bench polls when due or every 5 ms.
"""

import fault_codes as code
from bench import Bench
from kind import EARTH_SENSE, METERING, Kind
from supply_checks import EDGES, GOOD, comes_after, cut_mains, feed, flickers, opens_after, supplied

EDGE_EVERY_MS = 10


def a_lost_earth_opens_within_700_ms(sparse: bool) -> None:
    bench = supplied(sparse)
    lost_at = bench.hal.now
    for edges in range(EDGES - 1, -1, -1):
        bench.run(EDGE_EVERY_MS)
        bench.hal.pins.earth_edges = edges
        bench.touch()

    bench.opens_within(700 - 100)

    assert 500 <= bench.hal.now - lost_at <= 700
    assert bench.faults == [code.PE_LOST]
    bench.hal.pins.earth_edges = EDGES
    bench.touch()
    comes_after(bench, lambda: bench.faults == [], 5_000)


def a_sense_of_8_edges_is_an_earth_and_one_of_7_is_none(sparse: bool) -> None:
    bench = supplied(sparse)
    bench.hal.pins.earth_edges = 8
    bench.touch()
    bench.run(12_000)
    assert bench.closed
    bench.hal.pins.earth_edges = 7
    bench.touch()

    opens_after(bench, 500)


def a_sense_at_60_hz_needs_ten_edges(sparse: bool) -> None:
    bench = Bench(sparse, kind=Kind(has=EARTH_SENSE, nominal_hz=60))
    bench.hal.pins.earth_edges = 10
    bench.charge()
    bench.run(10_000)
    assert bench.closed
    bench.hal.pins.earth_edges = 9
    bench.touch()

    opens_after(bench, 500)


def an_earth_that_looks_bad_holds_closing_back_before_it_is_called_lost(sparse: bool) -> None:
    bench = Bench(sparse, kind=Kind(has=METERING | EARTH_SENSE))
    bench.run(600)
    bench.show("B")
    bench.wish(True, 160)
    bench.run(8_000)
    bench.show("C")
    bench.run(400)
    bench.hal.pins.earth_edges = 0
    bench.touch()
    bench.run(300)

    assert not bench.closed
    assert bench.faults == []
    assert bench.waits_for == "mains"


def a_board_without_metering_takes_an_outage_for_a_lost_earth(sparse: bool) -> None:
    bench = supplied(sparse, Kind(has=EARTH_SENSE))
    cut_mains(bench)

    opens_after(bench, 500)

    assert bench.faults == [code.PE_LOST]


def a_lost_l1_is_no_lost_earth(sparse: bool) -> None:
    bench = supplied(sparse)
    bench.hal.pins.earth_edges = 0
    feed(bench, (0, 230_000, 230_000))
    opens_after(bench, 500)
    bench.run(20_000)

    assert bench.faults == [code.MAINS_UNDERVOLTAGE, code.MAINS_PHASE_LOSS]


def a_broken_pen_opens_within_five_seconds_and_stays_until_service(sparse: bool) -> None:
    for voltage_mv in (206_999, 253_001):
        bench = supplied(sparse, Kind(has=METERING, open_pen=True))
        feed(bench, (230_000, voltage_mv, 230_000))
        opens_after(bench, 4_000)
        assert bench.board.interlock.faults.evidence == {code.PEN_FAULT: {6: 2, 7: voltage_mv}}

        feed(bench, GOOD)
        bench.show("A")
        bench.run(5_000)
        bench.show("C")
        bench.run(40_000)

        assert not bench.closed
        assert bench.faults == [code.PEN_FAULT]


def a_broken_pen_that_flickers_into_its_band_opens_as_well(sparse: bool) -> None:
    bench = supplied(sparse, Kind(has=METERING, open_pen=True))
    flickers(bench, "voltage_mv", (230_000, 206_000, 230_000), GOOD, 4_000)

    assert not bench.hal.main_closed
    assert bench.faults == [code.PEN_FAULT]


def a_pen_is_judged_only_where_the_country_asks(sparse: bool) -> None:
    bench = supplied(sparse)
    feed(bench, (206_000, 254_000, 230_000))
    bench.run(20_000)

    assert bench.closed
    assert bench.faults == []


def a_pen_at_207_and_253_v_is_whole(sparse: bool) -> None:
    bench = supplied(sparse, Kind(has=METERING, open_pen=True))
    feed(bench, (207_000, 253_000, 230_000))
    bench.run(20_000)

    assert bench.closed
    assert bench.faults == []
