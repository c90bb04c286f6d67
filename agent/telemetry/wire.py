"""The bytes between asyncio and paho: a socket in paho's eyes, an asyncio transport in ours.

paho connects and shakes hands with blocking calls, which would hold up the charger for seconds; asyncio does both
without, looks names up in a thread and brings TLS along. So the connection is opened here, and paho is handed something
that reads and writes like a socket that never blocks (`SocketLike` of paho). What comes in is cut into packets first,
because paho believes any length: a packet above the bound ends the connection, and no more than a few are handled in
one turn of the loop, however many a flooding broker sends.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

from agent.core.rate import Rate

MOST_WAITING_BYTES = 128 << 10
"""Of packets that came and were not handled; above it nothing more is read."""
TURN_PACKETS = 8
"""Handled in one turn of the loop: paho needs some 50 us for one on a small controller."""
PACKETS_A_SECOND = 200
"""More than any broker has to say to a charger; a flood is read no faster than this."""


class Oversize(Exception):
    """The broker sends a packet above the bound it was told. The text has both figures."""


class Splitter:
    """Cuts what comes into MQTT packets (MQTT 5 section 2.1): one byte, a length of up to four bytes, so many more."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._rest = bytearray()

    def feed(self, octets: bytes) -> list[bytes]:
        """The packets that are whole now. Raises Oversize as soon as a length says so, not when the bytes are there."""
        self._rest += octets
        found = []
        while (end := self._end()) is not None and end <= len(self._rest):
            found.append(bytes(self._rest[:end]))
            del self._rest[:end]
        return found

    def _end(self) -> int | None:
        """Where the first packet ends; None while its length is not there."""
        length = 0
        for place in range(1, min(5, len(self._rest))):
            length |= (self._rest[place] & 0x7F) << 7 * (place - 1)
            if not self._rest[place] & 0x80:
                if length > self._largest:
                    raise Oversize(f"the broker sends a packet of {length} bytes, above the {self._largest} it may")
                return place + 1 + length
        if len(self._rest) > 5:
            raise Oversize("the broker sends a packet whose length has no end")
        return None


class Wire(asyncio.Protocol):
    """One connection. `handle` is called for each packet, which then can be read by `recv`; `lost` once, at the end.

    `cause` is why it ended, in words.
    """

    def __init__(self, largest: int) -> None:
        self._splitter = Splitter(largest)
        self._transport: asyncio.Transport | None = None
        self._packets: deque[bytes] = deque()
        self.waiting_bytes = 0
        self._current = memoryview(b"")
        self._turn: asyncio.TimerHandle | None = None
        self._rate = Rate(PACKETS_A_SECOND, 1.0 / PACKETS_A_SECOND).bucket()
        self.handle: Callable[[], None] = lambda: None
        self.lost: Callable[[], None] = lambda: None
        self.can_write = asyncio.Event()
        self.ended = asyncio.Event()
        self.cause = ""
        self.bytes_in = 0
        """As TCP carries them, before TLS."""
        self.heard_s = self.said_s = 0.0
        """By the loop's clock."""

    # As asyncio sees it.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.heard_s = self.said_s = asyncio.get_running_loop().time()
        self.can_write.set()

    def data_received(self, data: bytes) -> None:
        self.bytes_in += len(data)
        self.heard_s = asyncio.get_running_loop().time()
        try:
            packets = self._splitter.feed(data)
        except Oversize as error:
            self.abort(str(error))
            return
        self._packets.extend(packets)
        self.waiting_bytes += sum(map(len, packets))
        if self.waiting_bytes > MOST_WAITING_BYTES and self._transport is not None:
            self._transport.pause_reading()
        if self._packets and self._turn is None:
            self._handle_some()

    def connection_lost(self, exc: Exception | None) -> None:
        self.cause = self.cause or (f"the connection broke: {exc}" if exc else "the broker closed the connection")
        self._transport = None
        if self._turn is not None:
            self._turn.cancel()
        self.can_write.set()
        self.ended.set()
        self.lost()

    def pause_writing(self) -> None:
        self.can_write.clear()

    def resume_writing(self) -> None:
        self.can_write.set()

    def abort(self, cause: str) -> None:
        """End it at once; the first cause counts."""
        self.cause = self.cause or cause
        if self._transport is not None:
            self._transport.abort()

    def _handle_some(self) -> None:
        self._turn = None
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        for _ in range(min(TURN_PACKETS, len(self._packets))):
            if not self._rate.take(now_s):
                break
            packet = self._packets.popleft()
            self.waiting_bytes -= len(packet)
            self._current = memoryview(packet)
            self.handle()
            if self._transport is None:
                return
        if self._packets:
            self._turn = loop.call_later(0.1 if self._rate.wait_s(now_s) else 0.0, self._handle_some)
        elif self._transport is not None and not self._transport.is_reading():
            self._transport.resume_reading()

    # As paho sees it.

    @property
    def first_byte(self) -> int:
        """Of the packet that is handled: its kind and flags."""
        return self._current[0] if self._current else 0

    def recv(self, buffer_size: int) -> bytes:
        """Of the packet that is being handled; paho never asks beyond its end."""
        if not self._current:
            raise BlockingIOError
        found, self._current = bytes(self._current[:buffer_size]), self._current[buffer_size:]
        return found

    def send(self, buffer: bytes | bytearray) -> int:
        if self._transport is None:
            raise ConnectionError(self.cause)
        self._transport.write(bytes(buffer))
        self.said_s = asyncio.get_running_loop().time()
        return len(buffer)

    def close(self) -> None:
        """What was written still leaves."""
        if self._transport is not None:
            self._transport.close()

    def fileno(self) -> int:
        """paho asks for it only in the loops of its own, which are not used here."""
        raise OSError("this connection has no file number")

    def setblocking(self, flag: bool) -> None:
        """It never blocks."""
