"""What a self-test may show on the pilot, what ends it, and what the board tells of its contactor's last movements.

Self-test catalogue, ST202 to ST204, ST210, ST301, ST402 to ST411. The watch beside every bench fails the poll in which
a test holds the pilot against a plug, a permission, a fault or a silence.
"""

from bench import Bench, charging
from fake_contactor import fitted
from hal import X1, X2, F
from inputs import RESIDUAL_DC
from kind import CHAIN_FEEDBACK, EARTH_SENSE, LOAD_SENSE, RESIDUAL_CURRENT, Kind
from service_bench import ServiceBench

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SHOWN_MS, CUT_MS, F_MS, X1_MS = 10_000, 6_000, 300, 3_000
STEP_MS = 5
HALF = 5_000
SENSES = LOAD_SENSE | EARTH_SENSE | CHAIN_FEEDBACK | RESIDUAL_CURRENT


def empty(sparse: bool, has: int = 0) -> Bench:
    """Nobody plugged in for long, and a host that permits nothing."""
    bench = Bench(sparse, kind=Kind(has=has))
    bench.wish(False, 0)
    bench.run(8_000)
    return bench


def shown(bench: Bench, step: str, duty: int = 0) -> None:
    """The board agrees, and drives it as soon as it may."""
    assert bench.test_step(step, duty), step + " was not agreed to"
    wanted = {"drive_x1": X1, "drive_f": F, "drive_pwm": X2}[step]
    bench.until(lambda: bench.hal.mode == wanted and (wanted != X2 or bench.hal.duty == duty), X1_MS + F_MS + 100)


def ended_ms(bench: Bench, limit_ms: int) -> int:
    """Until no square wave is driven any more."""
    return bench.until(lambda: not bench.pwm, limit_ms)


def plugged(sparse: bool) -> Bench:
    """An adapter in B, and a host that permits nothing."""
    bench = empty(sparse)
    bench.show("B")
    bench.run(1_000)
    return bench


def words(bench: ServiceBench, what: str) -> "dict[str, str]":
    found = {}
    for word in bench.content(what).decode().split():
        name, _, value = word.partition("=")
        found[name] = value
    return found


def a_square_wave_of_a_test_stands_on_an_empty_outlet_for_ten_seconds(sparse: bool) -> None:
    bench = empty(sparse)
    assert bench.test_step("drive_pwm", HALF)
    began = bench.hal.now
    bench.until(lambda: bench.pwm, 100)
    assert bench.hal.duty == HALF
    assert bench.last_status()[6] == 0, "a test offers nothing"

    bench.until(lambda: not bench.pwm, SHOWN_MS)

    assert SHOWN_MS - STEP_MS <= bench.hal.now - began <= SHOWN_MS + STEP_MS
    assert bench.hal.mode == X1


def another_duty_follows_at_once_and_f_after_it(sparse: bool) -> None:
    bench = empty(sparse)
    shown(bench, "drive_pwm", HALF)
    for duty in (1_000, 2_666, 9_600):
        assert bench.test_step("drive_pwm", duty)
        bench.run(10)
        assert (bench.hal.mode, bench.hal.duty) == (X2, duty)
    shown(bench, "drive_f")
    assert bench.test_step("release")
    bench.until(lambda: bench.hal.mode == X1, F_MS + STEP_MS)


def after_f_a_square_wave_waits_for_three_seconds_of_x1(sparse: bool) -> None:
    bench = empty(sparse)
    shown(bench, "drive_f")
    bench.run(500)
    assert bench.test_step("drive_pwm", HALF)
    bench.until(lambda: bench.hal.mode == X1, 20)

    assert X1_MS <= bench.until(lambda: bench.pwm, X1_MS + 100) <= X1_MS + STEP_MS


def less_than_three_and_more_than_ninety_seven_percent_are_no_duty(sparse: bool) -> None:
    bench = empty(sparse)
    for duty in (0, 299, 9_701, 10_000):
        assert not bench.test_step("drive_pwm", duty)
    assert bench.hal.mode == X1


def f_of_a_test_hides_no_plug_for_longer_than_ten_seconds(sparse: bool) -> None:
    bench = empty(sparse)
    shown(bench, "drive_f")
    for _ in range(24):
        assert not bench.test_step("drive_f"), "F after F hides whoever comes"
        bench.run(400)

    bench.until(lambda: bench.hal.mode == X1, 500)
    assert not bench.test_step("drive_f")


