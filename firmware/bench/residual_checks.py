"""What the board must do about residual current: trips and what ends them, in both profiles (safety reference, 4).

Plain functions, so that MicroPython runs them as well; the names are the sentences they prove. The module on the bench
trips 400 ms after its test current begins and releases a second after what tripped it has ended.
"""

import fault_codes as code
from bench import Bench
from fake_hal import FakeHal
from inputs import RESIDUAL_AC, RESIDUAL_DC
from kind import CHAIN_FEEDBACK, RESIDUAL_CURRENT, RESIDUAL_UL, Kind
from residual import Residual

OUR_PART_MS = 60
"""P1 and P2: from the module's output to open main contacts."""
RETRY_MS = 15 * 60_000


def protected(sparse: bool, profile: str = "IEC", has: int = RESIDUAL_CURRENT | CHAIN_FEEDBACK) -> Bench:
    """A board with a module in its chain, just started."""
    return Bench(sparse, kind=Kind(has=has, residual=profile))


def charging(sparse: bool, profile: str = "IEC", has: int = RESIDUAL_CURRENT | CHAIN_FEEDBACK) -> Bench:
    bench = protected(sparse, profile, has)
    bench.charge()
    bench.run(3_000)
    assert bench.hal.main_closed
    return bench


def guard_of(bench: Bench) -> Residual:
    guards = [each for each in bench.board.interlock.situation.guards if isinstance(each, Residual)]
    return guards[0]


def driven(hal: FakeHal, output: str) -> "list[tuple[int, int]]":
    """When that output was driven, and to what."""
    return [(at, mode) for at, name, mode, _ in hal.history if name == output]


def tests_begun(bench: Bench) -> int:
    return sum([mode for _, mode in driven(bench.hal, "residual_test")])


def trips(bench: Bench, lines: int = RESIDUAL_DC) -> None:
    bench.residual.trip(lines)
    bench.touch()


def unplugs(bench: Bench) -> None:
    """And leaves the socket alone until its fault may be over."""
    bench.show("A")
    bench.run(8_000)


def asks_again(bench: Bench, limit_ms: int) -> int:
    """Milliseconds until the car that is plugged in now is served."""
    bench.show("B")
    bench.run(4_000)
    bench.show("C")
    return bench.until(lambda: bench.hal.main_closed, limit_ms)


# --- trips


def a_dc_trip_opens_within_60_ms(sparse: bool) -> None:
    for phase in range(5):
        bench = charging(sparse)
        bench.run(phase)
        trips(bench)

        bench.opens_within(OUR_PART_MS)

        bench.run(50)
        assert bench.faults == [code.RCD_DC_TRIP]


def an_ac_trip_opens_within_60_ms(sparse: bool) -> None:
    bench = charging(sparse)
    trips(bench, RESIDUAL_AC)

    bench.opens_within(OUR_PART_MS)

    bench.run(50)
    assert bench.faults == [code.RCD_AC_TRIP]


def a_trip_opens_within_60_ms_without_the_hardware_latch(sparse: bool) -> None:
    for lines in (RESIDUAL_DC, RESIDUAL_AC):
        for phase in range(5):
            bench = charging(sparse, has=RESIDUAL_CURRENT)
            bench.residual.is_in_chain = False
            bench.run(phase)
            trips(bench, lines)

            assert bench.opens_within(OUR_PART_MS) >= 40, "the filter lets 20 ms pass, the contacts 22"


def a_trip_shorter_than_20_ms_is_none_and_a_test_follows(sparse: bool) -> None:
    bench = charging(sparse)
    begun = tests_begun(bench)
    trips(bench)
    bench.run(15)
    bench.residual.release()
    bench.touch()
    bench.run(5_000)

    assert bench.faults == []
    assert tests_begun(bench) == begun + 1, "its latch was set"
    assert bench.hal.chain


def after_a_trip_the_plug_has_to_come_out_and_the_latch_stays_set(sparse: bool) -> None:
    bench = charging(sparse)
    trips(bench)
    bench.run(120_000)

    assert bench.faults == [code.RCD_DC_TRIP]
    assert not bench.hal.chain
    assert not bench.closed

    bench.show("B")
    bench.run(10_000)
    bench.show("C")
    bench.run(40_000)
    assert bench.faults == [code.RCD_DC_TRIP]
    assert not bench.closed


def after_a_trip_unplugging_and_a_passed_test_make_the_board_available(sparse: bool) -> None:
    bench = charging(sparse)
    begun = tests_begun(bench)
    trips(bench)
    bench.run(5_000)
    bench.show("A")
    bench.run(1_900)
    assert tests_begun(bench) == begun
    bench.run(2_000)
    assert tests_begun(bench) == begun + 1
    assert bench.faults == [code.RCD_DC_TRIP], "unplugging alone is not enough"

    bench.run(2_000)

    assert bench.faults == []
    asks_again(bench, 40_000)


def after_a_trip_a_plug_that_was_out_for_a_moment_does_not_count(sparse: bool) -> None:
    bench = charging(sparse)
    trips(bench)
    bench.run(5_000)
    bench.show("A")
    bench.run(1_900)
    bench.show("C")
    bench.run(120_000)

    assert bench.faults == [code.RCD_DC_TRIP]
    assert not bench.closed


def after_a_trip_another_plug_during_the_test_needs_no_third_one(sparse: bool) -> None:
    bench = charging(sparse)
    trips(bench)
    bench.run(5_000)
    bench.show("A")
    bench.run(2_500)

    bench.show("B")
    bench.run(10_000)

    assert bench.faults == []
    bench.show("C")
    bench.until(lambda: bench.hal.main_closed, 40_000)


def a_third_trip_within_a_day_needs_a_service_person(sparse: bool) -> None:
    bench = charging(sparse)
    for _ in range(2):
        trips(bench)
        bench.run(3_000)
        unplugs(bench)
        assert bench.faults == []
        asks_again(bench, 60_000)
    trips(bench)
    bench.run(3_000)
    assert bench.faults == [code.RCD_DC_TRIP, code.RCD_RETRY_EXHAUSTED]
    assert bench.board.interlock.faults.evidence[code.RCD_RETRY_EXHAUSTED][5] == 3

    unplugs(bench)

    assert bench.faults == [code.RCD_RETRY_EXHAUSTED]
    bench.show("C")
    bench.run(120_000)
    assert not bench.closed


# --- the UL profile


def a_test_comes_before_every_closing_in_the_ul_profile(sparse: bool) -> None:
    for profile, tests in (("IEC", 0), (RESIDUAL_UL, 3)):
        bench = charging(sparse, profile)
        begun = tests_begun(bench)
        for _ in range(3):
            bench.show("B")
            bench.run(10_000)
            bench.show("C")
            bench.run(2_000)
            assert bench.hal.main_closed

        assert tests_begun(bench) == begun + tests


def after_a_trip_the_ul_profile_tries_again_a_quarter_of_an_hour_later(sparse: bool) -> None:
    if not sparse:
        return  # a quarter of an hour in steps of 5 ms takes long
    bench = charging(sparse, RESIDUAL_UL)
    trips(bench, RESIDUAL_AC)
    for _ in range(RETRY_MS // 60_000):
        bench.run(60_000)
        # What the board tells is not read: a small interpreter has no room for it.
        bench.hal.from_board = bytearray()
    assert bench.faults == [code.RCD_AC_TRIP]

    bench.until(lambda: bench.hal.main_closed, 40_000)

    assert bench.faults == []
