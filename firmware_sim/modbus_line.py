"""Where units listen: an RS-485 line behind a pty, and Modbus TCP on the loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from firmware_sim.modbus_frames import MBAP, Request, rtu_frame, split_rtu, tcp_frame
from firmware_sim.modbus_meter import REACTION_S
from firmware_sim.modbus_unit import Unit
from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import Alarm, Timeline

BITS_PER_OCTET = 10
FORGET_S = 0.05
"""A request that does not go on for this long never will; the line starts afresh."""

LONGEST_REQUEST = 260


class RtuLine:
    """Several units on one line. Foreign unit ids are met with silence, as on any real line."""

    def __init__(self, timeline: Timeline, units: Iterable[Unit], baud: int) -> None:
        self.wire: SerialWire | None = None
        self.ignored_requests = 0
        """Requests that came before the unit's quiet time was over."""
        self._timeline = timeline
        self._units = {unit.unit: unit for unit in units}
        self._octet_s = BITS_PER_OCTET / baud
        self._buffer = bytearray()
        self._busy_until_us: dict[int, int] = {}
        self._forget = Alarm(timeline, self._buffer.clear)

    def received(self, octets: bytes) -> None:
        """Whatever arrives on the line."""
        self._buffer += octets
        while (request := split_rtu(self._buffer)) is not None:
            self._take(request)
        if self._buffer:
            self._forget.set(FORGET_S)
        else:
            self._forget.clear()

    def _take(self, request: Request) -> None:
        unit = self._units.get(request.unit)
        if unit is None or unit.silent:
            return
        if self._timeline.now_us() < self._busy_until_us.get(request.unit, 0):
            self.ignored_requests += 1
            return
        answer = unit.answer(request.pdu)
        if answer is None:
            return
        frame = unit.disturb(rtu_frame(request.unit, answer))
        delay_s = REACTION_S + unit.late_s + (len(request.pdu) + 3 + len(frame)) * self._octet_s
        quiet_us = round((delay_s + unit.quiet_s) * 1e6)
        self._busy_until_us[request.unit] = self._timeline.now_us() + quiet_us
        self._timeline.after(delay_s, lambda: self._answer(unit, frame))

    def _answer(self, unit: Unit, frame: bytes) -> None:
        if self.wire is not None and not unit.silent:
            self.wire.send(frame)


class TcpGateway:
    """The same units behind Modbus TCP."""

    def __init__(self, timeline: Timeline, units: Iterable[Unit]) -> None:
        self.shift_transactions = 0
        """Added to the transaction id of each answer: a gateway that has lost count."""
        self.has_charger = True
        """False: whoever held the other ends was killed, and what their ruins still do reaches nobody."""
        self._timeline = timeline
        self._units = {unit.unit: unit for unit in units}
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self._serving = set[asyncio.Task[None]]()

    async def open(self, port: int = 0) -> int:
        """Listen on the loopback; returns the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.hang_up()

    def hang_up(self) -> None:
        """Close every connection, and go on listening."""
        for writer in self._writers:
            writer.close()

    async def aclose(self) -> None:
        """Close, and let everybody who is being served finish."""
        self.close()
        if self._serving:
            await asyncio.wait(self._serving)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        serving = asyncio.current_task()
        assert serving is not None
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)
        try:
            while True:
                transaction, protocol, length, unit = MBAP.unpack(await reader.readexactly(MBAP.size))
                if protocol != 0 or not 2 <= length <= LONGEST_REQUEST:
                    return
                await self._take(writer, transaction, unit, await reader.readexactly(length - 1))
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._writers.remove(writer)
            writer.close()

    async def _take(self, writer: asyncio.StreamWriter, transaction: int, address: int, pdu: bytes) -> None:
        unit = self._units.get(address) if self.has_charger else None
        answer = None if unit is None or unit.silent else unit.answer(pdu)
        if unit is None or answer is None:
            return
        await asyncio.sleep(REACTION_S + unit.late_s)
        if not unit.silent:
            told = (transaction + self.shift_transactions) & 0xFFFF
            writer.write(unit.disturb(tcp_frame(told, address, answer)))
            await writer.drain()
