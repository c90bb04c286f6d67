"""A serial device as a `Wire`: bytes are kept until they are read, and a lost port is opened again."""

from __future__ import annotations

import asyncio

from agent.drivers.serial_device import LineSettings, SerialDevice
from agent.drivers.wire import Inbox, ReopenPace, WireLost


class SerialPort:
    """A `Wire` over a device file."""

    def __init__(self, settings: LineSettings) -> None:
        self._settings = settings
        self._inbox = Inbox()
        self._pace = ReopenPace()
        self._device = SerialDevice(settings, self._received, self._lost)

    @property
    def is_open(self) -> bool:
        return self._device.is_open

    @property
    def last_byte_at(self) -> float:
        return self._inbox.last_byte_at

    async def open(self) -> None:
        """Open exclusively. Raises WireLost with the next thing to check."""
        if self._device.is_open:
            return
        self._pace.check()
        try:
            self._device.open()
        except WireLost as error:
            raise self._pace.failed(str(error)) from error
        self._pace.succeeded()
        self._inbox = Inbox()

    def write(self, frame: bytes) -> None:
        if not self._device.is_open:
            raise WireLost(self._inbox.lost or f"{self._settings.port} is not open")
        try:
            self._device.write(frame)
        except WireLost as error:
            self._inbox.lose(str(error))
            raise
        self._inbox.last_byte_at = asyncio.get_running_loop().time() + len(frame) * self._settings.byte_s

    async def read(self) -> bytes:
        return await self._inbox.take()

    def discard(self) -> int:
        return self._inbox.discard()

    def close(self) -> None:
        self._device.close()
        self._inbox.lose(f"{self._settings.port} was closed")

    def _received(self, received: bytes) -> None:
        self._inbox.put(received)

    def _lost(self, why: str) -> None:
        self._inbox.lose(why)
