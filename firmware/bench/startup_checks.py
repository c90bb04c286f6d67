"""What the board must do in its first minute, and when that minute comes too often (safety reference, 9 and 10).

Plain functions, so that MicroPython runs them as well; the names are the sentences they prove.
"""

import fault_codes as code
from bench import Bench
from board import Board
from boot import Boot
from guard import NOTHING
from hal import COIL_OFF, X1
from kind import STORAGE, Kind
from messages import IDENTIFY, table_hash
from startup import Startup


def keeping(sparse: bool) -> Bench:
    """A board with storage, started for the first time."""
    return Bench(sparse, kind=Kind(has=STORAGE))


def starts_again(bench: Bench, cause: str = "power") -> None:
    """Reset: the outputs fall to their reset levels, and only what was kept is still known."""
    hal = bench.hal
    hal._reset_cause = cause
    hal.coil(COIL_OFF)
    hal.cp_drive(X1, 10_000)
    bench.board = Board(hal)
    bench.write(IDENTIFY, (1, table_hash()))
    bench.touch()


def starts_short(bench: Bench, times: int, cause: str = "power") -> None:
    for _ in range(times):
        bench.run(20_000)
        starts_again(bench, cause)


def is_ready(bench: Bench) -> bool:
    situation = bench.board.interlock.situation
    startup = next(each for each in situation.guards if isinstance(each, Startup))
    return startup.obstacle(situation, bench.hal.now) == (NOTHING, None)


def writes(bench: Bench) -> "list[bytes]":
    return [content for name, content in bench.hal.writes if name == "boots"]


def the_board_is_ready_after_half_a_second_of_readings(sparse: bool) -> None:
    bench = Bench(sparse)
    bench.hal.samples_high = 0
    bench.touch()
    bench.run(300)
    assert not is_ready(bench)
    bench.hal.samples_high = 100
    bench.touch()
    bench.run(490)
    assert not is_ready(bench)

    bench.run(20)

    assert is_ready(bench)


def contacts_never_seen_open_keep_the_board_from_being_ready(sparse: bool) -> None:
    bench = Bench(sparse)
    bench.hal.follows_coil = False
    bench.hal.main_closed = True
    bench.touch()
    bench.run(900)
    assert not is_ready(bench)

    bench.hal.main_closed = False
    bench.touch()

    assert is_ready(bench)


def a_start_costs_one_write_and_its_first_minute_another(sparse: bool) -> None:
    bench = keeping(sparse)
    assert writes(bench) == [b"\x01"]
    bench.run(59_900)
    assert writes(bench) == [b"\x01"]
    bench.run(120_000)

    assert writes(bench) == [b"\x01", b"\x00"]


def a_minute_that_ends_during_a_charge_is_written_down_after_it(sparse: bool) -> None:
    bench = keeping(sparse)
    bench.charge()
    bench.run(120_000)
    assert bench.closed
    assert writes(bench) == [b"\x01"]

    bench.show("B")
    bench.run(200)

    assert writes(bench) == [b"\x01", b"\x00"]


def a_second_start_after_a_short_one_closes_nothing_for_a_minute(sparse: bool) -> None:
    bench = keeping(sparse)
    starts_short(bench, 1)
    started_at = bench.hal.now
    bench.wish(True, 160)
    bench.show("C")

    bench.until(lambda: bench.closed, 65_000)

    assert bench.hal.now - started_at > 60_000
    assert writes(bench)[-1] == b"\x00"
    assert bench.faults == []


def a_third_short_life_in_a_row_is_held_in_x1(sparse: bool) -> None:
    bench = keeping(sparse)
    starts_short(bench, 2)
    bench.wish(True, 160)
    bench.show("C")
    bench.run(300_000)

    assert bench.faults == [code.MCU_RESTARTS]
    assert bench.board.interlock.faults.evidence[code.MCU_RESTARTS] == {5: 3}
    assert bench.hal.mode == X1
    assert not bench.closed
    assert writes(bench)[-1] == b"\x03", "held over the next start as well"


def a_held_board_stays_held_over_restarts(sparse: bool) -> None:
    bench = keeping(sparse)
    starts_short(bench, 2)
    bench.run(300_000)
    starts_again(bench)
    bench.run(2_000)

    assert bench.faults == [code.MCU_RESTARTS]


def a_host_that_withdraws_and_renews_its_commissioning_frees_the_board(sparse: bool) -> None:
    bench = keeping(sparse)
    starts_short(bench, 2)
    bench.wish(True, 160)
    bench.show("C")
    bench.run(10_000)
    bench.commissioned = False
    bench.wish(True, 160)
    bench.run(2_000)
    assert bench.faults == [code.MCU_RESTARTS]

    bench.commissioned = True
    bench.wish(True, 160)
    bench.run(100)

    assert bench.faults == []
    assert writes(bench)[-1] == b"\x00", "at once: the next start is not held for lives before the confirmation"
    bench.until(lambda: bench.closed, 60_000)
    assert len(writes(bench)) == 4


