"""Bytes in and out of one device file or socket, without threads and without tasks of its own."""

from __future__ import annotations

import asyncio
from typing import Protocol

REOPEN_AFTER_S = 0.5
REOPEN_AT_MOST_AFTER_S = 5.0
"""Waits between attempts to open: doubled from the first to the second. A re-plugged adapter is back within seconds."""
INBOX_AT_MOST = 16_384
"""Bytes kept for a reader that is late. A device that chatters while nobody asks must not fill the memory."""


class WireLost(Exception):
    """There is no port, or it went away; the text says what to check. The next use tries to open it again."""


class Wire(Protocol):
    """One owner reads and writes. What arrives is kept until it is read or discarded."""

    @property
    def is_open(self) -> bool: ...

    @property
    def last_byte_at(self) -> float:
        """Loop time of the last byte that arrived or left; minus infinity before the first."""
        ...

    async def open(self) -> None:
        """Make it usable; returns at once when it is. Raises WireLost, also while it is too early to try again."""
        ...

    def write(self, frame: bytes) -> None:
        """Send at once. Raises WireLost."""
        ...

    async def read(self) -> bytes:
        """All that arrived, at least one byte; waits for ever. Raises WireLost."""
        ...

    def discard(self) -> int:
        """Forget what arrived and was not read; how many bytes it was."""
        ...

    def close(self) -> None:
        """Let go. `open` begins anew."""
        ...


class Inbox:
    """The bytes between the loop's callbacks and the one reader."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._waiter: asyncio.Future[None] | None = None
        self.lost: str | None = None
        """Why no more bytes will come."""
        self.last_byte_at = float("-inf")

    def put(self, received: bytes) -> None:
        """Called by the loop."""
        self.last_byte_at = asyncio.get_running_loop().time()
        self._bytes += received
        del self._bytes[:-INBOX_AT_MOST]
        self._wake()

    def lose(self, why: str) -> None:
        """No more bytes will come: the reader gets WireLost once it has read what is there."""
        self.lost = why
        self._wake()

    async def take(self) -> bytes:
        """All that is there, at least one byte."""
        while not self._bytes:
            if self.lost is not None:
                raise WireLost(self.lost)
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        received = bytes(self._bytes)
        self._bytes.clear()
        return received

    def discard(self) -> int:
        """Forget what is there."""
        count = len(self._bytes)
        self._bytes.clear()
        return count

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class ReopenPace:
    """When the next attempt to open is due: at once after a loss, then with doubling waits."""

    def __init__(self) -> None:
        self._due_at = float("-inf")
        self._wait_s = REOPEN_AFTER_S
        self._why = ""

    @property
    def due_at(self) -> float:
        """Loop time of the next attempt."""
        return self._due_at

    def check(self) -> None:
        """Raises WireLost with the last reason while it is too early."""
        if asyncio.get_running_loop().time() < self._due_at:
            raise WireLost(self._why)

    def failed(self, why: str) -> WireLost:
        """Note a failed attempt; the error to raise."""
        self._why = why
        self._due_at = asyncio.get_running_loop().time() + self._wait_s
        self._wait_s = min(2 * self._wait_s, REOPEN_AT_MOST_AFTER_S)
        return WireLost(why)

    def succeeded(self) -> None:
        """Begin with short waits again."""
        self._wait_s = REOPEN_AFTER_S
