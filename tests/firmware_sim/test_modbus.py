"""The meter on the wire: framing, answers and exceptions, and its ways to go wrong."""

from __future__ import annotations

import asyncio
import os
import random
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.meter_models import MODELS
from firmware_sim.meters.abb import ABB_B2X
from firmware_sim.meters.eastron import SDM630
from firmware_sim.meters.points import MeterModel, Reading
from firmware_sim.modbus_frames import MBAP, crc16, rtu_frame, split_rtu
from firmware_sim.modbus_line import RtuLine, TcpGateway
from firmware_sim.modbus_meter import ModbusMeter
from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run

T = TypeVar("T")

READINGS: dict[str, Reading] = {
    "voltage_l1": 230.5, "voltage_l2": 231.0, "voltage_l3": 229.5, "current_l1": 16.0, "current_l2": 15.5,
    "current_l3": 0.0, "power_total": 7_250.0, "frequency": 50.0, "energy_import_total": 1_234_567,
}  # fmt: skip


def meter(model: MeterModel = SDM630, unit: int = 1) -> ModbusMeter:
    return ModbusMeter(unit, model, lambda: dict(READINGS), random.Random(1))


def read_pdu(first: int, count: int, function: int = 4) -> bytes:
    return struct.pack(">BHH", function, first, count)


def floats(answer: bytes) -> list[float]:
    return [number for (number,) in struct.iter_unpack(">f", answer[2:])]


# --- framing


def test_the_checksum_is_that_of_the_modbus_document() -> None:
    assert crc16(b"\x02\x07") == b"\x41\x12"
    assert crc16(b"123456789") == b"\x37\x4b"


@given(st.binary(max_size=40))
def test_a_frame_with_its_checksum_has_the_checksum_zero(body: bytes) -> None:
    assert crc16(body + crc16(body)) == b"\0\0"


REQUESTS = st.tuples(st.integers(1, 247), st.integers(0, 65_535), st.integers(1, 125))


@given(st.lists(REQUESTS, max_size=5), st.integers(1, 9))
def test_requests_are_found_in_whatever_pieces_they_come(requests: list[tuple[int, int, int]], piece: int) -> None:
    stream = b"".join(rtu_frame(unit, read_pdu(first, count)) for unit, first, count in requests)
    buffer, found = bytearray(), []

    for start in range(0, len(stream), piece):
        buffer += stream[start : start + piece]
        while (request := split_rtu(buffer)) is not None:
            found.append((request.unit, *struct.unpack(">HH", request.pdu[1:])))

    assert found == requests
    assert not buffer


@given(st.binary(max_size=300))
def test_garbage_on_the_line_is_no_request_and_no_error(garbage: bytes) -> None:
    buffer = bytearray(garbage)
    while (request := split_rtu(buffer)) is not None:
        assert len(request.pdu) >= 5


# --- answers


def test_a_block_is_answered_with_its_values_in_their_places() -> None:
    answer = meter().answer(read_pdu(0, 12))

    assert answer[:2] == bytes((4, 24))
    assert floats(answer) == [230.5, 231.0, 229.5, 16.0, 15.5, 0.0]


def test_energy_is_told_in_the_meters_own_unit() -> None:
    kilowatt_hours = floats(meter().answer(read_pdu(0x48, 2)))
    tens_of_watt_hours = meter(ABB_B2X).answer(read_pdu(0x5000, 4, function=3))

    assert kilowatt_hours == [pytest.approx(1_234.567, abs=0.001)]
    assert int.from_bytes(tens_of_watt_hours[2:], "big") == 123_456


def test_a_value_that_is_cut_by_the_blocks_edge_is_not_told() -> None:
    answer = meter().answer(read_pdu(1, 4))

    assert answer[2:] == bytes(2) + struct.pack(">f", 231.0) + bytes(2)


