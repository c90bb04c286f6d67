"""What a line tells of its devices: how fast, how old, and byte by byte."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.interfaces import LoggingBus
from agent.drivers.modbus.answers import Refused
from agent.drivers.modbus.block import READ_INPUT, WRITE_REGISTERS, Block, Write
from agent.drivers.modbus.exchange_log import EXCHANGES_AT_MOST, KEPT_BYTES
from agent.drivers.modbus.line import Device, Line, Unanswered
from agent.drivers.modbus.statistics import ANSWERS_REMEMBERED, DeviceStatistics
from firmware_sim.modbus_frames import Request, rtu_frame
from firmware_sim.virtual_loop import run
from tests.drivers.modbus.peer import Later, SerialPeer, answer, honest, serial_line, silent

METER = Device(unit=1, answer_timeout_s=0.5)
POWER = Block(READ_INPUT, 0x0034, 2)


@given(st.lists(st.floats(0.001, 2.0), min_size=1, max_size=300))
def test_the_percentile_is_of_the_last_answers_and_one_of_them(times: list[float]) -> None:
    statistics = DeviceStatistics()
    for number, after_s in enumerate(times):
        statistics.answered(after_s, float(number))

    told = statistics.as_mapping(float(len(times)))["p95_answer_s"]

    recent = sorted(round(after_s, 4) for after_s in times[-ANSWERS_REMEMBERED:])
    assert told in recent
    assert sum(after_s <= told for after_s in recent) >= math.ceil(0.95 * len(recent))
    assert sum(after_s < told for after_s in recent) < math.ceil(0.95 * len(recent))


def test_what_never_answered_has_no_age_and_no_times() -> None:
    told = DeviceStatistics(requests=3, timeouts=3).as_mapping(100.0)

    assert told["timeouts"] == 3
    assert not any(name.endswith("_s") for name in told)


def test_the_age_of_the_data_counts_from_the_latest_answer() -> None:
    async def body() -> None:
        async with serial_line() as (line, peer):
            await line.read(METER, POWER)
            await asyncio.sleep(5)
            peer.script = silent
            with pytest.raises(Unanswered):
                await line.read(METER, POWER)

            told = line.statistics()["unit 1"]
            assert 5.5 < told["answer_age_s"] < 5.6
            assert told["p95_answer_s"] == pytest.approx(told["longest_answer_s"])

    run(body())


def told_after(script: list[Later] | None, *, block: Block = POWER) -> str:
    """The one line of the log after one request; None: an honest answer."""

    async def body() -> str:
        async with serial_line(honest if script is None else lambda _: script) as (line, _):
            assert isinstance(line, LoggingBus)
            with suppress(Unanswered, Refused):
                await line.read(METER, block)
            (told,) = line.exchanges()
            return told

    return run(body())


def test_an_answered_request_is_logged_with_all_its_bytes() -> None:
    told = told_after(None)

    assert told.startswith("0.0 s ago, ")
    assert "sent 01 04 00 34 00 02 30 05; heard 01 04 04 00 34 00 35" in told
    assert told.endswith("; answered")


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ([], "heard nothing; no answer in time"),
        ([(0.02, b"\x01\x84\x02\xc2\xc1")], "heard 01 84 02 c2 c1; exception 2 (address not known)"),
        ([(0.02, b"\x01\x04\x04\x00\x34\x00\x35\x00\x00")], "heard 01 04 04 00 34 00 35 00 00; damaged"),
        ([(0.02, bytes(1000))], f"heard {bytes(KEPT_BYTES).hex(' ')}; no answer in time"),
    ],
)
def test_what_was_no_answer_is_logged_with_what_it_was(script: list[Later], words: str) -> None:
    assert words in told_after(script)


def test_a_day_of_exchanges_is_no_more_in_memory_than_a_hundred() -> None:
    async def body() -> None:
        async with serial_line() as (line, _):
            for address in range(250):
                await line.read(METER, Block(READ_INPUT, address, 1))

            told = line.exchanges()
            assert len(told) == EXCHANGES_AT_MOST
            assert "sent 01 04 00 f9 00 01" in told[-1]
            assert "sent 01 04 00 96 00 01" in told[0]

    run(body())


# --- turns of repetitions


def asked_when_the_first_is_lost(line: Line, peer: SerialPeer) -> list[int]:
    """The first request of unit 1 is lost; the units that were asked, in their order, filled as they come."""
    asked: list[int] = []

    def script(request: Request) -> list[Later]:
        asked.append(request.unit)
        if len(asked) == 1:
            return []
        return [(0.02, _taken(request))] if request.pdu[0] == WRITE_REGISTERS else answer(request)

    peer.script = script
    return asked


def _taken(request: Request) -> bytes:
    return rtu_frame(request.unit, request.pdu[:5])


def test_a_repeated_reading_lets_its_neighbours_go_first() -> None:
    async def body() -> None:
        async with serial_line(retries=1) as (line, peer):
            asked = asked_when_the_first_is_lost(line, peer)
            async with asyncio.TaskGroup() as tasks:
                for unit in (1, 2, 3):
                    tasks.create_task(line.read(Device(unit=unit), POWER))

            assert asked == [1, 2, 3, 1]

    run(body())


def test_a_repeated_order_lets_nobody_write_what_it_would_undo() -> None:
    async def body() -> None:
        async with serial_line(retries=1) as (line, peer):
            asked = asked_when_the_first_is_lost(line, peer)
            async with asyncio.TaskGroup() as tasks:
                for unit in (1, 2, 3):
                    tasks.create_task(line.write(Device(unit=unit), Write(WRITE_REGISTERS, 1000, (unit,))))

            assert asked == [1, 1, 2, 3]

    run(body())
