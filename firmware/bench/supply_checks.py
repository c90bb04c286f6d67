"""What the board must do, case by case, when the supply is not as it should be (safety reference, P17 to P21).

Plain functions, so that MicroPython runs them as well. A function's name is the sentence it proves; its argument says
whether the bench polls when due or every 5 ms.
"""

import fault_codes as code
from bench import CLOSED_FOR_MS, Bench
from kind import EARTH_SENSE, IT, METERING, SPLIT, Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

GOOD = (230_000, 230_000, 230_000)
NONE = (0, 0, 0)
MAIN_OPENS_MS = 28
"""The coil's last current to open contacts, at their slowest."""
GRACE_MS = 6_000
EDGES = 10


def supplied(sparse: bool, kind: "Kind | None" = None) -> Bench:
    """A charge in full swing on a board that senses earth and meters, if nothing else is said."""
    bench = Bench(sparse, kind=kind or Kind(has=METERING | EARTH_SENSE))
    if bench.hal.kind.nominal_mv != 230_000:
        feed(bench, tuple([bench.hal.kind.nominal_mv] * 3))
    bench.charge()
    bench.run(CLOSED_FOR_MS)
    return bench


def feed(bench: Bench, voltage_mv: "tuple[int, ...]") -> None:
    """These voltages from now on."""
    bench.hal.pins.voltage_mv = voltage_mv  # type: ignore[assignment]  # always three
    bench.touch()


def cut_mains(bench: Bench) -> None:
    """No phase, no edges, no frequency."""
    bench.hal.pins.mains_mhz = 0
    bench.hal.pins.earth_edges = 0
    feed(bench, NONE)


def restore_mains(bench: Bench, voltage_mv: "tuple[int, ...]" = GOOD) -> None:
    bench.hal.pins.mains_mhz = 50_000
    bench.hal.pins.earth_edges = EDGES
    feed(bench, voltage_mv)


def opens_after(bench: Bench, cause_ms: int) -> None:
    """Not before the function's time, and not later than contacts need after it."""
    opened_ms = bench.opens_within(cause_ms + MAIN_OPENS_MS)
    assert opened_ms >= cause_ms, "opened " + str(cause_ms - opened_ms) + " ms too early"


def comes_after(bench: Bench, condition: "Callable[[], bool]", milliseconds: int) -> None:
    """It comes true after this time, and not before. Passes most of it in great strides."""
    bench.run(milliseconds - 500)
    assert not condition(), "much too early"
    waited_ms = bench.until(condition, 520)
    # The strides may have begun up to a poll after the cause.
    assert waited_ms >= 490, "too early: " + str(waited_ms)


# --- voltage


def after_ten_seconds_below_195_v_the_charge_stops(sparse: bool) -> None:
    bench = supplied(sparse)
    feed(bench, (230_000, 194_999, 230_000))

    comes_after(bench, lambda: not bench.pwm, 10_000)

    assert bench.faults == [code.MAINS_UNDERVOLTAGE]
    assert bench.board.interlock.faults.evidence[code.MAINS_UNDERVOLTAGE] == {6: 2, 7: 194_999}
    bench.opens_within(GRACE_MS + MAIN_OPENS_MS)


def less_than_180_v_opens_after_half_a_second(sparse: bool) -> None:
    bench = supplied(sparse)
    feed(bench, (230_000, 230_000, 179_999))

    opens_after(bench, 500)

    assert bench.faults == [code.MAINS_UNDERVOLTAGE]


def after_the_slow_band_the_fast_one_still_opens_at_once(sparse: bool) -> None:
    bench = supplied(sparse)
    feed(bench, (190_000, 230_000, 230_000))
    bench.run(10_005)
    assert not bench.pwm
    feed(bench, (179_000, 230_000, 230_000))

    opens_after(bench, 500)


def a_sag_and_a_swell_to_exactly_the_limits_are_borne(sparse: bool) -> None:
    bench = supplied(sparse)
    feed(bench, (195_000, 264_000, 230_000))
    bench.run(12_000)
    feed(bench, (180_000, 230_000, 230_000))
    bench.run(9_000)
    feed(bench, (276_000, 230_000, 230_000))
    bench.run(900)

    assert bench.closed
    assert bench.faults == []


def a_dip_of_490_ms_is_borne(sparse: bool) -> None:
    bench = supplied(sparse)
    for _ in range(20):
        feed(bench, (100_000, 230_000, 230_000))
        bench.run(490)
        feed(bench, GOOD)
        bench.run(1_000)

    assert bench.closed
    assert bench.faults == []


