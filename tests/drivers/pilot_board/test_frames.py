"""Frames of the link: the agent's codec, its twin on the board, and one file of vectors for both."""

from __future__ import annotations

import frames as of_board
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.pilot_board.frames import (
    DELIMITER,
    MAX_FRAME,
    MAX_PAYLOAD,
    FrameError,
    FrameSplitter,
    cobs_decode,
    cobs_encode,
    frame,
    unframe,
)
from tests.vectors import load_vectors

VECTORS = load_vectors("pilot_board_frames")
GOOD = VECTORS["good"]
NO_FRAMES = [vector for vector in VECTORS["refused"] if vector["refused_by"] == "frame"]
RUNS_AROUND_A_BLOCK = st.integers(250, 260).map(lambda length: b"x" * length) | st.binary(max_size=MAX_PAYLOAD + 2)


@pytest.mark.parametrize("vector", GOOD, ids=lambda vector: str(vector["name"]))
def test_both_codecs_make_and_take_the_recorded_frames(vector: dict[str, str]) -> None:
    payload, on_the_wire = bytes.fromhex(vector["payload"]), bytes.fromhex(vector["frame"])

    assert frame(payload) == of_board.frame(payload) == on_the_wire
    assert unframe(on_the_wire[:-1]) == of_board.unframe(on_the_wire[:-1]) == payload


@pytest.mark.parametrize("vector", NO_FRAMES, ids=lambda vector: str(vector["name"]))
def test_both_codecs_refuse_what_is_no_frame(vector: dict[str, str]) -> None:
    piece = bytes.fromhex(vector["frame"])[:-1]

    with pytest.raises(FrameError):
        unframe(piece)
    with pytest.raises(of_board.FrameError):
        of_board.unframe(piece)


def test_both_sides_know_the_same_bounds() -> None:
    assert (MAX_PAYLOAD, MAX_FRAME, DELIMITER) == (of_board.MAX_PAYLOAD, of_board.MAX_FRAME, of_board.DELIMITER)


@given(RUNS_AROUND_A_BLOCK)
def test_the_twins_stuff_the_same_way(content: bytes) -> None:
    encoded = cobs_encode(content)

    assert encoded == of_board.cobs_encode(content)
    assert DELIMITER not in encoded
    assert cobs_decode(encoded) == of_board.cobs_decode(encoded) == content


@given(st.binary(max_size=600))
def test_the_twins_judge_any_piece_alike(piece: bytes) -> None:
    try:
        taken: bytes | None = unframe(piece)
    except FrameError:
        taken = None
    try:
        taken_by_board: bytes | None = of_board.unframe(piece)
    except of_board.FrameError:
        taken_by_board = None

    assert taken == taken_by_board


@given(st.binary(min_size=1, max_size=60), st.data())
def test_a_single_flipped_bit_is_noticed(payload: bytes, data: st.DataObject) -> None:
    content = bytearray(cobs_decode(frame(payload)[:-1]))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(FrameError, match="checksum"):
        unframe(cobs_encode(bytes(content)))


def test_a_payload_beyond_the_bound_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="a frame holds 480"):
        frame(bytes(MAX_PAYLOAD + 1))


@given(st.lists(st.binary(min_size=1, max_size=MAX_PAYLOAD), max_size=5), st.data())
def test_frames_are_found_in_pieces_of_any_size(payloads: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(frame(payload) for payload in payloads)
    splitter = FrameSplitter()
    found = []

    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += splitter.feed(stream[:size])
        stream = stream[size:]

    assert [unframe(piece) for piece in found] == payloads


@given(st.lists(st.binary(max_size=900), max_size=8))
def test_a_splitter_never_keeps_more_than_a_frame(chunks: list[bytes]) -> None:
    splitter = FrameSplitter()

    for chunk in chunks:
        splitter.feed(chunk)
        assert len(splitter._pending) <= MAX_FRAME


def test_what_is_too_long_is_dropped_once_and_the_next_frame_is_taken() -> None:
    splitter = FrameSplitter()

    for _ in range(10):
        assert splitter.feed(b"x" * 400) == []
    found = splitter.feed(b"the end" + DELIMITER + frame(b"good"))

    assert [unframe(piece) for piece in found] == [b"good"]
    assert splitter.overlong == 1


def test_zeros_in_a_row_are_no_frames() -> None:
    assert FrameSplitter().feed(b"\x00\x00\x00" + frame(b"good") + b"\x00\x00") == [frame(b"good")[:-1]]
