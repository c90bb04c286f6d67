"""What the host may ask beside its wish, case by case: reading, writing, clearing a latch.

Times and counts are those of the safety reference, sections 2 and 3.
"""

import struct

import calibration
import fault_codes as code
from challenge import keyed_hash
from evidence import AFTER_MS, ENTRIES, ENTRY_BYTES, HEAD, HEAD_BYTES, LAYOUT, MIRROR_OPEN, NO_LEVEL
from hal import Hal
from kind import CAPTURE
from messages import ANSWER, ASK, ASKS, BLOCK, CLEAR, RESULTS, TEST, table_hash
from readings import NONE
from service_bench import LOCAL_KEY, ServiceBench
from storage import sealed

SIGNATURE = bytes(64)
STEP_MS = 5
WELDED_MS = 3_000


def record(gain: int = 10_000, offset_mv: int = 0, date: bytes = b"2026-11-29") -> bytes:
    """A calibration as it is put."""
    return sealed(struct.pack(calibration.LAYOUT, 1, 0, gain, offset_mv, 12_010, -11_990, date))


def welded(sparse: bool) -> ServiceBench:
    """A board that has found its contacts stuck, seen to be kept; they come loose afterwards."""
    bench = ServiceBench(sparse)
    bench.run(1_000)
    bench.charge()
    bench.hal.follows_coil = False
    bench.show("B")
    bench.until(lambda: code.CONTACTOR_WELDED in bench.faults, WELDED_MS)
    bench.run(100)
    bench.hal.follows_coil = True
    return bench


# --- reading


