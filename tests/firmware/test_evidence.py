"""The record of a trip: what stands in it, when it is closed, how it is cut into blocks."""

from __future__ import annotations

import struct
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import evidence
from evidence import AFTER_MS, ENTRIES, ENTRY_BYTES, HEAD, HEAD_BYTES, HELD_MS, LAYOUT, NO_LEVEL, Evidence, Ring
from faults import BLOCK, NONE, OPEN, X1
from hal import X1 as STEADY_12_V
from hal import X2
from hypothesis import given
from hypothesis import strategies as st
from kind import Kind
from situation import Situation

NUMBERS = st.integers(-(2**40), 2**40)


def situation() -> Situation:
    return Situation(0, "power", Kind(), ())


def offering(mode: int = X2) -> Any:
    return SimpleNamespace(mode=mode, duty=2_667)


def entries_of(record: bytes) -> list[tuple[int, ...]]:
    version, size, count, _ = struct.unpack(HEAD, record[:HEAD_BYTES])
    assert (version, size, len(record)) == (1, ENTRY_BYTES, HEAD_BYTES + size * count)
    return [struct.unpack(LAYOUT, record[at : at + size]) for at in range(HEAD_BYTES, len(record), size)]


def whole(found: Evidence, now: int) -> bytes:
    """As a reader gets it, block by block."""
    return b"".join(found.read(at, 400, now) for at in range(0, found.size(), 400))


def test_an_entry_holds_every_reading_in_its_unit() -> None:
    seen = situation()
    pins = seen.inputs
    pins.high_mv, pins.low_mv, pins.samples_high = 6_012, -11_987, 20
    pins.plus_mv, pins.minus_mv, pins.supply_mv = 12_040, -11_960, 11_900
    pins.load_edges, pins.earth_edges, pins.earth_neutral_mv = (6, 5, 4), 10, 1_230
    pins.voltage_mv, pins.current_ma = (230_120, 231_000, 229_990), (16_010, 15_990, 0)
    pins.mains_mhz, pins.pp_mv, pins.lock_code = 50_012, 595, 3_001
    pins.ntc_codes, pins.release_mv, pins.residual = (2_048, 2_000, 1_900, 4_095), 11_500, 5
    pins.mirror_open, pins.chain_ok, pins.rotation_ok = False, True, True
    seen.contactor.coil = 2
    memory = bytearray(ENTRY_BYTES + 2)
    evidence.write(memory, 1, seen, offering(), 123_456)

    assert memory[0] == memory[-1] == 0
    flags = evidence.CHAIN_OK | evidence.ROTATION_OK | evidence.COIL | evidence.OFFERED | evidence.SAMPLES | 5 << 8
    assert struct.unpack_from(LAYOUT, memory, 1) == (
        *(123_456, 6_012, -11_987, flags, 2_667, seen.pilot.state, 120, 119, 119, 6, 5, 4, 10),
        *(23_012, 23_100, 22_999, 1_601, 1_599, 0, 50_012, 123, 595, 3_001, 128, 125, 118, 255, 115),
    )


def test_flags_tell_what_is_missing_and_what_is_not() -> None:
    seen = situation()
    pins = seen.inputs
    pins.frozen = pins.mirror_open = True
    pins.chain_ok = pins.rotation_ok = False
    assert evidence.flags(seen, offered=False) == evidence.FROZEN | evidence.MIRROR_OPEN
    seen.test.begin(0)

    assert evidence.flags(seen, offered=False) == evidence.FROZEN | evidence.MIRROR_OPEN | evidence.TESTING


@given(st.lists(NUMBERS, min_size=12, max_size=12), st.none() | NUMBERS, st.none() | NUMBERS, st.integers(0, 2**48))
def test_no_reading_is_too_wild_to_be_noted(
    numbers: list[int], low_mv: int | None, pp_mv: int | None, now: int
) -> None:
    seen = situation()
    pins = seen.inputs
    pins.high_mv, pins.plus_mv, pins.minus_mv, pins.supply_mv, pins.earth_edges, pins.earth_neutral_mv = numbers[:6]
    pins.mains_mhz, pins.lock_code, pins.release_mv = numbers[6:9]
    pins.load_edges = pins.voltage_mv = pins.current_ma = (numbers[9], numbers[10], numbers[11])
    pins.ntc_codes = (numbers[9], numbers[10], numbers[11], numbers[0])
    pins.low_mv, pins.pp_mv = low_mv, pp_mv
    memory = bytearray(ENTRY_BYTES)
    evidence.write(memory, 0, seen, offering(), now)

    entry = struct.unpack(LAYOUT, memory)
    assert (entry[2] == NO_LEVEL) == (low_mv is None)
    assert (entry[21] == 0xFFFF) == (pp_mv is None)