@pytest.mark.parametrize(
    ("pdu", "code"),
    [
        (read_pdu(0, 2, function=1), 1),
        (b"\x2b\x0e\x01\x00", 1),
        (b"\x04\x00\x00\x00", 3),
        (read_pdu(0, 81), 2),
        (read_pdu(0, 0), 2),
        (read_pdu(0x2000, 2), 2),
    ],
)
def test_what_a_meter_cannot_answer_it_refuses_with_a_code(pdu: bytes, code: int) -> None:
    assert meter().answer(pdu) == bytes((pdu[0] | 0x80, code))


@given(st.sampled_from(sorted(MODELS)), st.binary(min_size=1, max_size=12))
def test_no_request_upsets_a_meter(model: str, pdu: bytes) -> None:
    answer = meter(MODELS[model]).answer(pdu)

    assert answer[0] & 0x7F == pdu[0] & 0x7F or answer[0] == pdu[0] | 0x80


def test_probing_every_block_does_not_change_what_is_told() -> None:
    device = meter()
    before = device.answer(read_pdu(0, 12))

    for count in range(1, 81):
        device.answer(read_pdu(0, count))

    assert device.answer(read_pdu(0, 12)) == before


# --- ways to go wrong


def test_swapped_words_come_low_word_first_but_the_identity_stays() -> None:
    device = meter()
    code = device.answer(read_pdu(0xFC00, 2, function=3))
    device.swapped = True

    assert device.answer(read_pdu(0, 2))[2:] == struct.pack(">f", 230.5)[2:] + struct.pack(">f", 230.5)[:2]
    assert device.answer(read_pdu(0xFC00, 2, function=3)) == code


def test_a_frozen_meter_tells_the_values_of_its_last_good_moment() -> None:
    told = iter(range(100))
    device = ModbusMeter(1, SDM630, lambda: {"voltage_l1": float(next(told))}, random.Random(1))
    device.freeze(True)

    frozen = [floats(device.answer(read_pdu(0, 2))) for _ in range(3)]
    device.freeze(False)

    assert frozen == [[0.0]] * 3
    assert floats(device.answer(read_pdu(0, 2))) == [1.0]


def test_a_meter_without_values_tells_the_pattern_for_it() -> None:
    eastron, abb = meter(), meter(ABB_B2X)
    eastron.without_values = abb.without_values = True

    assert eastron.answer(read_pdu(0, 2))[2:] == b"\x7f\xc0\x00\x00"
    assert abb.answer(read_pdu(0x5000, 4, function=3))[2:] == b"\xff" * 8


def test_a_meter_of_zeros_tells_zeros() -> None:
    device = meter()
    device.all_zero = True

    assert device.answer(read_pdu(0, 12))[2:] == bytes(24)


def test_garbage_has_the_length_of_the_answer_and_no_checksum() -> None:
    device = meter()
    device.garbage = True
    good = rtu_frame(1, device.answer(read_pdu(0, 12)))

    bad = device.disturb(good)

    assert len(bad) == len(good)
    assert crc16(bad) != b"\0\0"


# --- the serial line