def an_ask_is_answered_with_its_own_number(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    kind, values = bench.ask("challenge")

    assert (kind, values[1:4]) == (BLOCK, [ASKS.index("challenge"), 0, 1])
    assert values[4] == b"pilot-board S-4711 " + bench.hal.boot_id().encode() + b" 0"


def a_request_before_the_host_is_agreed_with_is_not_answered(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.restart()
    bench.hal.to_board = b""
    bench.board.link._host_agrees = False
    bench.write(ASK, (7, ASKS.index("challenge"), 0))
    bench.run(2_000)

    assert bench.replies() == []


def a_request_said_twice_is_answered_twice_and_done_once(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.wish(False, 0)
    bench.run(1_000)
    proof = keyed_hash(LOCAL_KEY, bench.content("challenge"))
    for number, expected in ((500, "done"), (500, "done"), (501, "not_now"), (501, "not_now"), (502, "not_now")):
        bench.messages()
        bench.write(TEST, (number, 0, proof, 0))
        bench.run(20)
        assert [bench.result(reply) for reply in bench.replies()] == [expected]
    assert bench.content("challenge").endswith(b" 1"), "one proof was used up"


def a_host_that_starts_anew_may_use_a_number_again(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    before = bench.content("challenge")
    bench.board.requests._challenge.use_up()
    bench.number -= 1
    assert bench.content("challenge") == before

    bench.number -= 1
    bench.write(1, (1, table_hash()))

    assert bench.content("challenge") != before


def a_poll_answers_at_most_one_request(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.run(500)
    bench.messages()
    for number in range(3):
        bench.write(ASK, (100 + number, ASKS.index("measures"), 0))
    seen = []
    for _ in range(3):
        bench.touch()
        seen.append(len(bench.replies()))

    assert seen == [1, 1, 1]


def a_crowd_of_requests_is_cut_short_and_stops_nothing(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.run(500)
    bench.messages()
    for number in range(50):
        bench.write(ASK, (100 + number, ASKS.index("measures"), 0))
    bench.run(1_000)

    assert [values[0] for _, values in bench.replies()] == [100, 101, 102, 103]


def the_measures_are_the_readings_of_this_moment(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.show("B")
    bench.run(100)
    found = bench.content("measures")
    numbers = struct.unpack("<" + str(len(found) // 4) + "i", found)

    assert numbers[0] == 8_980
    assert numbers[1] == NONE, "no low phase in x1"
    assert 230_000 in numbers


def a_capture_is_one_moment_in_many_blocks(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    moment = [1]
    bench.hal.samples = lambda: (10, bytes([moment[0]]) * 20_000)  # type: ignore[method-assign]
    first = bench.content("capture")
    moment[0] = 2
    _, values = bench.ask("capture", 3)

    assert first == struct.pack("<HH", 10, 10_000) + bytes([1]) * 20_000
    assert values[3] == 51
    assert values[4] == bytes([1]) * 400, "a later block is of the same moment"
    assert bench.content("capture")[4:] == bytes([2]) * 20_000


def a_board_without_captures_says_so_and_lives_on(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.hal.kind.has &= ~CAPTURE
    bench.hal.samples = lambda: Hal.samples(bench.hal)  # type: ignore[method-assign]
    bench.restart()

    assert bench.result(bench.ask("capture")) == "unknown"
    assert bench.result(bench.ask("capture", 1)) == "unknown"
    assert bench.content("measures")


def a_block_behind_the_last_one_is_unknown(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    for what in ("challenge", "measures", "capture", "evidence", "calibration", "update"):
        assert bench.result(bench.ask(what, 60_000)) == "unknown", what


# --- evidence


def the_evidence_of_a_trip_shows_two_seconds_and_half_a_second_after(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.run(1_000)
    bench.charge()
    bench.run(3_000)
    at = bench.hal.now
    bench.show("E")
    bench.run(AFTER_MS + 200)
    bench.show("B")
    bench.run(2_000)

    found = bench.content("evidence")
    _, size, count, fault_at = struct.unpack(HEAD, found[:HEAD_BYTES])
    entries = [struct.unpack(LAYOUT, found[at_:][:size]) for at_ in range(HEAD_BYTES, len(found), size)]
    moments = [entry[0] for entry in entries]
    assert (size, count) == (ENTRY_BYTES, len(entries)) and count <= ENTRIES
    assert at < fault_at <= at + 100
    assert (
        moments == sorted(moments) and moments[-1] <= fault_at + AFTER_MS < moments[-1] + 2 * STEP_MS + 1_000 * sparse
    )
    assert moments[0] <= fault_at + AFTER_MS - ENTRIES * STEP_MS + STEP_MS
    before = [entry for entry in entries if entry[0] < at][-1]
    assert before[1:3] == (6_000, -12_000) and not before[3] & MIRROR_OPEN
    assert entries[-1][1:3] == (0, NO_LEVEL) and entries[-1][3] & MIRROR_OPEN


def the_evidence_stays_while_it_is_read(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.run(3_000)
    bench.show("E")
    bench.run(3_000)
    _, first = bench.ask("evidence", 0)
    bench.show("A")
    bench.run(3_000)
    bench.show("E")
    bench.run(3_000)
    _, again = bench.ask("evidence", 0)
    assert again[4] == first[4]

    bench.run(11_000)

    _, later = bench.ask("evidence", 0)
    assert later[4] != first[4], "a reader that stopped in the middle is waited for ten seconds"


def a_board_without_a_fault_has_no_evidence(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.run(5_000)

    assert bench.ask("evidence")[1][3:] == [0, b""]


# --- latches


def a_weld_outlives_a_restart(sparse: bool) -> None:
    bench = welded(sparse)
    for cause in ("soft", "power", "watchdog"):
        bench.restart(cause)
        assert code.CONTACTOR_WELDED in bench.faults
        bench.run(10_000)
        assert code.CONTACTOR_WELDED in bench.faults
        assert not bench.closed


def a_latch_is_kept_once_and_with_the_coil_off(sparse: bool) -> None:
    bench = welded(sparse)
    kept = bench.hal.kept["latches"]
    bench.hal.writes.clear()
    bench.run(60_000)

    assert kept == bench.hal.kept["latches"]
    assert "latches" not in [name for name, _ in bench.hal.writes]


def a_damaged_latch_is_a_latched_fault_itself(sparse: bool) -> None:
    for damage in (b"x", bytes(4), b"\xff" * 40):
        bench = ServiceBench(sparse)
        bench.hal.kept["latches"] = damage
        bench.restart()
        assert code.MCU_SELFTEST in bench.faults
        bench.run(100)
        bench.restart()

        assert code.MCU_SELFTEST in bench.faults, "it stays when it was written anew"


def a_storage_that_fails_is_a_fault_and_is_not_asked_again(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.run(61_000)
    tries = []

    def fail(name: str, content: bytes) -> None:
        tries.append(name)
        raise OSError(28)

    bench.charge()
    bench.hal.keep = fail  # type: ignore[method-assign]
    bench.hal.follows_coil = False
    bench.show("B")
    bench.run(20_000)

    assert code.MCU_SELFTEST in bench.faults
    assert tries.count("latches") == 2


def a_clear_without_a_key_is_refused(sparse: bool) -> None:
    bench = welded(sparse)

    assert bench.clear(code.CONTACTOR_WELDED, "meyer", "new contactor", SIGNATURE) == "refused"
    bench.run(1_000)
    bench.restart()
    assert code.CONTACTOR_WELDED in bench.faults


# --- calibration


def a_calibration_is_put_read_back_and_outlives_a_restart(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.run(1_000)
    assert bench.content("calibration") == b""
    assert bench.put("calibration", record(10_100, -20)) == "done"
    bench.restart()

    assert bench.content("calibration") == record(10_100, -20)


def a_calibration_that_is_damaged_or_beyond_reason_is_not_taken(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.run(1_000)
    damaged = record()[:-1] + bytes([record()[-1] ^ 1])
    assert bench.put("calibration", damaged) == "bad_checksum"
    for wrong in (b"", record(10_600), record(offset_mv=601), record(date=b"yesterday!"), record() + b"x"):
        assert bench.put("calibration", wrong) == "refused"

    assert "calibration" not in bench.hal.kept


def a_calibration_is_taken_in_state_a_only(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.run(1_000)
    bench.show("B")
    bench.run(1_000)

    assert bench.put("calibration", record()) == "not_now"


# --- what disturbs nothing


def a_charge_goes_on_while_the_host_asks(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    bench.run(1_000)
    bench.charge()
    for what in ("measures", "challenge", "capture", "calibration", "evidence"):
        bench.content(what)
    assert bench.put("calibration", record()) == "not_now"
    assert bench.result(bench.request(CLEAR, (code.CP_SHORT, "a", "b", SIGNATURE))) == "refused"

    assert bench.closed
    bench.show("A")
    bench.opens_within(100)


def an_unknown_ask_is_an_answer(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    kind, values = bench.ask("update")

    assert kind == ANSWER and RESULTS[values[1]] == "unknown"