def a_plug_ends_a_square_wave_with_its_first_reading(sparse: bool) -> None:
    for state in ("B", "C", "D", "E"):
        bench = empty(sparse)
        shown(bench, "drive_pwm", HALF)
        bench.show(state)
        assert ended_ms(bench, 20) <= STEP_MS
        assert not bench.board.interlock.situation.pilot.plugged, "long before it is believed"
        assert not bench.test_step("drive_pwm", HALF)


def in_a_test_everything_else_that_wants_the_pilot_comes_first(sparse: bool) -> None:
    ends: tuple[Callable[[Bench], None], ...] = (
        lambda bench: bench.wish(True, 160),
        lambda bench: setattr(bench, "open_at_once", True),
        lambda bench: bench.let_host_talk(False),
        lambda bench: setattr(bench.hal, "frozen", True),
    )
    for end in ends:
        bench = empty(sparse)
        shown(bench, "drive_pwm", HALF)
        end(bench)
        bench.touch()
        ended_ms(bench, 2_100)
        assert not bench.test_step("drive_pwm", HALF)


def a_charge_after_a_test_begins_in_x1(sparse: bool) -> None:
    bench = empty(sparse)
    shown(bench, "drive_pwm", HALF)
    bench.show("B")
    bench.wish(True, 160)
    at = bench.hal.now
    bench.until(lambda: bench.pwm, 10_000)

    assert bench.hal.now - at >= X1_MS, "the test's wave is no offer"
    bench.show("C")
    bench.until(lambda: bench.closed, 2_000)


def a_cut_ends_after_six_seconds_and_nobody_is_unplugged_by_it(sparse: bool) -> None:
    bench = plugged(sparse)
    insertions = bench.board.interlock.situation.pilot.insertions
    assert bench.test_step("cut")
    began = bench.hal.now
    bench.until(lambda: bench.hal.disconnected, 20)

    bench.until(lambda: not bench.hal.disconnected, CUT_MS + 10)

    assert CUT_MS - STEP_MS <= bench.hal.now - began <= CUT_MS + STEP_MS
    bench.run(1_000)
    assert bench.board.interlock.situation.pilot.insertions == insertions
    assert bench.faults == []


def a_cut_needs_a_plug_that_was_seen_and_ends_with_a_permission(sparse: bool) -> None:
    bench = empty(sparse)
    assert not bench.test_step("cut"), "nobody is there"
    bench.show("B")
    bench.run(1_000)
    assert bench.test_step("cut")
    bench.run(1_000)
    assert not bench.test_step("cut"), "nobody has seen since whether it is still in"
    bench.wish(True, 160)
    bench.until(lambda: not bench.hal.disconnected, 20)
    bench.show("C")
    bench.until(lambda: bench.closed, 6_000)
    assert not bench.test_step("cut")


def in_a_charge_no_test_moves_the_pilot(sparse: bool) -> None:
    bench = charging(sparse)
    duty = bench.hal.duty
    for step in ("drive_x1", "drive_f", "drive_pwm", "cut", "residual", "stop_alive", "hang"):
        assert not bench.test_step(step, HALF)
    bench.run(1_000)

    assert (bench.closed, bench.hal.mode, bench.hal.duty) == (True, X2, duty)


def a_test_of_the_residual_current_unit_tells_its_times(sparse: bool) -> None:
    bench = ServiceBench(sparse, has=RESIDUAL_CURRENT | CHAIN_FEEDBACK)
    bench.wish(False, 0)
    bench.run(10_000)
    assert words(bench, "residual_test")["state"] == "passed"
    bench.residual.trip_ms = 300
    assert bench.test("residual") == "done"
    bench.run(100)
    assert words(bench, "residual_test")["state"] == "running"
    assert bench.test("residual") == "not_now"
    bench.run(5_000)

    found = words(bench, "residual_test")

    assert (found["state"], found["chain"]) == ("passed", "dropped")
    assert 295 <= int(found["trip_ms"]) <= 310
    assert 1_240 <= int(found["clear_ms"]) <= 1_320, "the module releases a second after the pulse of a quarter"


def a_residual_current_unit_that_does_not_trip_has_failed(sparse: bool) -> None:
    bench = ServiceBench(sparse, has=RESIDUAL_CURRENT | CHAIN_FEEDBACK)
    bench.wish(False, 0)
    bench.run(10_000)
    bench.residual.dead = True
    assert bench.test("residual") == "done"
    bench.run(10_000)

    assert words(bench, "residual_test") == {"state": "failed", "chain": "stayed"}