class Line:
    """A line with one meter, and a master that notes what arrives when."""

    def __init__(self, folder: Path) -> None:
        loop = asyncio.get_running_loop()
        self.meter = meter()
        self.rtu = RtuLine(Timeline(loop), [self.meter], baud=9600)
        self.wire = SerialWire(loop, folder / "rs485", self.rtu.received, random.Random(1))
        self.rtu.wire = self.wire
        self.heard: list[tuple[float, bytes]] = []
        self._master = os.open(self.wire.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        loop.add_reader(self._master, self._hear)

    def ask(self, frame: bytes) -> None:
        os.write(self._master, frame)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        self.wire.vanish()

    def _hear(self) -> None:
        self.heard.append((asyncio.get_running_loop().time(), os.read(self._master, 4096)))


def on_line(folder: Path, story: Callable[[Line], Awaitable[None]]) -> list[tuple[float, bytes]]:
    async def main() -> list[tuple[float, bytes]]:
        line = Line(folder)
        await story(line)
        await asyncio.sleep(5)
        line.close()
        return line.heard

    return run(main())


GOOD = rtu_frame(1, read_pdu(0, 2))
ANSWER = rtu_frame(1, b"\x04\x04" + struct.pack(">f", 230.5))


def test_an_answer_comes_after_reaction_and_transfer(tmp_path: Path) -> None:
    async def story(line: Line) -> None:
        line.ask(GOOD)

    ((at_s, answer),) = on_line(tmp_path, story)

    assert answer == ANSWER
    assert at_s == pytest.approx(0.02 + (len(GOOD) + len(ANSWER)) * 10 / 9600)


@pytest.mark.parametrize(
    "frame", [GOOD[:-1] + b"\x00", rtu_frame(2, read_pdu(0, 2)), GOOD[:5], b"\xff" * 40], ids=range(4)
)
def test_a_damaged_or_foreign_request_is_met_with_silence_and_the_next_is_answered(
    tmp_path: Path, frame: bytes
) -> None:
    async def story(line: Line) -> None:
        line.ask(frame)
        await asyncio.sleep(1)
        line.ask(GOOD)

    assert [answer for _, answer in on_line(tmp_path, story)] == [ANSWER]


def test_a_request_inside_the_quiet_time_is_not_heard(tmp_path: Path) -> None:
    async def story(line: Line) -> None:
        line.ask(GOOD)
        await asyncio.sleep(0.08)
        line.ask(GOOD)
        await asyncio.sleep(0.2)
        line.ask(GOOD)
        assert line.rtu.ignored_requests == 1

    assert len(on_line(tmp_path, story)) == 2


def test_a_silent_meter_answers_nothing_and_a_late_one_later(tmp_path: Path) -> None:
    async def story(line: Line) -> None:
        line.meter.silent = True
        line.ask(GOOD)
        await asyncio.sleep(1)
        line.meter.silent = False
        line.meter.late_s = 0.7
        line.ask(GOOD)

    ((at_s, answer),) = on_line(tmp_path, story)

    assert answer == ANSWER
    assert at_s == pytest.approx(1.72 + (len(GOOD) + len(ANSWER)) * 10 / 9600)


# --- TCP


async def over_tcp(gateway: TcpGateway, *requests: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", await gateway.open())
    answers = b""
    for request in requests:
        writer.write(request)
        try:
            async with asyncio.timeout(3):
                answers += await reader.read(1000)
        except TimeoutError:
            answers += b"silence"
    writer.close()
    gateway.close()
    return answers


def tcp_request(transaction: int, unit: int = 1) -> bytes:
    return MBAP.pack(transaction, 0, 6, unit) + read_pdu(0, 2)


def test_the_same_meter_answers_over_tcp(tmp_path: Path) -> None:
    async def main() -> bytes:
        return await over_tcp(TcpGateway(Timeline(asyncio.get_running_loop()), [meter()]), tcp_request(77))

    assert run(main()) == MBAP.pack(77, 0, 7, 1) + ANSWER[1:-2]


def test_a_gateway_that_lost_count_answers_under_another_number(tmp_path: Path) -> None:
    async def main() -> bytes:
        gateway = TcpGateway(Timeline(asyncio.get_running_loop()), [meter()])
        gateway.shift_transactions = 1
        return await over_tcp(gateway, tcp_request(0xFFFF))

    assert run(main())[:2] == b"\0\0"


def test_a_foreign_unit_over_tcp_is_met_with_silence_and_nonsense_with_a_closed_connection(tmp_path: Path) -> None:
    async def main() -> bytes:
        gateway = TcpGateway(Timeline(asyncio.get_running_loop()), [meter()])
        return await over_tcp(gateway, tcp_request(1, unit=9), b"GET / HTTP/1.1\r\n")

    assert run(main()) == b"silence"