def a_supply_that_flickers_into_its_band_opens_as_well(sparse: bool) -> None:
    for name, bad, good, cause_ms, fault in (
        ("voltage_mv", (170_000, 170_000, 170_000), (200_000, 200_000, 200_000), 500, code.MAINS_UNDERVOLTAGE),
        ("voltage_mv", (270_000, 230_000, 230_000), GOOD, 1_000, code.MAINS_OVERVOLTAGE),
        ("voltage_mv", (230_000, 230_000, 280_000), GOOD, 100, code.MAINS_OVERVOLTAGE),
        ("mains_mhz", 46_000, 50_000, 1_000, code.MAINS_FREQUENCY),
        ("earth_edges", 0, 8, 500, code.PE_LOST),
    ):
        bench = supplied(sparse)
        flickers(bench, name, bad, good, cause_ms)

        assert not bench.hal.main_closed
        assert bench.faults == [fault]


def a_slow_sag_that_flickers_into_its_band_stops_the_charge_as_well(sparse: bool) -> None:
    bench = supplied(sparse)
    flickers(bench, "voltage_mv", (190_000, 230_000, 230_000), GOOD, 10_000)

    assert not bench.pwm
    assert code.MAINS_UNDERVOLTAGE in bench.faults


def flickers(bench: Bench, name: str, bad: "Any", good: "Any", cause_ms: int) -> None:
    """A good look of 5 ms after each nine tenths of the function's time: twice, and time for the contacts."""
    for _ in range(2):
        setattr(bench.hal.pins, name, bad)
        bench.touch()
        bench.run(cause_ms * 9 // 10)
        setattr(bench.hal.pins, name, good)
        bench.touch()
        bench.run(5)
    bench.run(MAIN_OPENS_MS)


def after_two_phases_took_turns_in_sagging_the_charge_stops(sparse: bool) -> None:
    bench = supplied(sparse)
    for _ in range(5):
        feed(bench, (190_000, 230_000, 230_000))
        bench.run(1_000)
        feed(bench, (230_000, 190_000, 230_000))
        bench.run(1_000)
    bench.run(5)

    assert bench.faults == [code.MAINS_UNDERVOLTAGE]


def an_over_voltage_above_264_v_opens_after_a_second(sparse: bool) -> None:
    bench = supplied(sparse)
    feed(bench, (230_000, 264_001, 230_000))

    opens_after(bench, 1_000)

    assert bench.faults == [code.MAINS_OVERVOLTAGE]
    assert bench.board.interlock.faults.evidence[code.MAINS_OVERVOLTAGE] == {6: 2, 7: 264_001}


def an_over_voltage_above_276_v_opens_after_100_ms(sparse: bool) -> None:
    bench = supplied(sparse)
    feed(bench, (276_001, 230_000, 230_000))

    opens_after(bench, 100)

    assert bench.faults == [code.MAINS_OVERVOLTAGE]


def an_over_voltage_is_over_after_half_a_minute_and_closing_waits_as_long_again(sparse: bool) -> None:
    bench = supplied(sparse)
    feed(bench, (280_000, 230_000, 230_000))
    bench.run(1_000)
    feed(bench, GOOD)

    comes_after(bench, lambda: bench.faults == [], 30_000)
    comes_after(bench, lambda: bench.closed, 30_000)


def a_phase_that_is_not_wired_is_not_missed(sparse: bool) -> None:
    bench = Bench(sparse, kind=Kind(has=METERING | EARTH_SENSE, phases=1))
    feed(bench, (230_000, 0, 300_000))
    bench.hal.pins.rotation_ok = False
    bench.charge()
    bench.run(20_000)

    assert bench.closed
    assert bench.faults == []


def a_supply_of_120_v_has_limits_in_proportion(sparse: bool) -> None:
    kind = Kind(has=METERING, phases=1, nominal_mv=120_000)
    bench = supplied(sparse, kind)
    feed(bench, (101_740, 0, 0))
    bench.run(20_000)
    assert bench.faults == []
    feed(bench, (137_700, 0, 0))
    bench.run(20_000)
    assert bench.faults == []

    feed(bench, (93_900, 0, 0))
    opens_after(bench, 500)

    bench = supplied(sparse, kind)
    feed(bench, (144_010, 0, 0))
    opens_after(bench, 100)


# --- phases and outage


def a_lost_phase_opens_as_under_voltage_and_is_named_after_a_second(sparse: bool) -> None:
    bench = supplied(sparse)
    feed(bench, (230_000, 230_000, 3_000))
    opens_after(bench, 500)

    named_ms = bench.until(lambda: code.MAINS_PHASE_LOSS in bench.faults, 500)

    assert named_ms >= 470
    assert bench.board.interlock.faults.evidence[code.MAINS_PHASE_LOSS] == {6: 3, 7: 3_000}
    bench.run(20_000)
    assert not bench.closed
    assert not bench.pwm
    assert bench.faults == [code.MAINS_UNDERVOLTAGE, code.MAINS_PHASE_LOSS]


def a_phase_lost_between_sessions_lets_none_begin(sparse: bool) -> None:
    bench = Bench(sparse, kind=Kind(has=METERING))
    feed(bench, (230_000, 0, 230_000))
    bench.run(2_000)
    bench.show("B")
    bench.wish(True, 160)
    bench.run(10_000)
    bench.show("C")
    bench.run(20_000)

    assert not bench.closed
    assert not bench.pwm


def an_outage_opens_after_100_ms_and_is_called_nothing_else(sparse: bool) -> None:
    bench = supplied(sparse, Kind(has=METERING | EARTH_SENSE, open_pen=True))
    cut_mains(bench)

    opens_after(bench, 100)
    bench.run(20_000)

    assert bench.faults == [code.MAINS_LOSS]
    restore_mains(bench)
    comes_after(bench, lambda: bench.faults == [], 10_000)
    comes_after(bench, lambda: bench.closed, 30_000)


def an_outage_of_90_ms_is_borne(sparse: bool) -> None:
    bench = supplied(sparse)
    cut_mains(bench)
    bench.run(90)
    restore_mains(bench)
    bench.run(12_000)

    assert bench.closed
    assert bench.faults == []


def a_supply_that_comes_and_goes_too_fast_for_an_outage_opens_as_under_voltage(sparse: bool) -> None:
    bench = supplied(sparse)
    for _ in range(3):
        cut_mains(bench)
        bench.run(90)
        restore_mains(bench, (150_000, 150_000, 150_000))
        bench.run(90)

    assert not bench.closed
    assert bench.faults == [code.MAINS_UNDERVOLTAGE]


def after_mains_came_back_closing_waits_until_it_was_good_for_five_seconds(sparse: bool) -> None:
    bench = Bench(sparse, kind=Kind(has=METERING | EARTH_SENSE))
    feed(bench, (194_000, 230_000, 230_000))
    bench.run(600)
    bench.show("B")
    bench.wish(True, 160)
    bench.run(5_000)
    bench.show("C")
    bench.run(2_000)
    assert bench.waits_for == "mains"

    feed(bench, GOOD)

    comes_after(bench, lambda: bench.closed, 5_000)


# --- frequency, rotation, neutral


def a_frequency_outside_of_47_to_52_hz_opens_after_a_second(sparse: bool) -> None:
    for mains_mhz in (46_999, 52_001, 0):
        bench = supplied(sparse)
        bench.hal.pins.mains_mhz = mains_mhz
        bench.touch()

        opens_after(bench, 1_000)

        assert bench.faults == [code.MAINS_FREQUENCY]
        assert bench.board.interlock.faults.evidence[code.MAINS_FREQUENCY] == {10: mains_mhz}


def a_frequency_that_is_right_again_ends_its_fault_after_a_minute(sparse: bool) -> None:
    bench = supplied(sparse)
    bench.hal.pins.mains_mhz = 0
    bench.touch()
    bench.run(1_100)
    bench.hal.pins.mains_mhz = 50_000
    bench.touch()

    comes_after(bench, lambda: bench.faults == [], 60_000)


def a_frequency_of_60_hz_is_right_where_it_is_nominal(sparse: bool) -> None:
    for good_mhz, wrong_mhz in ((57_000, 56_999), (62_000, 62_001), (60_000, 50_000)):
        bench = Bench(sparse, kind=Kind(has=METERING | EARTH_SENSE, nominal_hz=60))
        bench.hal.pins.mains_mhz = good_mhz
        bench.hal.pins.earth_edges = 12
        bench.charge()
        bench.run(10_000)
        assert bench.closed
        bench.hal.pins.mains_mhz = wrong_mhz
        bench.touch()

        opens_after(bench, 1_000)


def a_wrong_rotation_warns_and_charges_on(sparse: bool) -> None:
    bench = supplied(sparse)
    bench.hal.pins.rotation_ok = False
    bench.touch()
    bench.run(12_000)
    assert bench.closed
    assert bench.faults == [code.MAINS_ROTATION]

    bench.hal.pins.rotation_ok = True
    bench.touch()

    comes_after(bench, lambda: bench.faults == [], 10_000)


def a_live_neutral_lets_a_charge_end_and_none_begin(sparse: bool) -> None:
    bench = supplied(sparse)
    bench.hal.pins.earth_neutral_mv = 50_001
    bench.touch()
    bench.run(12_000)
    assert bench.hal.main_closed
    assert bench.faults == [code.MAINS_POLARITY]
    bench.hal.pins.earth_neutral_mv = 0
    bench.show("B")
    bench.run(10_000)
    bench.show("C")
    bench.run(20_000)

    assert not bench.closed
    assert bench.faults == [code.MAINS_POLARITY]


def a_neutral_that_nobody_earthed_is_not_judged(sparse: bool) -> None:
    for earthing in (IT, SPLIT):
        bench = Bench(sparse, kind=Kind(has=METERING | EARTH_SENSE, earthing=earthing))
        bench.hal.pins.earth_neutral_mv = 130_000
        bench.hal.pins.earth_edges = 3
        bench.charge()
        bench.run(12_000)

        assert bench.closed
        assert bench.faults == []