def a_board_without_the_unit_has_nothing_to_test(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.run(1_000)
    bench.wish(False, 0)

    assert bench.test("residual") == "unknown"
    assert bench.ask("residual_test")[1][1] == 3


def energised(sparse: bool, lost: int = 0) -> ServiceBench:
    """A test with power, its adapter in C, long enough for the bouncing to be over. Poles that are lost are bits."""
    bench = ServiceBench(sparse, has=SENSES)
    fitted(bench).lost = lost
    bench.commissioned = False
    bench.wish(True, 160)
    bench.run(1_000)
    bench.show("B")
    bench.run(11_000)
    assert bench.begin_test() == "done"
    bench.show("C")
    bench.until(lambda: bench.closed, 5_000)
    bench.run(2_000)
    return bench


def a_chain_without_pulses_is_what_was_ordered_and_opens(sparse: bool) -> None:
    bench = energised(sparse)
    assert bench.test("stop_alive") == "done"
    stopped = bench.hal.now
    bench.run(45)
    assert bench.hal.pulsed_at <= stopped
    bench.hal.chain = False
    bench.touch()
    bench.opens_within(50)
    bench.run(300)
    bench.hal.chain = True
    bench.touch()
    bench.run(2_000)

    assert bench.hal.now - bench.hal.pulsed_at <= 1_000
    assert bench.faults == []
    assert words(bench, "travel")["why"] == "chain"


def a_chain_that_stands_without_pulses_is_found_within_a_fifth_of_a_second(sparse: bool) -> None:
    bench = energised(sparse)
    assert bench.test("stop_alive") == "done"
    bench.opens_within(200)

    assert bench.faults == [0x0809]
    assert not bench.board.interlock.situation.testing
    bench.run(20)
    assert bench.hal.now - bench.hal.pulsed_at <= 20, "the pulses are back with the end of the test"


def a_program_hangs_by_order_in_a_test_with_power_alone(sparse: bool) -> None:
    bench = energised(sparse)
    boots = bench.boots
    assert bench.test("hang") == "done"
    bench.run(1_000)
    assert bench.boots == boots + 1
    assert bench.test("hang") == "not_now"
    bench.run(1_000)

    assert bench.boots == boots + 1


def a_hang_in_a_test_is_counted_against_nobody(sparse: bool) -> None:
    bench = energised(sparse)
    assert bench.test("hang") == "done"
    bench.run(1_000)
    assert bench.board.interlock.situation.hangs == 0
    bench.run(100)
    bench.restart("watchdog")

    assert bench.board.interlock.situation.hangs == 1, "and the next one is"


def a_hang_that_was_ordered_does_not_happen_after_the_test(sparse: bool) -> None:
    bench = energised(sparse)
    boots = bench.boots
    assert bench.test("hang") == "done"
    assert bench.test("end") == "done"
    bench.run(1_000)

    assert bench.boots == boots


def the_last_closing_and_opening_are_told_by_mirror_and_phase(sparse: bool) -> None:
    bench = energised(sparse)
    closing = words(bench, "travel")
    bench.show("B")
    bench.run(1_000)

    found = words(bench, "travel")

    assert found["sensed"] == "3"
    assert closing["mirror_closed_ms"] == found["mirror_closed_ms"]
    assert 12 <= int(found["mirror_closed_ms"]) <= 17
    assert 25 <= int(found["mirror_open_ms"]) <= 30
    for phase in ("l1", "l2", "l3"):
        assert 18 <= int(found["live_" + phase + "_ms"]) <= 50
        assert 22 <= int(found["dead_" + phase + "_ms"]) <= 50
    assert found["why"] == "state"
    assert 40 <= int(found["event_ms"]) <= 50


def a_phase_that_stays_live_is_not_told_as_dead(sparse: bool) -> None:
    bench = energised(sparse)
    assert bench.hal.contactor is not None
    bench.hal.contactor.welds = 0b010
    bench.show("B")
    bench.run(500)

    found = words(bench, "travel")

    assert "dead_l1_ms" in found and "dead_l3_ms" in found
    assert "dead_l2_ms" not in found and "mirror_open_ms" not in found


def a_phase_that_never_came_is_told_neither_live_nor_dead(sparse: bool) -> None:
    bench = energised(sparse, lost=0b100)

    found = words(bench, "travel")

    assert "live_l1_ms" in found and "dead_l1_ms" in found
    assert "live_l3_ms" not in found and "dead_l3_ms" not in found
    assert found["why"] == "fault"


def a_trip_is_told_as_what_opened_and_not_the_chain_behind_it(sparse: bool) -> None:
    bench = energised(sparse)
    bench.residual.trip(RESIDUAL_DC)
    bench.touch()
    bench.opens_within(60)
    bench.run(200)

    found = words(bench, "travel")

    assert found["why"] == "residual"
    assert int(found["event_ms"]) <= 25
