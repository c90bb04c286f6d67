"""The link's two ends are written twice, for two interpreters: they must mean the same."""

import json
from pathlib import Path

import frames as board_frames
import messages as board_messages
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.pilot_board import frames as host_frames
from agent.drivers.pilot_board import messages as host_messages

VECTORS = json.loads((Path(__file__).parent / "frame_vectors.json").read_text())
GOOD = [(bytes.fromhex(row["payload"]), bytes.fromhex(row["frame"])) for row in VECTORS["good"]]
BAD = [bytes.fromhex(row) for row in VECTORS["bad"]]


@pytest.mark.parametrize("end", [board_frames, host_frames], ids=["board", "host"])
@pytest.mark.parametrize(("payload", "frame"), GOOD, ids=lambda octets: octets[:4].hex())
def test_the_vectors_hold_both_ways(end: object, payload: bytes, frame: bytes) -> None:
    assert end.frame(payload) == frame  # type: ignore[attr-defined]
    assert end.unframe(frame[:-1]) == payload  # type: ignore[attr-defined]


@pytest.mark.parametrize("end", [board_frames, host_frames], ids=["board", "host"])
@pytest.mark.parametrize("piece", BAD, ids=lambda octets: octets[:6].hex())
def test_what_is_no_frame_is_refused_by_both(end: object, piece: bytes) -> None:
    with pytest.raises(end.FrameError):  # type: ignore[attr-defined]
        end.unframe(piece)  # type: ignore[attr-defined]


@given(st.binary(min_size=1, max_size=board_frames.MAX_PAYLOAD))
def test_each_end_reads_what_the_other_frames(payload: bytes) -> None:
    assert host_frames.frame(payload) == board_frames.frame(payload)
    assert host_frames.unframe(board_frames.frame(payload)[:-1]) == payload


@given(st.binary(min_size=1, max_size=60))
def test_both_ends_think_the_same_of_any_piece(piece: bytes) -> None:
    def read(end: object) -> bytes | None:
        try:
            return end.unframe(piece)  # type: ignore[attr-defined, no-any-return]
        except end.FrameError:  # type: ignore[attr-defined]
            return None

    assert read(board_frames) == read(host_frames)


def test_both_ends_have_one_table() -> None:
    assert host_messages.table_text() == board_messages.table_text()
