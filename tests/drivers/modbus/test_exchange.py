"""Which bytes are the answer to a read, and which are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.modbus.answers import BadAnswer, Misfit, Refused
from agent.drivers.modbus.block import READ_HOLDING, READ_INPUT, Block
from agent.drivers.modbus.exchange import RtuExchange, TcpExchange
from firmware_sim.modbus_frames import rtu_frame, tcp_frame
from tests.vectors import load_vectors

BLOCKS = st.builds(Block, st.sampled_from([READ_HOLDING, READ_INPUT]), st.integers(0, 0xFF00), st.integers(1, 125))
UNITS = st.integers(1, 247)
VECTORS = load_vectors("meters")["vectors"]
FRAMES = [
    (vector, frame)
    for vector in VECTORS
    for frame in vector["frames"]
    if not {"outcome", "refused"} & vector.get("expect", {}).keys()
]


def block_of(request: bytes) -> Block:
    return Block(request[1], int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big"))


def pdu(function: int, registers: list[int]) -> bytes:
    return bytes((function, 2 * len(registers))) + b"".join(word.to_bytes(2, "big") for word in registers)


@pytest.mark.parametrize(("vector", "frame"), FRAMES, ids=lambda part: str(part.get("meter", part.get("request"))))
def test_recorded_requests_are_made_and_recorded_answers_taken(vector: dict[str, int], frame: dict[str, str]) -> None:
    request, response = bytes.fromhex(frame["request"]), bytes.fromhex(frame["response"])
    exchange = RtuExchange(vector["unit"], block_of(request))

    assert exchange.frame == request
    assert exchange.feed(response) == tuple(
        int.from_bytes(response[3 + place : 5 + place], "big") for place in range(0, response[2], 2)
    )


def test_another_unit_s_answer_is_no_answer() -> None:
    exchange = RtuExchange(1, Block(READ_INPUT, 0, 2))

    assert exchange.feed(bytes.fromhex("0204044366199ab6e4")) is None
    assert exchange.ignored_bytes == 9


@pytest.mark.parametrize(
    ("answer", "misfit"),
    [
        ("0104044366099a85e4", Misfit.DAMAGED),
        ("0104024366082a", Misfit.FOREIGN),
        (rtu_frame(1, pdu(3, [1, 2])).hex(), None),
        (rtu_frame(1, pdu(4, [1, 2, 3])).hex(), Misfit.FOREIGN),
    ],
)
def test_what_does_not_fit_the_request_is_never_decoded(answer: str, misfit: Misfit | None) -> None:
    exchange = RtuExchange(1, Block(READ_INPUT, 0, 2))

    if misfit is None:
        assert exchange.feed(bytes.fromhex(answer)) is None
        return
    with pytest.raises(BadAnswer) as raised:
        exchange.feed(bytes.fromhex(answer))
    assert raised.value.misfit is misfit


@pytest.mark.parametrize(
    ("code", "is_permanent"), [(1, True), (2, True), (3, True), (4, False), (6, False), (11, False)]
)
def test_an_exception_is_a_refusal_and_some_are_final(code: int, is_permanent: bool) -> None:
    exchange = RtuExchange(1, Block(READ_INPUT, 0, 2))

    with pytest.raises(Refused) as raised:
        exchange.feed(rtu_frame(1, bytes((0x84, code))))

    assert (raised.value.code, raised.value.is_permanent) == (code, is_permanent)


def test_an_echo_and_noise_in_front_are_passed_over() -> None:
    exchange = RtuExchange(1, Block(READ_INPUT, 0, 2))
    good = rtu_frame(1, pdu(4, [7, 8]))

    assert exchange.feed(b"\x00\xff") is None
    assert exchange.feed(exchange.frame) is None
    assert exchange.feed(b"\xf0" + good) == (7, 8)
    assert exchange.ignored_bytes == 2 + len(exchange.frame) + 1


@given(UNITS, BLOCKS, st.data())
def test_an_answer_in_pieces_of_any_size_is_found(unit: int, block: Block, data: st.DataObject) -> None:
    registers = data.draw(st.lists(st.integers(0, 0xFFFF), min_size=block.count, max_size=block.count))
    frame = rtu_frame(unit, pdu(block.function, registers))
    exchange = RtuExchange(unit, block)
    found = None

    while frame:
        size = data.draw(st.integers(1, len(frame)))
        assert found is None
        found, frame = exchange.feed(frame[:size]), frame[size:]

    assert found == tuple(registers)


@given(UNITS, BLOCKS, st.binary(max_size=300))
def test_any_bytes_are_an_answer_or_none(unit: int, block: Block, garbage: bytes) -> None:
    exchange = RtuExchange(unit, block)

    try:
        registers = exchange.feed(garbage)
    except (BadAnswer, Refused):
        return
    assert registers is None or len(registers) == block.count


@given(UNITS, BLOCKS, st.data())
def test_a_single_flipped_bit_is_never_an_answer(unit: int, block: Block, data: st.DataObject) -> None:
    frame = bytearray(rtu_frame(unit, pdu(block.function, [0x1234] * block.count)))
    frame[data.draw(st.integers(0, len(frame) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    exchange = RtuExchange(unit, block)

    try:
        assert exchange.feed(bytes(frame)) is None
    except (BadAnswer, Refused) as error:
        assert not isinstance(error, Refused)


# --- TCP


def test_another_transaction_s_answer_is_skipped_and_the_right_one_taken() -> None:
    exchange = TcpExchange(1, Block(READ_INPUT, 0, 2), 9)
    late = tcp_frame(8, 1, pdu(4, [1, 1]))
    fitting = tcp_frame(9, 1, pdu(4, [7, 8]))

    assert exchange.feed(late + tcp_frame(0, 1, pdu(4, [2, 2])) + fitting[:9]) is None
    assert exchange.feed(fitting[9:]) == (7, 8)
    assert exchange.skipped_frames == 2


def test_a_stream_that_is_no_modbus_is_damaged() -> None:
    with pytest.raises(BadAnswer):
        TcpExchange(1, Block(READ_INPUT, 0, 2), 9).feed(b"HTTP/1.1 400 Bad Request\r\n")


@pytest.mark.parametrize("answer", [pdu(3, [7, 8]), pdu(4, [7])])
def test_the_right_transaction_with_the_wrong_answer_is_foreign(answer: bytes) -> None:
    with pytest.raises(BadAnswer) as raised:
        TcpExchange(1, Block(READ_INPUT, 0, 2), 9).feed(tcp_frame(9, 1, answer))

    assert raised.value.misfit is Misfit.FOREIGN


def test_another_unit_s_answer_over_tcp_is_not_taken() -> None:
    with pytest.raises(BadAnswer):
        TcpExchange(1, Block(READ_INPUT, 0, 2), 9).feed(tcp_frame(9, 2, pdu(4, [7, 8])))


@given(st.binary(max_size=300))
def test_any_bytes_over_tcp_are_an_answer_or_none(garbage: bytes) -> None:
    try:
        TcpExchange(1, Block(READ_INPUT, 0, 2), 9).feed(garbage)
    except (BadAnswer, Refused):
        return
