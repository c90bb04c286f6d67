"""COBS, checksum and frames of the board's side."""

from binascii import crc_hqx

import pytest
from frames import (
    MAX_FRAME,
    MAX_PAYLOAD,
    FrameError,
    cobs_decode,
    cobs_encode,
    crc16,
    crc16_by_nibbles,
    frame,
    unframe,
)
from hypothesis import given
from hypothesis import strategies as st


def test_the_checksum_has_its_published_check_value() -> None:
    assert crc16_by_nibbles(b"123456789") == 0x29B1


@given(st.binary(max_size=MAX_PAYLOAD))
def test_both_ways_to_the_checksum_agree_with_the_platform(content: bytes) -> None:
    assert crc16_by_nibbles(content) == crc16(content) == crc_hqx(content, 0xFFFF)


@pytest.mark.parametrize(
    ("content", "encoded"),
    [
        (b"", b"\x01"),
        (b"\x00", b"\x01\x01"),
        (b"\x00\x00", b"\x01\x01\x01"),
        (b"\x11\x22\x00\x33", b"\x03\x11\x22\x02\x33"),
        (b"\x11\x22\x33\x44", b"\x05\x11\x22\x33\x44"),
        (b"\x11\x00\x00\x00", b"\x02\x11\x01\x01\x01"),
        (bytes(range(1, 255)) + b"\xff", b"\xff" + bytes(range(1, 255)) + b"\x02\xff"),
        (bytes(range(256)), b"\x01\xff" + bytes(range(1, 255)) + b"\x02\xff"),
    ],
)
def test_cobs_examples_of_its_authors(content: bytes, encoded: bytes) -> None:
    assert cobs_encode(content) == encoded
    assert cobs_decode(encoded) == content


def test_a_full_block_at_the_end_may_come_with_or_without_its_empty_successor() -> None:
    block = b"\xff" + bytes(range(1, 255))

    assert cobs_decode(block) == cobs_decode(block + b"\x01") == bytes(range(1, 255))


@given(
    st.binary(max_size=MAX_PAYLOAD + 2) | st.binary(min_size=250, max_size=260).map(lambda b: b.replace(b"\0", b"x"))
)
def test_cobs_has_no_zero_and_an_inverse(content: bytes) -> None:
    encoded = cobs_encode(content)

    assert b"\0" not in encoded
    assert cobs_decode(encoded) == content


@given(st.binary(min_size=1, max_size=MAX_PAYLOAD))
def test_a_frame_gives_its_payload_back_within_the_bound(payload: bytes) -> None:
    encoded = frame(payload)

    assert encoded.index(0) == len(encoded) - 1 <= MAX_FRAME
    assert unframe(encoded[:-1]) == payload


@given(st.binary(max_size=600))
def test_any_bytes_are_a_frame_or_a_frame_error(garbage: bytes) -> None:
    try:
        payload = unframe(garbage)
    except FrameError:
        return
    assert unframe(frame(payload)[:-1]) == payload


@given(st.binary(min_size=1, max_size=60), st.data())
def test_a_single_flipped_bit_is_noticed(payload: bytes, data: st.DataObject) -> None:
    content = bytearray(cobs_decode(frame(payload)[:-1]))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(FrameError, match="checksum"):
        unframe(cobs_encode(bytes(content)))


def test_a_payload_beyond_the_bound_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="too long"):
        frame(bytes(MAX_PAYLOAD + 1))
