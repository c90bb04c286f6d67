"""A serial port for a moment: opened exclusively, listened to, asked one thing, let go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TypeVar

from agent.drivers.serial_device import LineSettings, SerialDevice

T = TypeVar("T")


class Guest:
    """`with Guest(settings) as guest:` raises WireLost where the port is held or not there."""

    def __init__(self, settings: LineSettings) -> None:
        self._heard = bytearray()
        self._news = asyncio.Event()
        self._device = SerialDevice(settings, self._received, self._lost)

    def __enter__(self) -> Guest:
        self._device.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._device.close()

    async def listen(self, for_s: float) -> bytes:
        """Whatever comes without being asked for."""
        await asyncio.sleep(for_s)
        return bytes(self._heard)

    async def ask(self, question: bytes, understand: Callable[[bytes], T | None], *, within_s: float) -> T | None:
        """The first thing that `understand` makes of what comes back; None where it makes nothing in time."""
        self._heard.clear()
        self._device.write(question)
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while (answer := understand(bytes(self._heard))) is None:
                    self._news.clear()
                    await self._news.wait()
                return answer
        return None

    def _received(self, received: bytes) -> None:
        self._heard += received
        self._news.set()

    def _lost(self, _why: str) -> None:
        """Nothing more comes; whoever asks hears it by the time-out."""
