"""Writing, and bits: which bytes say it, and what is an answer. Frames with their source are of public manuals."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.modbus.answers import BadAnswer, Misfit, Refused
from agent.drivers.modbus.block import (
    OF_BITS,
    READ_COILS,
    READ_DISCRETE,
    READ_HOLDING,
    WRITE_COIL,
    WRITE_COILS,
    WRITE_REGISTER,
    WRITE_REGISTERS,
    Ask,
    Block,
    Write,
)
from agent.drivers.modbus.exchange import RtuExchange, TcpExchange
from agent.drivers.modbus.line import Device, Line, Unanswered
from firmware_sim.modbus_frames import Request, refusal, rtu_frame, tcp_frame
from firmware_sim.virtual_loop import run
from tests.drivers.modbus.peer import Later, Script, SerialPeer, serial_line

UNIT = 1
DEVICE = Device(unit=UNIT, answer_timeout_s=0.5)
KNOWN = [
    # A Waveshare relay board: coil 0 on and off, eight coils at once, and which are on.
    (Write(WRITE_COIL, 0, (1,)), "01050000FF008C3A", "01050000FF008C3A", (1,)),
    (Write(WRITE_COIL, 0, (0,)), "010500000000CDCA", "010500000000CDCA", (0,)),
    (Write(WRITE_COILS, 0, (1,) * 8), "010F0000000801FFBED5", "010F00000008540D", (1,) * 8),
    (Block(READ_COILS, 0, 8), "0101000000083DCC", "0101010051 88", (0,) * 8),
    (Block(READ_COILS, 0, 8), "0101000000083DCC", "0101010190 48", (1, 0, 0, 0, 0, 0, 0, 0)),
    # An Eletechsup one: channel 1 on, off.
    (Write(WRITE_REGISTER, 1, (0x0100,)), "010600010100D99A", "010600010100D99A", (0x0100,)),
    (Write(WRITE_REGISTER, 1, (0x0200,)), "010600010200D96A", "010600010200D96A", (0x0200,)),
]


def writes(*functions: int) -> st.SearchStrategy[Write]:
    """Any write of these functions."""

    def of(function: int) -> st.SearchStrategy[Write]:
        value = st.integers(0, 1 if function in OF_BITS else 0xFFFF)
        most = 1 if function in (WRITE_COIL, WRITE_REGISTER) else 20
        values = st.lists(value, min_size=1, max_size=most).map(tuple)
        return st.builds(Write, st.just(function), st.integers(0, 0xFF00), values)

    return st.sampled_from(functions).flatmap(of)


ANY_WRITE = writes(WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS)


def taken(write: Write) -> bytes:
    """What a device says that took it, without unit and checksum."""
    content = len(write.values)
    if write.function == WRITE_COIL:
        content = 0xFF00 * write.values[0]
    elif write.function == WRITE_REGISTER:
        content = write.values[0]
    return struct.pack(">BHH", write.function, write.address, content)


@pytest.mark.parametrize(("ask", "request_", "answer", "content"), KNOWN, ids=lambda part: str(part))
def test_known_frames_are_made_and_taken(ask: Ask, request_: str, answer: str, content: tuple[int, ...]) -> None:
    exchange = RtuExchange(UNIT, ask)

    assert exchange.frame == bytes.fromhex(request_)
    assert exchange.feed(bytes.fromhex(answer)) == content


@given(ANY_WRITE, st.data())
def test_what_a_device_took_is_the_answer_in_pieces_of_any_size(write: Write, data: st.DataObject) -> None:
    frame = rtu_frame(UNIT, taken(write))
    exchange = RtuExchange(UNIT, write)
    found = None

    while frame:
        size = data.draw(st.integers(1, len(frame)))
        assert found is None
        found, frame = exchange.feed(frame[:size]), frame[size:]

    assert found == write.values
    over_tcp = TcpExchange(UNIT, write, 7)
    assert over_tcp.feed(tcp_frame(7, UNIT, taken(write))) == write.values


@given(writes(WRITE_COILS, WRITE_REGISTERS))
def test_an_echo_of_several_values_is_no_answer(write: Write) -> None:
    exchange = RtuExchange(UNIT, write)

    assert exchange.feed(exchange.frame) is None
    assert exchange.hears_itself
    assert exchange.feed(rtu_frame(UNIT, taken(write))) == write.values


@given(writes(WRITE_COIL, WRITE_REGISTER))
def test_on_a_line_that_hears_itself_the_first_copy_of_one_value_is_the_echo(write: Write) -> None:
    exchange = RtuExchange(UNIT, write, hears_itself=True)

    assert exchange.feed(exchange.frame) is None
    assert exchange.feed(rtu_frame(UNIT, taken(write))) == write.values


@given(ANY_WRITE, ANY_WRITE)
def test_the_answer_to_another_write_is_never_this_one_s(write: Write, other: Write) -> None:
    exchange = RtuExchange(UNIT, write)
    frame = rtu_frame(UNIT, taken(other))

    try:
        found = exchange.feed(frame)
    except (BadAnswer, Refused):
        return
    assert found is None or taken(other) == taken(write)


@given(ANY_WRITE, st.data())
def test_a_single_flipped_bit_is_never_an_answer(write: Write, data: st.DataObject) -> None:
    frame = bytearray(rtu_frame(UNIT, taken(write)))
    frame[data.draw(st.integers(0, len(frame) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    exchange = RtuExchange(UNIT, write)

    try:
        assert exchange.feed(bytes(frame)) is None
    except BadAnswer as error:
        assert error.misfit in Misfit


@given(st.sampled_from([READ_COILS, READ_DISCRETE]), st.lists(st.integers(0, 1), min_size=1, max_size=40))
def test_bits_come_in_whole_octets_and_leave_as_many_as_were_asked_for(function: int, bits: list[int]) -> None:
    octets = bytearray((len(bits) + 7) // 8)
    for place, bit in enumerate(bits):
        octets[place // 8] |= bit << place % 8
    exchange = RtuExchange(UNIT, Block(function, 3, len(bits)))

    assert exchange.feed(rtu_frame(UNIT, bytes((function, len(octets))) + octets)) == tuple(bits)


@pytest.mark.parametrize(
    ("function", "values"),
    [
        (WRITE_COIL, (2,)),
        (WRITE_REGISTER, (0x10000,)),
        (WRITE_REGISTER, (1, 2)),
        (WRITE_COILS, ()),
        (WRITE_COIL, (-1,)),
    ],
)
def test_what_cannot_be_written_is_our_own_mistake(function: int, values: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="writ"):
        Write(function, 0, values)


# --- on a line


class Memory:
    """A device with registers: it takes what is written, and `hears` echoes of an adapter in front of it."""

    def __init__(self, *, echoes: bool = False, dead: bool = False) -> None:
        self.registers = [0] * 16
        self.dead = dead
        self._echoes = echoes

    def __call__(self, request: Request) -> list[Later]:
        echo = [(0.0, rtu_frame(request.unit, request.pdu))] if self._echoes else []
        return echo if self.dead else [*echo, (0.02, rtu_frame(request.unit, self._answer(request.pdu)))]

    def _answer(self, pdu: bytes) -> bytes:
        function, address, content = struct.unpack(">BHH", pdu[:5])
        match function:
            case 3:
                words = self.registers[address : address + content]
                return bytes((3, 2 * content)) + struct.pack(f">{content}H", *words)
            case 6:
                self.registers[address] = content
                return pdu
            case 16:
                self.registers[address : address + content] = struct.unpack(f">{content}H", pdu[6:])
                return pdu[:5]
        return refusal(function, 1)


def on_a_line(test: Callable[[Line, SerialPeer], Awaitable[None]], script: Script, *, retries: int = 0) -> None:
    async def body() -> None:
        async with serial_line(script, retries=retries) as (line, peer):
            await test(line, peer)

    run(body())


@pytest.mark.parametrize("echoes", [False, True])
def test_what_is_written_is_read_back(echoes: bool) -> None:
    async def test(line: Line, _peer: SerialPeer) -> None:
        await line.read(DEVICE, Block(READ_HOLDING, 0, 1))
        await line.write(DEVICE, Write(WRITE_REGISTER, 3, (600,)))
        await line.write(DEVICE, Write(WRITE_REGISTERS, 4, (7, 8)))

        assert await line.read(DEVICE, Block(READ_HOLDING, 3, 3)) == (600, 7, 8)

    on_a_line(test, Memory(echoes=echoes))


def test_a_dead_device_behind_an_adapter_that_hears_itself_took_nothing() -> None:
    memory = Memory(echoes=True)

    async def test(line: Line, _peer: SerialPeer) -> None:
        await line.read(DEVICE, Block(READ_HOLDING, 0, 1))
        memory.dead = True

        for function in (WRITE_REGISTER, WRITE_REGISTERS):
            with pytest.raises(Unanswered):
                await line.write(DEVICE, Write(function, 3, (600,)))

    on_a_line(test, memory)


def test_a_refused_write_is_told_and_an_unanswered_one_said_again() -> None:
    losses = iter([True, False, False])
    memory = Memory()

    def script(request: Request) -> list[Later]:
        return [] if next(losses) else memory(request)

    async def test(line: Line, peer: SerialPeer) -> None:
        await line.write(DEVICE, Write(WRITE_REGISTER, 3, (9,)))
        assert memory.registers[3] == 9
        assert len(peer.requests) == 2
        with pytest.raises(Refused):
            await line.write(DEVICE, Write(WRITE_COIL, 3, (1,)))
        await asyncio.sleep(0)

    on_a_line(test, script, retries=1)
