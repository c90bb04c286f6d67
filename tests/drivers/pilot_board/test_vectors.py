"""The agent's codec against the recorded frames; tests/firmware/test_vectors.py holds the board's to the same file."""

from __future__ import annotations

from typing import Any

import pytest

from agent.drivers.pilot_board.codec import decode, encode
from agent.drivers.pilot_board.frames import FrameError, frame, unframe
from agent.drivers.pilot_board.messages import NUMBERS, TABLE_HASH, MessageError
from tests.vectors import load_vectors, name_of, numbered

VECTORS = load_vectors("pilot_board_frames")
FRAMES = [*VECTORS["framed"], *VECTORS["messages"]]
REFUSED = VECTORS["refused"]


@pytest.mark.parametrize("vector", FRAMES, ids=name_of)
def test_a_payload_is_framed_as_recorded_and_found_again(vector: dict[str, str]) -> None:
    payload, on_the_wire = bytes.fromhex(vector["payload"]), bytes.fromhex(vector["frame"])

    assert frame(payload) == on_the_wire
    assert unframe(on_the_wire[:-1]) == payload


@pytest.mark.parametrize("vector", VECTORS["messages"], ids=name_of)
def test_a_message_is_read_and_written_as_recorded(vector: dict[str, Any]) -> None:
    payload = bytes.fromhex(vector["payload"])
    message = decode(payload)

    assert type(message).__name__.lower() == vector["message"]
    assert NUMBERS[type(message)] == vector["type"]
    assert {name: getattr(message, name) for name in vector["fields"]} == numbered(vector["fields"])
    assert encode(message) == payload


@pytest.mark.parametrize("vector", [vector for vector in REFUSED if vector["refused_by"] == "frame"], ids=name_of)
def test_what_is_no_frame_is_refused(vector: dict[str, str]) -> None:
    with pytest.raises(FrameError):
        unframe(bytes.fromhex(vector["frame"])[:-1])


@pytest.mark.parametrize("vector", [vector for vector in REFUSED if vector["refused_by"] == "message"], ids=name_of)
def test_what_is_no_message_is_refused(vector: dict[str, str]) -> None:
    payload = unframe(bytes.fromhex(vector["frame"])[:-1])

    with pytest.raises(MessageError):
        decode(payload)


def test_the_vectors_are_of_this_table() -> None:
    assert VECTORS["table_hash"] == TABLE_HASH