def a_restart_right_after_the_confirmation_is_the_first_of_a_new_count(sparse: bool) -> None:
    bench = keeping(sparse)
    starts_short(bench, 2)
    bench.run(1_000)
    for commissioned in (False, True):
        bench.commissioned = commissioned
        bench.wish(False, 0)
    bench.run(100)

    starts_again(bench)
    bench.run(100)

    assert bench.faults == []
    assert writes(bench)[-1] == b"\x01"


def a_host_that_is_commissioned_anew_before_the_board_is_held_confirms_nothing(sparse: bool) -> None:
    bench = keeping(sparse)
    starts_short(bench, 1)
    for commissioned in (False, True):
        bench.commissioned = commissioned
        bench.wish(False, 0)
    starts_short(bench, 1)
    bench.run(100)

    assert bench.faults == [code.MCU_RESTARTS]


def a_restart_that_the_firmware_ordered_is_no_short_life(sparse: bool) -> None:
    bench = keeping(sparse)
    starts_short(bench, 4, "soft")
    bench.run(100)

    assert bench.faults == []
    assert writes(bench) == [b"\x01"]


def a_restart_that_the_firmware_ordered_does_not_free_a_held_board(sparse: bool) -> None:
    bench = keeping(sparse)
    starts_short(bench, 2)
    starts_short(bench, 2, "soft")
    bench.run(61_000)

    assert bench.faults == [code.MCU_RESTARTS]


def a_restart_that_the_firmware_ordered_tells_no_reset_by_the_watchdog(sparse: bool) -> None:
    bench = keeping(sparse)
    starts_short(bench, 1, "watchdog")
    bench.run(1_000)
    assert bench.faults == [code.MCU_WATCHDOG_RESET]
    bench.run(6_000)

    starts_again(bench, "soft")
    bench.run(1_000)

    assert bench.faults == []


def a_third_reset_by_the_watchdog_within_a_day_needs_a_service_person(sparse: bool) -> None:
    bench = keeping(sparse)
    for number in range(3):
        # Longer than a short life: these are counted by themselves, and a loss of power in between ends no day.
        bench.run(70_000)
        starts_again(bench, "watchdog")
        bench.run(6_000)
        assert bench.faults == ([code.MCU_WATCHDOG_RESET] if number == 2 else [])
        bench.run(60_000)
        starts_again(bench)
    bench.run(6_000)

    assert bench.faults == [code.MCU_WATCHDOG_RESET]
    assert bench.board.interlock.faults.needs_service


def a_day_without_a_reset_by_the_watchdog_begins_their_count_anew(sparse: bool) -> None:
    bench = keeping(sparse)
    for _ in range(4):
        bench.run(70_000)
        starts_again(bench, "watchdog")
        bench.run(70_000)
        bench.let_host_talk(False)
        bench.hal.now += 24 * 3_600_000
        bench.touch()
        bench.let_host_talk(True)
    bench.run(6_000)

    assert bench.faults == []


def a_start_that_the_firmware_ordered_ends_the_count_of_resets_by_the_watchdog(sparse: bool) -> None:
    bench = keeping(sparse)
    for _ in range(2):
        bench.run(70_000)
        starts_again(bench, "watchdog")
    bench.run(70_000)
    starts_again(bench, "soft")
    bench.run(70_000)
    starts_again(bench, "watchdog")
    bench.run(6_000)

    assert bench.faults == []


def after_a_minute_of_life_the_count_begins_anew(sparse: bool) -> None:
    bench = keeping(sparse)
    for _ in range(3):
        starts_short(bench, 1)
        bench.run(61_000)
        starts_again(bench)
    bench.run(5_000)

    assert bench.faults == []


def a_damaged_count_holds_the_board(sparse: bool) -> None:
    for damaged in (b"\x04", b"\xff", b"\x01\x02", b"junk"):
        bench = keeping(sparse)
        bench.hal.kept["boots"] = damaged
        starts_again(bench)
        bench.run(1_000)

        assert bench.faults == [code.MCU_RESTARTS]


def a_board_without_storage_writes_nothing(sparse: bool) -> None:
    bench = Bench(sparse)
    bench.run(120_000)

    assert bench.hal.writes == []


def a_program_that_is_not_the_one_of_its_manifest_closes_nothing(sparse: bool) -> None:
    bench = keeping(sparse)
    bench.hal.kept["manifest"] = b"no manifest at all"
    Boot(bench.hal, bench.board.interlock.situation)
    bench.touch()

    assert bench.faults == [code.MCU_SELFTEST]
