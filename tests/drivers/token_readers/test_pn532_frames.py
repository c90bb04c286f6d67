"""The PN532's frames and words: recorded ones, and whatever a line makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.token_readers import pn532_words as words
from agent.drivers.token_readers.pn532_frames import (
    BYTE_TIMEOUT_S,
    FROM_CHIP,
    PAYLOAD_AT_MOST,
    TO_CHIP,
    Control,
    Frame,
    FrameStream,
    frame_of,
)

VECTORS: dict[str, Any] = json.loads(Path("tests/vectors/pn532.json").read_text())
EXCHANGES: list[dict[str, Any]] = VECTORS["exchanges"]
NO_CARD = "0000ff03fdd54b00e000"

PAYLOADS = st.binary(min_size=1, max_size=PAYLOAD_AT_MOST - 1)
QUIET_NOISE = st.lists(st.integers(1, 0xFE), max_size=40).map(bytes)
"""Without 00 and FF, so that it never looks like the beginning of a frame."""


def answer_of(payload: bytes) -> bytes:
    """The frame in which a chip says it."""
    sent = frame_of(payload)
    # The direction is one more than towards the chip, so the sum is one less.
    return sent[:5] + bytes((FROM_CHIP,)) + payload + bytes(((sent[-2] - 1) & 0xFF, 0))


def frames_in(received: bytes) -> list[Frame]:
    return FrameStream().feed(received, 0.0)


def named(exchanges: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("exchange", exchanges, ids=[exchange["name"] for exchange in exchanges])


@named(EXCHANGES)
def test_a_command_is_framed_as_it_was_recorded(exchange: dict[str, Any]) -> None:
    assert frame_of(bytes.fromhex(exchange["command"])) == bytes.fromhex(exchange["sent"])


@named(EXCHANGES)
def test_a_recorded_answer_is_read(exchange: dict[str, Any]) -> None:
    assert frames_in(bytes.fromhex(exchange["received"])) == [bytes.fromhex(exchange["answer"])]


@pytest.mark.parametrize(("name", "control"), [("ack", Control.ACK), ("nack", Control.NACK), ("error", Control.ERROR)])
def test_the_recorded_control_frames_are_told_apart(name: str, control: Control) -> None:
    assert frames_in(bytes.fromhex(VECTORS["control"][name])) == [control]


@named([exchange for exchange in EXCHANGES if "card" in exchange])
def test_the_card_is_found_in_a_recorded_answer(exchange: dict[str, Any]) -> None:
    card = words.card_in(bytes.fromhex(exchange["answer"])[1:])

    assert (card.number if card is not None else None) == exchange["card"]


def test_the_recorded_version_is_that_of_a_pn532() -> None:
    assert words.firmware_in(bytes.fromhex("32010607")) == words.Firmware(words.IC_PN532, "1.6")


def test_the_commands_of_the_driver_are_the_recorded_ones() -> None:
    ours = {
        words.GET_FIRMWARE_VERSION,
        words.CONFIGURE_SAM,
        words.LIMIT_RETRIES,
        words.LIST_ONE_CARD,
        words.RELEASE_ALL,
    }

    assert {bytes.fromhex(exchange["command"]) for exchange in EXCHANGES} == ours


@pytest.mark.parametrize(
    ("uid", "is_random"), [("08112233", True), ("04112233", False), ("08112233445566", False), ("80112233", False)]
)
def test_four_bytes_that_begin_with_08_are_a_number_drawn_at_random(uid: str, is_random: bool) -> None:
    answer = bytes((1, 1, 0, 4, 8, len(uid) // 2)) + bytes.fromhex(uid)

    assert words.card_in(answer) == words.Card(uid, is_random)


def test_what_a_card_with_a_processor_adds_is_passed_over() -> None:
    assert words.card_in(bytes.fromhex("0101034420070411223344556606757781028002f0")) == words.Card(
        "04112233445566", False
    )


@given(st.binary(max_size=40))
def test_any_answer_is_a_card_no_card_or_refused(answer: bytes) -> None:
    try:
        card = words.card_in(answer)
    except words.Garbled:
        return

    assert card is None or len(bytes.fromhex(card.number)) in words.CARD_BYTES


@given(PAYLOADS)
def test_what_is_framed_has_sums_of_zero(payload: bytes) -> None:
    frame = frame_of(payload)

    assert (frame[3] + frame[4]) % 256 == 0
    assert sum(frame[5:-1]) % 256 == 0
    assert frame[5] == TO_CHIP


@given(st.lists(st.tuples(QUIET_NOISE, PAYLOADS), max_size=5), st.data())
def test_answers_are_found_behind_noise_in_pieces_of_any_size(
    said: list[tuple[bytes, bytes]], data: st.DataObject
) -> None:
    line = b"".join(noise + answer_of(payload) for noise, payload in said)
    stream, found = FrameStream(), []

    while line:
        size = data.draw(st.integers(1, len(line)))
        found += stream.feed(line[:size], 0.0)
        line = line[size:]

    assert found == [payload for _, payload in said]
    assert stream.garbage == sum(len(noise) for noise, _ in said)


@given(PAYLOADS, st.data())
def test_a_wrong_bit_never_makes_another_answer(payload: bytes, data: st.DataObject) -> None:
    line = bytearray(answer_of(payload))
    line[data.draw(st.integers(0, len(line) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    answers = [frame for frame in frames_in(bytes(line)) if isinstance(frame, bytes) and len(frame) >= len(payload)]

    assert answers in ([], [payload])


@given(st.lists(st.binary(max_size=600), max_size=6))
def test_any_bytes_are_frames_or_garbage_and_take_no_memory(pieces: list[bytes]) -> None:
    stream = FrameStream()

    for piece in pieces:
        stream.feed(piece, 0.0)
        assert len(stream._kept) <= 2 + 2 + 256


def test_a_frame_that_was_cut_does_not_swallow_the_next_one() -> None:
    stream = FrameStream()
    cut = next(bytes.fromhex(each["received"])[:7] for each in EXCHANGES if "7 bytes" in each["name"])

    assert stream.feed(cut, 0.0) == []
    assert stream.feed(bytes.fromhex(NO_CARD), 2 * BYTE_TIMEOUT_S) == [b"\x4b\x00"]


def test_what_looks_like_the_start_of_a_frame_hides_none() -> None:
    assert frames_in(bytes.fromhex("00ff1213" + "0000ff00ff00" + NO_CARD)) == [Control.ACK, b"\x4b\x00"]


def test_our_own_words_that_come_back_are_no_answer() -> None:
    stream = FrameStream()

    assert stream.feed(frame_of(words.LIST_ONE_CARD), 0.0) == []
    assert stream.echoes == 1


@pytest.mark.parametrize("payload", [b"", bytes(PAYLOAD_AT_MOST)])
def test_what_fits_no_frame_is_our_mistake(payload: bytes) -> None:
    with pytest.raises(ValueError, match="fits no frame"):
        frame_of(payload)
