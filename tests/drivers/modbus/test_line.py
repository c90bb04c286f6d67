"""The owner of a Modbus wire: turns, patience, and above all silence after what was no answer."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.drivers.modbus.answers import Refused
from agent.drivers.modbus.block import READ_HOLDING, READ_INPUT, Block
from agent.drivers.modbus.line import Device, Line, Unanswered
from firmware_sim.modbus_frames import Request, rtu_frame
from firmware_sim.virtual_loop import run
from tests.drivers.modbus.peer import (
    Later,
    Script,
    SerialPeer,
    TcpPeer,
    answer,
    honest,
    serial_line,
    silent,
    tcp_line,
)

METER = Device(unit=1, answer_timeout_s=0.5)
POWER = Block(READ_INPUT, 0x0034, 2)
ENERGY = Block(READ_INPUT, 0x0048, 2)
"""As long as POWER: only silence tells a late answer to one from the answer to the other."""


def on_a_serial_line(
    test: Callable[[Line, SerialPeer], Awaitable[None]], script: Script = honest, *, retries: int = 0
) -> None:
    async def body() -> None:
        async with serial_line(script, retries=retries) as (line, peer):
            await test(line, peer)

    run(body())


def over_tcp(test: Callable[[Line, TcpPeer], Awaitable[None]], script: Script = honest, *, retries: int = 0) -> None:
    async def body() -> None:
        async with tcp_line(script, retries=retries) as (line, peer):
            await test(line, peer)

    run(body())


def held_by(block: Block) -> tuple[int, ...]:
    """What an honest device holds there."""
    return tuple(range(block.address, block.address + block.count))


async def read_or_none(line: Line, block: Block, device: Device = METER) -> tuple[int, ...] | None:
    try:
        return await line.read(device, block)
    except Unanswered:
        return None


# --- the late answer


def test_a_late_answer_is_never_taken_for_the_next_request() -> None:
    """The trap of field-problems.md section 3: with a good checksum and equal length, energy is read as power for ever.

    The device begins to answer 20 ms after our patience ends, and takes requests back to back.
    """

    async def poll(line: Line, peer: SerialPeer) -> None:
        late_s = METER.answer_timeout_s + 0.02
        peer.script = lambda request: answer(request, late_s if len(peer.requests) == 3 else 0.08)
        readings = [(block, await read_or_none(line, block)) for _ in range(20) for block in (POWER, ENERGY)]

        assert [block for block, found in readings if found is None] == [POWER]
        assert all(found == held_by(block) for block, found in readings if found is not None)

    on_a_serial_line(poll)


@settings(max_examples=60)
@given(delays=st.lists(st.floats(0.005, 2 * 0.5), min_size=4, max_size=12), retries=st.integers(0, 2))
def test_answers_up_to_one_patience_late_never_reach_another_block(delays: list[float], retries: int) -> None:
    async def poll(line: Line, peer: SerialPeer) -> None:
        peer.script = lambda request: answer(request, delays[len(peer.requests) % len(delays)])
        for _ in range(8):
            for block in (POWER, ENERGY):
                found = await read_or_none(line, block)
                assert found in (None, held_by(block))

    on_a_serial_line(poll, retries=retries)


def test_a_repetition_that_gets_the_first_answer_leaves_none_for_the_next_block() -> None:
    async def poll(line: Line, peer: SerialPeer) -> None:
        delays = {1: 1.1, 2: 1.2, 3: 9.0, 4: 1.4}
        peer.script = lambda request: answer(request, delays.get(len(peer.requests), 0.02))
        assert await read_or_none(line, POWER) == held_by(POWER)

        assert await read_or_none(line, ENERGY) in (None, held_by(ENERGY))

    on_a_serial_line(poll, retries=1)


def test_a_line_is_right_again_in_the_first_cycle_after_the_device_is() -> None:
    async def poll(line: Line, peer: SerialPeer) -> None:
        peer.script = lambda request: answer(request, 0.9)
        for _ in range(5):
            assert await read_or_none(line, POWER) is None

        peer.script = honest

        assert await line.read(METER, ENERGY) == held_by(ENERGY)

    on_a_serial_line(poll)


def test_a_request_that_was_given_up_leaves_the_line_silent_too() -> None:
    async def give_up(line: Line, peer: SerialPeer) -> None:
        peer.script = lambda request: answer(request, 0.3)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await line.read(METER, POWER)

        assert await line.read(METER, ENERGY) == held_by(ENERGY)

    on_a_serial_line(give_up)


# --- what else a line hears


def test_a_silent_device_is_asked_again_and_then_only_once_each_time() -> None:
    async def ask(line: Line, peer: SerialPeer) -> None:
        for _ in range(3):
            assert await read_or_none(line, POWER) is None

        assert len(peer.requests) == 3 + 1 + 1

    on_a_serial_line(ask, silent, retries=2)


@pytest.mark.parametrize("retries", [0, 2])
def test_a_repetition_heals_a_single_loss(retries: int) -> None:
    async def ask(line: Line, peer: SerialPeer) -> None:
        peer.script = lambda request: silent(request) if len(peer.requests) == 1 else honest(request)

        assert await read_or_none(line, POWER) == (held_by(POWER) if retries else None)

    on_a_serial_line(ask, retries=retries)


def test_damage_is_counted_and_not_used() -> None:
    async def ask(line: Line, peer: SerialPeer) -> None:
        def spoilt(request: Request) -> list[Later]:
            ((after_s, frame),) = answer(request)
            return [(after_s, frame[:4] + bytes((frame[4] ^ 1,)) + frame[5:])]

        peer.script = spoilt
        with pytest.raises(Unanswered, match="answers damaged; check for two devices with this address") as raised:
            await line.read(METER, POWER)

        assert not raised.value.was_silence
        assert line.statistics()["unit 1"]["damaged"] == 1

    on_a_serial_line(ask)


def test_another_unit_s_answer_is_waited_out() -> None:
    async def ask(line: Line, peer: SerialPeer) -> None:
        peer.script = lambda request: [
            (0.02, rtu_frame(2, bytes((4, 4, 0, 1, 0, 2)))),
            *answer(request, 0.1),
        ]

        assert await line.read(METER, POWER) == held_by(POWER)

    on_a_serial_line(ask)


def test_random_bytes_all_the_time_are_a_second_master_in_words() -> None:
    async def ask(line: Line, peer: SerialPeer) -> None:
        for n in range(2_000):
            peer.send_at(n * 0.01, b"\x55")
        assert await read_or_none(line, POWER) is None
        with pytest.raises(Unanswered, match="check for a second master on it"):
            await line.read(METER, POWER)

    on_a_serial_line(ask, silent)


def test_garbage_instead_of_answers_ends_each_read_within_its_time() -> None:
    async def ask(line: Line, peer: SerialPeer) -> None:
        peer.script = lambda request: [(0.02, bytes(range(7, 250)))]
        loop = asyncio.get_running_loop()
        began = loop.time()

        assert await read_or_none(line, POWER) is None

        assert loop.time() - began < 2

    on_a_serial_line(ask)


def test_a_refusal_is_an_answer() -> None:
    async def ask(line: Line, peer: SerialPeer) -> None:
        peer.script = lambda request: [(0.02, rtu_frame(1, bytes((request.pdu[0] | 0x80, 2))))]
        with pytest.raises(Refused):
            await line.read(METER, POWER)

        assert len(peer.requests) == 1
        assert line.statistics()["unit 1"]["refused"] == 1

    on_a_serial_line(ask, retries=2)


def test_a_busy_device_is_asked_again() -> None:
    async def ask(line: Line, peer: SerialPeer) -> None:
        def busy_at_first(request: Request) -> list[Later]:
            if len(peer.requests) > 1:
                return honest(request)
            return [(0.02, rtu_frame(1, bytes((request.pdu[0] | 0x80, 6))))]

        peer.script = busy_at_first

        assert await line.read(METER, POWER) == held_by(POWER)

    on_a_serial_line(ask, retries=1)


# --- turns and pauses


def test_two_meters_share_a_line_in_turns() -> None:
    async def ask(line: Line, peer: SerialPeer) -> None:
        async with asyncio.TaskGroup() as tasks:
            reads = [
                tasks.create_task(line.read(Device(unit=unit), Block(READ_HOLDING, unit, 4))) for unit in (1, 2, 1, 2)
            ]
        assert [read.result()[0] for read in reads] == [1, 2, 1, 2]
        assert [request.unit for _, request in peer.requests] == [1, 2, 1, 2]

    on_a_serial_line(ask)


def test_a_silent_neighbour_costs_the_other_one_patience_and_no_more() -> None:
    async def ask(line: Line, peer: SerialPeer) -> None:
        peer.script = lambda request: silent(request) if request.unit == 2 else honest(request)
        neighbour = Device(unit=2, answer_timeout_s=0.5)
        assert await read_or_none(line, POWER, neighbour) is None
        loop = asyncio.get_running_loop()
        began = loop.time()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(read_or_none(line, POWER, neighbour))
            mine = tasks.create_task(line.read(METER, POWER))

        assert mine.result() == held_by(POWER)
        assert loop.time() - began < 2 * (0.5 + 0.5) + 0.2

    on_a_serial_line(ask)


def test_a_device_gets_the_silence_it_needs() -> None:
    async def ask(line: Line, peer: SerialPeer) -> None:
        touchy = Device(unit=1, pause_s=0.1)
        for _ in range(5):
            await line.read(touchy, POWER)

        begun = [at for at, _ in peer.requests]
        # 0.02 s to react; what remains of each period is the pause.
        assert all(later - earlier >= 0.1 for earlier, later in itertools.pairwise(begun))

    on_a_serial_line(ask)


def test_the_words_for_silence_know_whether_others_answer() -> None:
    async def ask(line: Line, peer: SerialPeer) -> None:
        peer.script = silent
        with pytest.raises(Unanswered, match="check that A and B are not swapped, the baud rate, the address"):
            await line.read(METER, POWER)
        peer.script = lambda request: silent(request) if request.unit == 1 else honest(request)
        await line.read(Device(unit=2), POWER)
        with pytest.raises(Unanswered, match="while others answer there; check its address"):
            await line.read(METER, POWER)

    on_a_serial_line(ask)


# --- the wire goes and comes


def test_an_adapter_that_is_pulled_out_is_named_and_found_again() -> None:
    async def pull(line: Line, peer: SerialPeer) -> None:
        await line.read(METER, POWER)
        peer.wire.vanish()
        with pytest.raises(Unanswered, match="is not there; check that the adapter is plugged in"):
            await line.read(METER, POWER)
        peer.wire.appear()
        await asyncio.sleep(5)

        assert await line.read(METER, POWER) == held_by(POWER)

    on_a_serial_line(pull)


def test_closing_ends_a_read_under_way() -> None:
    async def close(line: Line, peer: SerialPeer) -> None:
        async with asyncio.TaskGroup() as tasks:
            read = tasks.create_task(read_or_none(line, POWER))
            await asyncio.sleep(0.1)
            await line.aclose()
        assert read.result() is None

    on_a_serial_line(close, silent)


# --- TCP


def test_over_tcp_the_transaction_tells_a_late_answer() -> None:
    async def poll(line: Line, peer: TcpPeer) -> None:
        peer.script = lambda request: answer(request, 0.6 if len(peer.transactions) == 3 else 0.02)
        readings = [(block, await read_or_none(line, block)) for _ in range(10) for block in (POWER, ENERGY)]

        assert [block for block, found in readings if found is None] == [POWER]
        assert all(found == held_by(block) for block, found in readings if found is not None)

    over_tcp(poll)


def test_a_gateway_that_lost_count_is_left_and_called_again() -> None:
    async def poll(line: Line, peer: TcpPeer) -> None:
        await line.read(METER, POWER)
        peer.shift = 1
        for _ in range(3):
            assert await read_or_none(line, POWER) is None
        peer.shift = 0

        assert await line.read(METER, POWER) == held_by(POWER)
        assert peer.connections == 2

    over_tcp(poll)


def test_a_dropped_connection_is_made_again() -> None:
    async def poll(line: Line, peer: TcpPeer) -> None:
        await line.read(METER, POWER)
        peer.drop()
        await asyncio.sleep(1)

        assert await line.read(METER, POWER) == held_by(POWER)

    over_tcp(poll, retries=1)


def test_a_port_nobody_listens_on_is_named_with_what_to_check() -> None:
    async def ask(line: Line, peer: TcpPeer) -> None:
        peer.drop()
        peer._server.close()
        await asyncio.sleep(1)
        with pytest.raises(Unanswered, match="refused the connection; check the port and that Modbus TCP"):
            await line.read(METER, POWER)

    over_tcp(ask, retries=1)


def test_transaction_ids_are_never_zero_and_start_anew_after_the_last() -> None:
    async def ask(line: Line, peer: TcpPeer) -> None:
        for _ in range(3):
            await line.read(METER, POWER)
        assert peer.transactions == [1, 2, 3]

    over_tcp(ask)