@given(st.integers(0, 2 * ENTRIES + 3), st.integers(0, 30_000), st.integers(0, 500))
def test_any_piece_of_a_ring_is_that_piece_of_the_record(count: int, at: int, size: int) -> None:
    ring = Ring()
    ring.fault_at = 77
    for number in range(count):
        ring.memory[ring.next * ENTRY_BYTES : (ring.next + 1) * ENTRY_BYTES] = number.to_bytes(2, "little") * 22 + b"\0"
        ring.next = (ring.next + 1) % ENTRIES
        ring.count = min(ring.count + 1, ENTRIES)
    kept = range(max(0, count - ENTRIES), count)
    record = struct.pack(HEAD, 1, ENTRY_BYTES, len(kept), 77) + b"".join(
        number.to_bytes(2, "little") * 22 + b"\0" for number in kept
    )

    assert ring.size() == (len(record) if count else 0)
    assert ring.read(at, size) == record[at : at + size]


def run(found: Evidence, reaction: int, start: int, end: int, step: int = 5) -> int | None:
    due = None
    faults: Any = SimpleNamespace(reaction=reaction)
    for now in range(start, end, step):
        due = found.observe(situation(), offering(STEADY_12_V), faults, now)
    return due


def test_a_record_is_closed_half_a_second_after_the_fault() -> None:
    found = Evidence(NONE)
    run(found, NONE, 0, 10_000)
    assert found.size() == 0
    assert run(found, X1, 10_000, 10_500) == 10_000 + AFTER_MS == 10_500
    assert found.size() == 0
    assert run(found, X1, 10_500, 10_505) is None

    moments = [entry[0] for entry in entries_of(whole(found, 10_500))]
    assert moments == list(range(8_505, 10_505, 5))
    assert struct.unpack(HEAD, found.read(0, 8, 10_500))[3] == 10_000


def test_entries_are_at_least_a_step_apart() -> None:
    found = Evidence(NONE)
    run(found, NONE, 0, 1_000, step=1)
    run(found, OPEN, 1_000, 1_600, step=1)

    moments = [entry[0] for entry in entries_of(whole(found, 1_600))]
    assert {after - before for before, after in pairwise(moments)} == {5}


def test_only_what_stops_a_charge_and_is_new_makes_a_record() -> None:
    found = Evidence(OPEN)
    run(found, OPEN, 0, 3_000)
    run(found, BLOCK, 3_000, 6_000)
    assert found.size() == 0, "faults of the last life and faults that only block are no trip"
    run(found, X1, 6_000, 7_000)
    assert struct.unpack(HEAD, whole(found, 7_000)[:HEAD_BYTES])[3] == 6_000
    run(found, X1, 7_000, 9_000)
    assert struct.unpack(HEAD, whole(found, 9_000)[:HEAD_BYTES])[3] == 6_000
    run(found, OPEN, 9_000, 10_000)

    assert struct.unpack(HEAD, whole(found, 10_000)[:HEAD_BYTES])[3] == 9_000


def test_a_reader_in_the_middle_is_waited_for_and_the_next_record_stands_still_meanwhile() -> None:
    found = Evidence(NONE)
    run(found, OPEN, 0, 1_000)
    first = found.read(0, 400, 1_000)
    run(found, NONE, 1_000, 3_000)
    assert run(found, OPEN, 3_000, 4_000) == 1_000 + HELD_MS
    assert found.read(0, 400, 4_000) == first
    assert run(found, OPEN, 4_000, 4_000 + HELD_MS) == 4_000 + HELD_MS
    run(found, OPEN, 4_000 + HELD_MS, 4_005 + HELD_MS)

    entries = entries_of(whole(found, 20_000))
    assert struct.unpack(HEAD, found.read(0, 8, 20_000))[3] == 3_000
    assert entries[-1][0] == 3_500


def test_reading_the_last_block_lets_the_next_record_in() -> None:
    found = Evidence(NONE)
    run(found, OPEN, 0, 1_000)
    whole(found, 1_000)
    run(found, NONE, 1_000, 3_000)

    assert run(found, OPEN, 3_000, 3_600) is None
    assert struct.unpack(HEAD, found.read(0, 8, 3_600))[3] == 3_000
