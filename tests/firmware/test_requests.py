"""Requests on the link: each is answered once and done once, whatever comes in whatever order."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import fault_codes as code
import pytest
from hal import COIL_OFF
from hypothesis import given
from hypothesis import strategies as st
from latches import NAME, packed, parsed
from messages import ANSWER, ASK, ASKS, BLOCK, CLEAR, IDENTIFY, PUT, PUTS, RESULTS, TEST, table_hash
from readings import Capture, blocks
from service_bench import ANSWERS_WITHIN_MS, LOCAL_KEY, ServiceBench

from tests.firmware.service_keys import PUBLIC, STRANGER, signature
from tests.searching import costly

REQUESTS = st.one_of(
    st.tuples(st.just(ASK), st.tuples(st.integers(0, len(ASKS) - 1), st.integers(0, 0xFFFF) | st.integers(0, 2))),
    st.tuples(
        st.just(PUT),
        st.tuples(st.integers(0, len(PUTS) - 1), st.integers(0, 3), st.binary(max_size=20) | st.binary(max_size=400)),
    ),
    st.tuples(
        st.just(CLEAR),
        st.tuples(
            st.sampled_from((code.CONTACTOR_WELDED, code.CP_SHORT)),
            st.text(min_size=1, max_size=32),
            st.text(min_size=1, max_size=64),
            st.binary(min_size=64, max_size=64),
        ),
    ),
    st.tuples(st.just(TEST), st.tuples(st.integers(0, 9), st.binary(max_size=32), st.integers(0, 10_000))),
)


def latched(sparse: bool = True) -> ServiceBench:
    """A board that remembers a weld; the contactor is sound again."""
    bench = ServiceBench(sparse, service_key=PUBLIC)
    bench.hal.kept[NAME] = packed({code.CONTACTOR_WELDED: {}})
    bench.hal.kept.pop("boots", None)
    bench.restart()
    bench.run(1_000)
    assert bench.faults == [code.CONTACTOR_WELDED]
    return bench


@pytest.fixture(params=[False, True], ids=["every 5 ms", "when due"])
def bench(request: pytest.FixtureRequest) -> Iterator[ServiceBench]:
    yield latched(request.param)


def test_a_valid_signature_ends_a_latch_with_a_restart(bench: ServiceBench) -> None:
    boots = bench.boots
    made = signature(bench.content("challenge"), code.CONTACTOR_WELDED, "meyer", "new contactor")
    began = bench.hal.now

    assert bench.clear(code.CONTACTOR_WELDED, "meyer", "new contactor", made) == "done"

    assert 1_000 < bench.hal.now - began < ANSWERS_WITHIN_MS
    assert bench.faults == [code.CONTACTOR_WELDED], "until the restart it stays"
    bench.run(120)
    assert bench.boots == boots + 1
    assert bench.faults == []
    assert parsed(bench.hal.kept[NAME]) == {}
    bench.run(30_000)
    assert bench.faults == []


def test_a_weld_that_is_still_there_is_found_again(bench: ServiceBench) -> None:
    bench.hal.follows_coil = False
    bench.hal.main_closed = True
    made = signature(bench.content("challenge"), code.CONTACTOR_WELDED)
    assert bench.clear(code.CONTACTOR_WELDED, "op", "why", made) == "done"
    bench.run(5_000)

    assert code.CONTACTOR_WELDED in bench.faults
    assert code.CONTACTOR_WELDED in (parsed(bench.hal.kept[NAME]) or {})


def test_a_recorded_clear_is_good_for_nothing(bench: ServiceBench) -> None:
    made = signature(bench.content("challenge"), code.CONTACTOR_WELDED)
    assert bench.clear(code.CONTACTOR_WELDED, "op", "why", made) == "done"
    assert bench.clear(code.CONTACTOR_WELDED, "op", "why", made) == "unknown"
    bench.run(1_000)
    bench.hal.kept[NAME] = packed({code.CONTACTOR_WELDED: {}})
    bench.restart()

    assert bench.clear(code.CONTACTOR_WELDED, "op", "why", made) == "bad_signature"
    assert code.CONTACTOR_WELDED in bench.faults


def test_a_strangers_signature_is_told_from_a_service_persons(bench: ServiceBench) -> None:
    made = signature(bench.content("challenge"), code.CONTACTOR_WELDED, key=STRANGER)

    assert bench.clear(code.CONTACTOR_WELDED, "op", "why", made) == "bad_signature"
    bench.run(1_000)
    bench.restart()
    assert bench.faults == [code.CONTACTOR_WELDED]


def test_what_comes_during_a_verification_is_put_off_and_a_repetition_waits(bench: ServiceBench) -> None:
    made = signature(bench.content("challenge"), code.CONTACTOR_WELDED)
    clear = (77, code.CONTACTOR_WELDED, "op", "why", made)
    bench.messages()
    bench.write(CLEAR, clear)
    bench.run(1_000)
    bench.write(CLEAR, clear)
    bench.run(500)
    assert bench.replies() == [], "the answer comes when there is one"
    bench.write(ASK, (78, ASKS.index("challenge"), 0))
    bench.run(20)
    assert bench.replies() == [(ANSWER, [78, RESULTS.index("busy"), 0])]
    bench.run(2_400)

    assert bench.replies() == [(ANSWER, [77, RESULTS.index("done"), code.CONTACTOR_WELDED])]


def test_a_host_that_comes_anew_ends_a_verification(bench: ServiceBench) -> None:
    made = signature(bench.content("challenge"), code.CONTACTOR_WELDED)
    bench.messages()
    bench.write(CLEAR, (77, code.CONTACTOR_WELDED, "op", "why", made))
    bench.run(1_000)
    bench.write(IDENTIFY, (1, table_hash()))
    bench.run(5_000)

    assert bench.replies() == []
    assert bench.faults == [code.CONTACTOR_WELDED]
    assert bench.ask("challenge")[0] == BLOCK


def test_a_host_with_another_table_is_not_answered_any_more() -> None:
    bench = latched()
    bench.write(IDENTIFY, (1, "00000000"))
    bench.run(100)
    bench.messages()
    bench.write(ASK, (1, ASKS.index("challenge"), 0))
    bench.run(1_000)

    assert bench.replies() == []


def test_a_storage_that_fails_keeps_the_latch() -> None:
    bench = latched()
    made = signature(bench.content("challenge"), code.CONTACTOR_WELDED)
    keep, bench.hal.keep = bench.hal.keep, fail  # type: ignore[method-assign]

    assert bench.clear(code.CONTACTOR_WELDED, "op", "why", made) == "failed"
    bench.hal.keep = keep  # type: ignore[method-assign]
    bench.run(1_000)
    bench.restart()
    assert code.CONTACTOR_WELDED in bench.faults


def fail(name: str, content: bytes) -> None:
    raise OSError(5)


@given(st.lists(REQUESTS, min_size=1, max_size=6), st.lists(st.integers(1, 3), min_size=6, max_size=6))
@costly(60, search=1_000)
def test_each_request_is_answered_alike_as_often_as_it_is_said(
    requests: list[tuple[int, tuple[Any, ...]]], said: list[int]
) -> None:
    bench = latched()
    bench.wish(True, 160)
    for number, ((kind, fields), times) in enumerate(zip(requests, said, strict=False), start=1_000):
        replies = []
        for _ in range(times):
            bench.messages()
            bench.write(kind, (number, *fields))
            bench.run(ANSWERS_WITHIN_MS)
            replies.append(bench.replies())
        assert [len(each) for each in replies] == [1] * times
        assert all(each == replies[0] for each in replies)
        assert replies[0][0][1][0] == number

    assert bench.faults == [code.CONTACTOR_WELDED], "nothing of all this ends a latch"
    assert not bench.board.interlock.situation.testing
    assert bench.hal.coil_mode == COIL_OFF
    assert set(bench.hal.kept) <= {"service_key", "local_key", "serial", "boots", "operations", NAME}


@given(st.lists(st.tuples(REQUESTS, st.integers(0, 4)), max_size=12), st.booleans())
@costly(40, search=1_000)
def test_no_crowd_of_requests_disturbs_a_charge(
    crowd: list[tuple[tuple[int, tuple[Any, ...]], int]], sparse: bool
) -> None:
    bench = ServiceBench(sparse, service_key=PUBLIC)
    bench.charge()
    for (kind, fields), number in crowd:
        bench.write(kind, (number, *fields))
        bench.run(7)
    bench.run(3_000)
    assert bench.closed
    assert bench.faults == []
    bench.show("A")

    bench.opens_within(100)


def test_a_test_is_proved_by_the_key_over_the_challenge() -> None:
    bench = ServiceBench(sparse=True)
    bench.wish(False, 0)
    proof = hmac.new(LOCAL_KEY, bench.content("challenge"), hashlib.sha256).digest()

    assert bench.test("begin", proof) == "done"


@given(st.binary(max_size=3_000), st.integers(1, 500))
def test_a_capture_is_read_in_pieces_of_any_size(samples: bytes, size: int) -> None:
    capture = Capture()
    capture.take(10, samples)
    record = bytes((10, 0)) + (len(samples) // 2).to_bytes(2, "little") + samples

    assert capture.size() == len(record)
    assert b"".join(capture.read(at, size) for at in range(0, len(record), size)) == record
    capture.drop()
    assert capture.size() == 0


@pytest.mark.parametrize(("size", "count"), [(0, 0), (1, 1), (400, 1), (401, 2), (20_004, 51)])
def test_blocks_are_of_four_hundred_bytes(size: int, count: int) -> None:
    assert blocks(size) == count
