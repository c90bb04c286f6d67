"""The link's two ends are written twice, for two interpreters: they must mean the same, also where no vector is."""

import cbor2
import frames as board_frames
import messages as board_messages
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.pilot_board import codec as host_codec
from agent.drivers.pilot_board import frames as host_frames
from agent.drivers.pilot_board import messages as host_messages
from tests.drivers.pilot_board.strategies import messages

RUNS_AROUND_A_BLOCK = st.integers(250, 260).map(lambda length: b"x" * length)
CONTENTS = RUNS_AROUND_A_BLOCK | st.binary(max_size=host_frames.MAX_PAYLOAD + 2)


def test_both_ends_know_the_same_bounds() -> None:
    for bound in ("MAX_PAYLOAD", "MAX_FRAME", "DELIMITER"):
        assert getattr(host_frames, bound) == getattr(board_frames, bound)


@given(CONTENTS)
def test_both_ends_stuff_the_same_way(content: bytes) -> None:
    encoded = host_frames.cobs_encode(content)

    assert encoded == board_frames.cobs_encode(content)
    assert host_frames.cobs_decode(encoded) == board_frames.cobs_decode(encoded) == content


@given(st.binary(min_size=1, max_size=board_frames.MAX_PAYLOAD))
def test_each_end_reads_what_the_other_frames(payload: bytes) -> None:
    assert host_frames.frame(payload) == board_frames.frame(payload)
    assert host_frames.unframe(board_frames.frame(payload)[:-1]) == payload


@given(st.binary(max_size=600))
def test_both_ends_think_the_same_of_any_piece(piece: bytes) -> None:
    def read(end: object) -> bytes | None:
        try:
            return end.unframe(piece)  # type: ignore[attr-defined, no-any-return]
        except end.FrameError:  # type: ignore[attr-defined]
            return None

    assert read(board_frames) == read(host_frames)


def test_both_ends_have_one_table() -> None:
    assert host_messages.table_text() == board_messages.table_text()
    assert board_messages.table_hash() == host_messages.TABLE_HASH


@given(messages())
def test_both_ends_write_the_same_bytes_and_read_them_alike(message: host_messages.Message) -> None:
    payload = host_codec.encode(message)
    number, values = board_messages.unpack(payload)

    assert number == host_messages.NUMBERS[type(message)]
    assert board_messages.pack(number, tuple(values)) == payload


@given(messages(), st.data())
def test_both_ends_judge_a_changed_message_alike(message: host_messages.Message, data: st.DataObject) -> None:
    content = cbor2.loads(host_codec.encode(message))
    place = data.draw(st.sampled_from(sorted(content)) | st.integers(0, 25))
    content[place] = data.draw(
        st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=40) | st.just({}) | st.just([1])
    )
    payload = cbor2.dumps(content)

    assert is_message_to_host(payload) == is_message_to_board(payload)


def is_message_to_host(payload: bytes) -> bool:
    try:
        host_codec.decode(payload)
    except host_messages.MessageError:
        return False
    return True


def is_message_to_board(payload: bytes) -> bool:
    try:
        board_messages.unpack(payload)
    except board_messages.MessageError:
        return False
    return True
