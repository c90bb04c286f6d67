"""A card reader that writes each card as a line on a serial port: `driver = "serial_ascii"` under `token_reader`.

Wiring: RS-232, TTL or USB, the reader's transmit line to the port's receive line; often 9600 baud, 8N1.

Quirks:

- A reader that once sent a card between STX and ETX with its checksum is held to that form from then on.
- Some tell the last byte first: `reverse_bytes`. Some print decimal digits; those are passed over.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping

from agent.core.identity import IdToken
from agent.drivers.interfaces import Bus
from agent.drivers.serial_device import LineSettings
from agent.drivers.serial_port import SerialPort
from agent.drivers.token_readers.card_lines import CardLines
from agent.drivers.token_readers.presentations import Absence, Presentations
from agent.drivers.wire import WireLost
from agent.errors import DriverUnavailable
from agent.values import frozen

log = logging.getLogger(__name__)


@frozen(kw_only=True)
class Options(LineSettings):
    """The reader's line, often 9600 baud, 8N1. `reverse_bytes` for readers that tell the last byte first."""

    reverse_bytes: bool = False


class SerialReader:
    """A `TokenReader`. Garbage on the line is counted and otherwise passed over."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._port = SerialPort(options)
        self._lines = CardLines()
        self._presentations = Presentations(reverse_bytes=options.reverse_bytes)
        self._absence = Absence(name)
        self._garbage_told = False

    @property
    def garbage(self) -> int:
        """Lines so far that were no card."""
        return self._lines.garbage

    async def open(self) -> None:
        """Try the port; where it is missing, whoever iterates tries again and hears why."""
        try:
            await self._open_port()
        except DriverUnavailable:
            return

    async def aclose(self) -> None:
        """Let go of the port; an iteration under way ends as unavailable."""
        self._port.close()

    def trouble(self) -> str:
        """`Troubled`: why no card would be seen."""
        return self._absence.why

    async def tokens(self) -> AsyncIterator[IdToken]:
        """Each card once, however long it lies on the reader."""
        while True:
            await self._open_port()
            try:
                received = await self._port.read()
            except WireLost as error:
                raise self._absence.because(str(error)) from error
            now = asyncio.get_running_loop().time()
            for card in self._lines.feed(received, now):
                if (token := self._presentations.shown(card, now)) is not None:
                    yield token
            self._tell_garbage()

    async def _open_port(self) -> None:
        try:
            await self._port.open()
        except WireLost as error:
            raise self._absence.because(str(error)) from error
        self._absence.is_over()

    def _tell_garbage(self) -> None:
        if self._lines.garbage and not self._garbage_told:
            self._garbage_told = True
            log.warning(
                "card reader sends lines that are no cards; check its baud rate",
                extra={"reader": self.name, "lines": self._lines.garbage},
            )


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> SerialReader:
    """A reader on a port of its own."""
    return SerialReader(f"{name} on {options.port}", options)
