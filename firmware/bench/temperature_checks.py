"""What the board must do, case by case, when it gets warm or cold (safety reference, P22 and section 8).

Plain functions, so that MicroPython runs them as well. A function's name is the sentence it proves; its argument says
whether the bench polls when due or every 5 ms.
"""

import fault_codes as code
from bench import CLOSED_FOR_MS, Bench
from inputs import BOARD_NTC, CONNECTOR_NTC, CONTACTOR_NTC, NTC_OPEN, TERMINAL_NTC
from kind import TEMPERATURES, Kind
from ntc import CODES, COLDEST_DC, STEP_DC
from supply_checks import comes_after

STOPPED_MS = 1_000
GRACE_MS = 6_100
"""A car that goes on in x1, and its contacts."""
MINUTE_MS = 60_000
SHORTED = 100


def code_of(temperature_dc: int) -> int:
    """The converter's code at this temperature in 0.1 °C."""
    place = min((temperature_dc - COLDEST_DC) // STEP_DC, len(CODES) - 2)
    beyond_dc = temperature_dc - COLDEST_DC - place * STEP_DC
    return CODES[place] - (CODES[place] - CODES[place + 1]) * beyond_dc // STEP_DC


def convert(bench: Bench, place: int, ntc_code: int) -> None:
    """The converter reads this at a sensor from now on."""
    codes = list(bench.hal.pins.ntc_codes)
    codes[place] = ntc_code
    bench.hal.pins.ntc_codes = tuple(codes)  # type: ignore[assignment]  # still four
    bench.touch()


def heat(bench: Bench, place: int, temperature_dc: int) -> None:
    convert(bench, place, code_of(temperature_dc))


def warmed(sparse: bool, terminal_dc: int = 250, sensors: int = 0b1111) -> Bench:
    """A charge in full swing on a board with temperature sensors; its second terminal was this warm from the start."""
    bench = Bench(sparse, kind=Kind(has=TEMPERATURES, sensors=sensors))
    heat(bench, TERMINAL_NTC, terminal_dc)
    bench.charge(320)
    bench.run(CLOSED_FOR_MS)
    return bench


def shows(bench: Bench, fault: int, place: int, temperature_dc: int) -> bool:
    """The evidence names this sensor and, but for a rounded 0.1 °C, this temperature."""
    evidence = bench.board.interlock.faults.evidence[fault]
    return evidence[13] == place and abs(evidence[12] - temperature_dc) <= 1


def limit_da(bench: Bench) -> int:
    return bench.board.interlock.limit_da()


def offered_da(bench: Bench) -> int:
    return bench.board.interlock.offer.offered_da


# --- stopping


def a_terminal_above_100_degrees_opens_within_a_second_and_stays_until_service(sparse: bool) -> None:
    for place in (CONTACTOR_NTC, TERMINAL_NTC):
        bench = warmed(sparse)
        heat(bench, place, 1_010)

        bench.opens_within(STOPPED_MS)

        assert shows(bench, code.TEMP_TERMINAL_STOP, place, 1_010)
        heat(bench, place, 250)
        bench.show("A")
        bench.run(5_000)
        bench.show("C")
        bench.run(40_000)
        assert not bench.closed
        assert bench.faults == [code.TEMP_TERMINAL_STOP]


def a_board_above_85_degrees_stops_the_offer_within_a_second(sparse: bool) -> None:
    bench = warmed(sparse)
    heat(bench, BOARD_NTC, 860)

    bench.until(lambda: not bench.pwm, STOPPED_MS)

    bench.opens_within(GRACE_MS)
    assert bench.faults == [code.EV_NO_STOP, code.TEMP_BOARD_DERATE, code.TEMP_BOARD_STOP]
    assert shows(bench, code.TEMP_BOARD_STOP, BOARD_NTC, 860)
    heat(bench, BOARD_NTC, 650)
    bench.run(11_000)
    assert code.TEMP_BOARD_STOP in bench.faults
    heat(bench, BOARD_NTC, 640)
    comes_after(bench, lambda: code.TEMP_BOARD_STOP not in bench.faults, 10_000)


def a_connector_above_90_degrees_stops_the_offer_within_a_second(sparse: bool) -> None:
    bench = warmed(sparse)
    heat(bench, CONNECTOR_NTC, 910)

    bench.until(lambda: not bench.pwm, STOPPED_MS)

    bench.opens_within(GRACE_MS)
    assert bench.faults == [code.EV_NO_STOP, code.TEMP_CONNECTOR_DERATE, code.TEMP_CONNECTOR_STOP]
    heat(bench, CONNECTOR_NTC, 600)
    bench.run(11_000)
    assert code.TEMP_CONNECTOR_STOP in bench.faults
    heat(bench, CONNECTOR_NTC, 590)
    comes_after(bench, lambda: code.TEMP_CONNECTOR_STOP not in bench.faults, 10_000)


def a_stop_is_followed_by_6_a_and_an_ampere_more_each_minute(sparse: bool) -> None:
    bench = warmed(sparse)
    heat(bench, CONNECTOR_NTC, 910)
    bench.run(10_000)
    heat(bench, CONNECTOR_NTC, 500)
    bench.until(lambda: bench.pwm, 20_000)
    assert offered_da(bench) == 60

    bench.run(2 * MINUTE_MS)

    assert offered_da(bench) == 80


def a_terminal_that_warms_by_more_than_10_degrees_a_minute_opens(sparse: bool) -> None:
    bench = warmed(sparse, terminal_dc=620)
    temperature_dc = 620
    while bench.closed:
        temperature_dc += 2
        heat(bench, TERMINAL_NTC, temperature_dc)
        bench.run(1_000)

    assert bench.faults == [code.TEMP_TERMINAL_STOP]
    assert 722 <= temperature_dc <= 724


def a_terminal_that_jumps_by_11_degrees_opens_within_a_second(sparse: bool) -> None:
    bench = warmed(sparse, terminal_dc=600)
    heat(bench, TERMINAL_NTC, 711)

    bench.opens_within(STOPPED_MS)

    assert bench.faults == [code.TEMP_TERMINAL_STOP]


def a_terminal_that_warms_by_9_degrees_a_minute_is_only_derated(sparse: bool) -> None:
    bench = warmed(sparse, terminal_dc=700)
    for warmer_dc in range(3, 130, 3):
        heat(bench, TERMINAL_NTC, 700 + warmer_dc)
        bench.run(2_000)

    assert bench.closed
    assert bench.faults == [code.TEMP_TERMINAL_DERATE]


def a_terminal_that_warms_fast_below_60_degrees_is_let_be(sparse: bool) -> None:
    bench = warmed(sparse)
    heat(bench, TERMINAL_NTC, 600)
    bench.run(5_000)

    assert bench.closed
    assert bench.faults == []


def a_single_odd_reading_latches_nothing(sparse: bool) -> None:
    bench = warmed(sparse, terminal_dc=650)
    for odd in (code_of(0), code_of(1_100), NTC_OPEN, SHORTED):
        convert(bench, TERMINAL_NTC, odd)
        bench.run(20)
        heat(bench, TERMINAL_NTC, 650)
        bench.run(11_000)

    assert bench.closed
    assert bench.faults == []


# --- derating


def a_warm_connector_lowers_the_offer_by_an_ampere_every_ten_seconds(sparse: bool) -> None:
    bench = warmed(sparse)
    heat(bench, CONNECTOR_NTC, 780)
    offers = []
    for _ in range(7):
        bench.run(5_000)
        offers.append(offered_da(bench))
        bench.run(5_000)

    assert offers == [310, 300, 290, 280, 270, 268, 268]
    assert bench.closed
    assert bench.faults == [code.TEMP_CONNECTOR_DERATE]


def a_connector_that_cooled_gives_back_an_ampere_each_minute(sparse: bool) -> None:
    bench = warmed(sparse)
    heat(bench, CONNECTOR_NTC, 850)
    bench.run(35_000)
    assert limit_da(bench) == 280
    heat(bench, CONNECTOR_NTC, 750)

    comes_after(bench, lambda: limit_da(bench) == 290, MINUTE_MS)
    comes_after(bench, lambda: limit_da(bench) == 300, MINUTE_MS)
    assert bench.faults == []


# --- sensors


def a_broken_sensor_halves_the_offer_within_a_second(sparse: bool) -> None:
    for place in (BOARD_NTC, CONTACTOR_NTC, TERMINAL_NTC, CONNECTOR_NTC):
        for broken in (NTC_OPEN, SHORTED):
            bench = warmed(sparse)
            convert(bench, place, broken)

            bench.until(lambda: offered_da(bench) == 160, STOPPED_MS)  # noqa: B023  # asked at once

            assert bench.closed
            assert bench.board.interlock.faults.evidence == {code.TEMP_SENSOR: {13: place}}


def a_broken_sensor_is_trusted_again_after_a_good_minute(sparse: bool) -> None:
    bench = warmed(sparse)
    convert(bench, BOARD_NTC, NTC_OPEN)
    bench.run(1_000)
    heat(bench, BOARD_NTC, 250)
    bench.run(30_000)
    convert(bench, BOARD_NTC, NTC_OPEN)
    bench.run(5)
    heat(bench, BOARD_NTC, 250)

    comes_after(bench, lambda: bench.faults == [], MINUTE_MS)

    assert limit_da(bench) == 160


def contacts_without_any_trusted_sensor_stop_within_a_second(sparse: bool) -> None:
    bench = warmed(sparse)
    convert(bench, CONTACTOR_NTC, NTC_OPEN)
    bench.run(5_000)
    assert bench.closed
    convert(bench, TERMINAL_NTC, SHORTED)

    bench.until(lambda: not bench.pwm, STOPPED_MS)

    bench.opens_within(GRACE_MS)
    bench.run(5_000)
    assert not bench.pwm
    assert limit_da(bench) == 0
    heat(bench, TERMINAL_NTC, 250)
    comes_after(bench, lambda: bench.pwm, MINUTE_MS)
    assert offered_da(bench) == 160


def contacts_with_one_wired_sensor_stop_without_it(sparse: bool) -> None:
    bench = warmed(sparse, sensors=1 << BOARD_NTC | 1 << TERMINAL_NTC)
    convert(bench, TERMINAL_NTC, NTC_OPEN)

    bench.until(lambda: not bench.pwm, STOPPED_MS)

    bench.opens_within(GRACE_MS)


def a_sensor_that_is_not_wired_is_not_missed(sparse: bool) -> None:
    bench = Bench(sparse, kind=Kind(has=TEMPERATURES, sensors=1 << TERMINAL_NTC))
    bench.hal.pins.ntc_codes = (NTC_OPEN, SHORTED, 2_048, code_of(1_200))
    bench.charge(320)
    bench.run(5_000)

    assert bench.closed
    assert offered_da(bench) == 320
    assert bench.faults == []


def a_sensor_that_never_read_anything_is_not_trusted(sparse: bool) -> None:
    bench = Bench(sparse, kind=Kind(has=TEMPERATURES))
    bench.hal.pins.ntc_codes = (NTC_OPEN, 2_048, 2_048, 2_048)
    bench.touch()

    assert bench.faults == [code.TEMP_SENSOR]
    assert limit_da(bench) == 160


def a_sensor_that_fails_while_hot_has_not_become_cool(sparse: bool) -> None:
    bench = warmed(sparse)
    heat(bench, CONNECTOR_NTC, 910)
    bench.run(10_000)
    convert(bench, CONNECTOR_NTC, NTC_OPEN)
    bench.run(20_000)

    assert not bench.pwm
    assert code.TEMP_CONNECTOR_STOP in bench.faults


# --- cold


def a_frost_below_minus_35_degrees_lets_a_charge_end_and_none_begin(sparse: bool) -> None:
    bench = warmed(sparse)
    heat(bench, BOARD_NTC, -360)
    bench.run(10_000)
    assert bench.hal.main_closed
    assert shows(bench, code.TEMP_LOW, BOARD_NTC, -360)
    bench.show("B")
    bench.run(6_000)
    bench.show("C")
    bench.run(6_000)
    assert not bench.closed

    heat(bench, BOARD_NTC, -300)
    bench.run(11_000)
    assert bench.faults == [code.TEMP_LOW]
    heat(bench, BOARD_NTC, -290)

    comes_after(bench, lambda: bench.faults == [], 10_000)
    bench.until(lambda: bench.closed, 10_000)
