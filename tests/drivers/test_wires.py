"""Ports and sockets: opened when they are there, lost with a reason, bounded in what they keep."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.drivers.serial_device import LineSettings, Parity, why_not
from agent.drivers.serial_port import SerialPort
from agent.drivers.tcp_socket import TcpSocket, numeric_host
from agent.drivers.wire import INBOX_AT_MOST, REOPEN_AFTER_S, REOPEN_AT_MOST_AFTER_S, Inbox, ReopenPace, WireLost
from firmware_sim.serial_wire import SerialWire
from firmware_sim.virtual_loop import run

Test = Callable[[SerialPort, SerialWire, list[bytes]], Awaitable[None]]


@asynccontextmanager
async def a_port(
    settings: dict[str, object] | None = None,
) -> AsyncIterator[tuple[SerialPort, SerialWire, list[bytes]]]:
    """A port, its far end, and what arrived there."""
    with tempfile.TemporaryDirectory() as folder:
        arrived: list[bytes] = []
        loop = asyncio.get_running_loop()
        wire = SerialWire(loop, Path(folder) / "port", arrived.append, random.Random(1))
        port = SerialPort(LineSettings(port=str(wire.path), **(settings or {})))  # type: ignore[arg-type]
        try:
            yield port, wire, arrived
        finally:
            port.close()
            wire.vanish()


def with_a_port(test: Test, settings: dict[str, object] | None = None) -> None:
    async def body() -> None:
        async with a_port(settings) as (port, wire, arrived):
            await test(port, wire, arrived)

    run(body())


async def why_lost(operation: Awaitable[object]) -> str:
    with pytest.raises(WireLost) as raised:
        await operation
    return str(raised.value)


def test_bytes_go_both_ways() -> None:
    async def talk(port: SerialPort, wire: SerialWire, arrived: list[bytes]) -> None:
        await port.open()
        port.write(b"hello\x00\xff")
        wire.send(b"\x01\x02")

        assert await port.read() == b"\x01\x02"
        await asyncio.sleep(0.01)
        assert b"".join(arrived) == b"hello\x00\xff"

    with_a_port(talk)


def test_parity_and_stop_bits_are_left_out_on_a_pseudo_terminal() -> None:
    async def talk(port: SerialPort, wire: SerialWire, _arrived: list[bytes]) -> None:
        await port.open()
        wire.send(b"\x80")
        assert await port.read() == b"\x80"

    with_a_port(talk, {"parity": Parity.EVEN, "stop_bits": 2, "baud": 19200})


def test_the_time_of_a_byte_counts_start_parity_and_stop_bits() -> None:
    assert LineSettings(port="x", baud=9600).byte_s == 10 / 9600
    assert LineSettings(port="x", baud=9600, parity=Parity.EVEN, stop_bits=2).byte_s == 12 / 9600


def test_a_port_is_held_exclusively() -> None:
    async def open_twice(port: SerialPort, wire: SerialWire, _arrived: list[bytes]) -> None:
        await port.open()
        other = SerialPort(LineSettings(port=str(wire.path)))
        assert "is used by another program; stop that program" in await why_lost(other.open())

    with_a_port(open_twice)


def test_what_arrived_before_a_loss_is_still_read() -> None:
    async def lose(port: SerialPort, wire: SerialWire, _arrived: list[bytes]) -> None:
        await port.open()
        wire.send(b"last words")
        await asyncio.sleep(0.01)
        wire.vanish()
        await asyncio.sleep(0.01)

        assert await port.read() == b"last words"
        assert "is not there" in await why_lost(port.read())
        assert not port.is_open
        with pytest.raises(WireLost, match="is not there"):
            port.write(b"x")

    with_a_port(lose)


def test_a_port_is_tried_at_growing_intervals_and_found_again() -> None:
    async def wait(port: SerialPort, wire: SerialWire, _arrived: list[bytes]) -> None:
        wire.vanish()
        for _ in range(20):
            await why_lost(port.open())
            await asyncio.sleep(1)
        wire.appear()
        await asyncio.sleep(REOPEN_AT_MOST_AFTER_S)
        await port.open()
        assert port.is_open

    with_a_port(wait)


def test_closing_wakes_the_reader() -> None:
    async def close(port: SerialPort, wire: SerialWire, _arrived: list[bytes]) -> None:
        await port.open()
        asyncio.get_running_loop().call_later(1, port.close)
        assert "was closed" in await why_lost(port.read())

    with_a_port(close)


def test_who_drains_nothing_is_a_loss_and_no_endless_wait() -> None:
    async def fill(port: SerialPort, wire: SerialWire, _arrived: list[bytes]) -> None:
        await port.open()
        asyncio.get_running_loop().remove_reader(wire._device)  # type: ignore[arg-type]
        with pytest.raises(WireLost, match="takes no more bytes"):
            for _ in range(1_000):
                port.write(b"x" * 1_000)
        assert not port.is_open

    with_a_port(fill)


def test_an_inbox_nobody_reads_keeps_the_newest_bytes() -> None:
    async def chatter() -> bytes:
        inbox = Inbox()
        for n in range(100):
            inbox.put(bytes((n,)) * 1_000)
        return await inbox.take()

    kept = run(chatter())
    assert len(kept) == INBOX_AT_MOST
    assert kept[-1] == 99


def test_the_pace_doubles_up_to_its_bound_and_starts_anew_after_a_success() -> None:
    async def pace() -> tuple[list[float], float]:
        loop = asyncio.get_running_loop()
        attempts = ReopenPace()
        waits = []
        for _ in range(6):
            attempts.failed("gone")
            waits.append(attempts.due_at - loop.time())
            with pytest.raises(WireLost, match="gone"):
                attempts.check()
            await asyncio.sleep(waits[-1])
            attempts.check()
        attempts.succeeded()
        attempts.failed("gone")
        return waits, attempts.due_at - loop.time()

    waits, after_success = run(pace())
    assert waits == [0.5, 1.0, 2.0, 4.0, REOPEN_AT_MOST_AFTER_S, REOPEN_AT_MOST_AFTER_S]
    assert after_success == REOPEN_AFTER_S


@pytest.mark.parametrize(
    ("port", "error", "words"),
    [
        ("sim:pilot", OSError("no such file"), "start evse-sim and name the board.toml it writes"),
        ("/dev/nowhere", OSError("no such file"), "is not there; check that the adapter is plugged in"),
        ("/dev/null", PermissionError("[Errno 13] Permission denied"), "add the user to the group of the device"),
        ("/dev/null", OSError("Device or resource busy"), "is used by another program"),
        ("/dev/null", OSError("Inappropriate ioctl"), "failed (Inappropriate ioctl); check the adapter"),
    ],
)
def test_a_reason_always_ends_with_what_to_check(port: str, error: Exception, words: str) -> None:
    assert words in why_not(port, error)


def test_a_device_file_that_is_no_serial_port_is_lost_in_words() -> None:
    async def open_null() -> str:
        return await why_lost(SerialPort(LineSettings(port="/dev/null")).open())

    assert "/dev/null failed" in run(open_null())


# --- TCP


def test_a_socket_carries_bytes_and_tells_who_hung_up() -> None:
    async def talk() -> str:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.read(100))
            await asyncio.sleep(1)
            writer.close()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        socket = TcpSocket("127.0.0.1", server.sockets[0].getsockname()[1])
        await socket.open()
        socket.write(b"hello")
        assert await socket.read() == b"hello"
        why = await why_lost(socket.read())
        assert not socket.is_open
        server.close()
        return why

    assert "closed the connection (end of file); is another program connected to it?" in run(talk())


def test_a_refused_connection_says_what_to_check() -> None:
    async def refuse() -> str:
        server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        return await why_lost(TcpSocket("127.0.0.1", port).open())

    assert "refused the connection; check the port and that Modbus TCP is switched on there" in run(refuse())


@pytest.mark.parametrize(("host", "is_numeric"), [("127.0.0.1", True), ("fe80::1", True), ("meter.local", False)])
def test_only_numeric_hosts_need_no_name_server(host: str, is_numeric: bool) -> None:
    assert numeric_host(host) is is_numeric
