"""Frames of the link as the agent makes and finds them."""

from __future__ import annotations

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
