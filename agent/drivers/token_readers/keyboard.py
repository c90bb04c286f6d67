"""A USB reader that types card numbers like a keyboard: `driver = "keyboard"` under `token_reader`.

    [token_reader]
    driver = "keyboard"
    device = "/dev/input/by-id/usb-Sycreader_RFID_Technology_Co.__Ltd_SYC_ID_IC_USB_Reader-event-kbd"

The kernel's event device is read as it is: records of a fixed size, and one ioctl. The package `evdev` adds nothing
that is needed here, and is published as source alone: each charger would need a compiler and the kernel's headers.

The device is grabbed: while this program runs, card numbers are typed into nothing else. While it does not run they go
to the console, where they are read as words of whoever sits there; a rule of udev that takes the reader from the
console (`LIBINPUT_IGNORE_DEVICE`, or no login on tty1) ends that.

Wiring: USB; choose the device by its name below /dev/input/by-id, that ends in `-event-kbd`. The user of this program
belongs to the group of the device, often `input`.

Quirks:

- What the digits mean differs: hexadecimal as they are, or with `decimal = true` the number in decimal, which is turned
  into the bytes of the card (`card_bytes`). Many print the decimal of the reversed bytes: `reverse_bytes = true` too.
  Show a known card, and compare.
- A number of a length that is not among `lengths` is passed over, and its length is told in the log.
- Only readers that end a number with Enter are understood, and none that type a site code and a number apart.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Annotated

from agent.core.identity import IdToken
from agent.drivers.input_device import InputDevice
from agent.drivers.interfaces import Bus
from agent.drivers.token_readers.presentations import Absence, Presentations
from agent.drivers.token_readers.typed_numbers import DIGITS_AT_MOST, Print, TypedNumbers
from agent.drivers.wire import WireLost
from agent.errors import DriverUnavailable
from agent.tables import OneOf, Within
from agent.values import frozen

log = logging.getLogger(__name__)

Length = Annotated[int, Within(4, DIGITS_AT_MOST, "digits")]


@frozen(kw_only=True)
class Options:
    """`lengths` of the numbers that are cards, in digits. `decimal`: the digits are a decimal number, of a card of
    `card_bytes`; else they are hexadecimal. `reverse_bytes` for readers that tell the last byte first.
    """

    device: str
    lengths: tuple[Length, ...] = (8, 10)
    decimal: bool = False
    card_bytes: Annotated[int, OneOf((3, 4, 5, 7, 8, 10))] = 4
    reverse_bytes: bool = False

    def __post_init__(self) -> None:
        odd = [length for length in self.lengths if length % 2]
        if odd and not self.decimal:
            raise ValueError(f"lengths: {odd[0]} digits are no whole bytes; with decimal = true they may be a number")
        if not self.lengths:
            raise ValueError("lengths: is empty; name at least one, such as [8, 10]")


class KeyboardReader:
    """A `TokenReader`."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._device = InputDevice(options.device)
        self._print = Print(lengths=options.lengths, decimal=options.decimal, card_bytes=options.card_bytes)
        self._typed = TypedNumbers()
        self._presentations = Presentations(reverse_bytes=options.reverse_bytes)
        self._absence = Absence(name)
        self._lengths_told: set[int] = set()

    @property
    def garbage(self) -> int:
        """Numbers so far that were broken off, or had other keys in them."""
        return self._typed.garbage

    async def open(self) -> None:
        """Try the device; where it is missing, whoever iterates tries again and hears why."""
        try:
            await self._open_device()
        except DriverUnavailable:
            return

    async def aclose(self) -> None:
        """Let go of the device; an iteration under way ends as unavailable."""
        self._device.close()

    def trouble(self) -> str:
        """`Troubled`: why no card would be seen."""
        return self._absence.why

    async def tokens(self) -> AsyncIterator[IdToken]:
        """Each card once, however often the reader repeats it."""
        while True:
            await self._open_device()
            try:
                received = await self._device.read()
            except WireLost as error:
                raise self._absence.because(str(error)) from error
            for number in self._typed.feed(received):
                token = self._shown(number)
                if token is not None:
                    yield token

    async def _open_device(self) -> None:
        if self._device.is_open:
            return
        try:
            await self._device.open()
        except WireLost as error:
            raise self._absence.because(str(error)) from error
        self._typed = TypedNumbers()
        self._absence.is_over()

    def _shown(self, number: str) -> IdToken | None:
        card = self._print.card_of(number)
        if card is not None:
            return self._presentations.shown(card, asyncio.get_running_loop().time())
        if len(number) not in self._lengths_told:
            self._lengths_told.add(len(number))
            told = {"reader": self.name, "digits": len(number)}
            log.warning("card reader typed a number that is no card; check lengths, decimal and card_bytes", extra=told)
        return None


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> KeyboardReader:
    """A reader on a device of its own."""
    return KeyboardReader(f"{name} on {options.device}", options)
