"""Devices on a serial line or behind TCP that answer exactly as a test says, byte by byte and second by second."""

from __future__ import annotations

import asyncio
import random
import struct
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from agent.drivers.buses import modbus_rtu, modbus_tcp
from agent.drivers.modbus.line import Line
from firmware_sim.modbus_frames import MBAP, Request, rtu_frame, split_rtu, tcp_frame
from firmware_sim.serial_wire import SerialWire

Later = tuple[float, bytes]
"""Seconds after the request, and what is sent then."""
Script = Callable[[Request], list[Later]]


def registers_of(request: Request) -> tuple[int, ...]:
    """What an honest device of these tests holds: each register its own address, so that a mix-up shows."""
    address, count = struct.unpack(">HH", request.pdu[1:])
    return tuple((address + n) & 0xFFFF for n in range(count))


def pdu_of(request: Request) -> bytes:
    """The honest answer, without address and checksum."""
    registers = registers_of(request)
    return bytes((request.pdu[0], 2 * len(registers))) + struct.pack(f">{len(registers)}H", *registers)


def answer(request: Request, after_s: float = 0.02) -> list[Later]:
    return [(after_s, rtu_frame(request.unit, pdu_of(request)))]


def honest(request: Request) -> list[Later]:
    return answer(request)


def silent(_request: Request) -> list[Later]:
    return []


class SerialPeer:
    """The far end of an RS-485 line. `script` may be changed at any time."""

    def __init__(self, path: Path, script: Script) -> None:
        self.script = script
        self.requests: list[tuple[float, Request]] = []
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self.wire = SerialWire(self._loop, path, self._received, random.Random(1))

    def send_at(self, delay_s: float, octets: bytes) -> None:
        self._loop.call_later(delay_s, self.wire.send, octets)

    def _received(self, octets: bytes) -> None:
        self._buffer += octets
        while (request := split_rtu(self._buffer)) is not None:
            self.requests.append((self._loop.time(), request))
            for delay_s, reply in self.script(request):
                self.send_at(delay_s, reply)


@asynccontextmanager
async def serial_line(script: Script = honest, *, retries: int = 0) -> AsyncIterator[tuple[Line, SerialPeer]]:
    """An open bus of 9600 baud and its far end."""
    with tempfile.TemporaryDirectory() as folder:
        peer = SerialPeer(Path(folder) / "rs485", script)
        line = modbus_rtu.create("rs485", modbus_rtu.Options(port=str(peer.wire.path), retries=retries))
        await line.open()
        try:
            yield line, peer
        finally:
            await line.aclose()
            peer.wire.vanish()


class TcpPeer:
    """A Modbus TCP server. The script's frames are RTU's; `shift` is added to every transaction id."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.shift = 0
        self.connections = 0
        self.transactions: list[int] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server

    async def open(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def drop(self) -> None:
        """Close every connection."""
        for writer in self._writers:
            writer.close()

    async def aclose(self) -> None:
        self._server.close()
        self.drop()
        await asyncio.sleep(0.01)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        try:
            while True:
                transaction, _, length, unit = MBAP.unpack(await reader.readexactly(MBAP.size))
                self.transactions.append(transaction)
                request = Request(unit, await reader.readexactly(length - 1))
                for delay_s, reply in self.script(request):
                    told = tcp_frame((transaction + self.shift) & 0xFFFF, reply[0], reply[1:-2])
                    asyncio.get_running_loop().call_later(delay_s, self._send, writer, told)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._writers.remove(writer)
            writer.close()

    @staticmethod
    def _send(writer: asyncio.StreamWriter, frame: bytes) -> None:
        if not writer.is_closing():
            writer.write(frame)


@asynccontextmanager
async def tcp_line(script: Script = honest, *, retries: int = 0) -> AsyncIterator[tuple[Line, TcpPeer]]:
    """An open bus over the loopback and its far end."""
    peer = TcpPeer(script)
    port = await peer.open()
    line = modbus_tcp.create("gateway", modbus_tcp.Options(host="127.0.0.1", port=port, retries=retries))
    await line.open()
    try:
        yield line, peer
    finally:
        await line.aclose()
        await peer.aclose()
