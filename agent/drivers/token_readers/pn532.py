"""A PN532 on a serial line (HSU), for cards of ISO/IEC 14443 type A: `driver = "pn532"` under `token_reader`.

The chip is asked for a card four times a second, with limited retries, so that each look is answered.

Wiring: 3.3 V levels, RX and TX crossed, 115,200 baud; the switches (or solder bridges) of the module on HSU, which on
common modules is both off. A module takes some 150 mA while its radio is on.

Quirks:

- A chip that slept, or whose supply dipped, starts anew by itself; one that halted needs its supply switched off and on
  (nfcpy/nfcpy issue 45). Charging by the network goes on without it.
- A phone draws another number for each reading. It is told as any card and flagged, so that the authorisation cache
  keeps nothing of it; whoever starts a charge with a phone cannot stop it with the same phone.
- Cards of type B and FeliCa are not looked for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Annotated

from agent.core.identity import IdToken
from agent.drivers.interfaces import Bus
from agent.drivers.serial_device import LineSettings
from agent.drivers.serial_port import SerialPort
from agent.drivers.token_readers import pn532_words as words
from agent.drivers.token_readers.pn532_chip import Chip, NoAnswer, Trouble
from agent.drivers.token_readers.presentations import Absence, Presentations
from agent.drivers.wire import WireLost
from agent.errors import DriverImplausible, DriverUnavailable
from agent.tables import Within
from agent.values import frozen

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.25
PROVE_EVERY_S = 30.0
"""So long without a card, the chip is asked for its version: a radio that finds nothing tells nothing of the chip."""
FAILURES_BEFORE_RESTART = 3
WAKE_UPS = 3
"""One in some is not heard after a power-down (techniq/node-pn532 issue 3)."""
BETWEEN_WAKE_UPS_S = 0.1

AT_FIRST: Mapping[Trouble, str] = {
    Trouble.SILENCE: "no PN532 answers; check its power, that RX and TX are crossed, and that its switches say HSU",
    Trouble.GARBAGE: "what comes is not from a PN532; check that its switches say HSU, and what is on this port",
    Trouble.ECHO: "what is sent comes back; check that RX and TX do not touch, and that the adapter is no RS-485 one",
    Trouble.REFUSAL: "the PN532 understands nothing; check its supply and that its cable is short",
}
LATER = "the PN532 answers no more; check its cable, and where that is sound switch its power off and on"


@frozen(kw_only=True)
class Options(LineSettings):
    """The chip's line, 115,200 baud as it starts. `reverse_bytes` for networks that know the last byte first."""

    baud: Annotated[int, Within(9_600, 1_000_000, "baud")] = 115_200
    reverse_bytes: bool = False


class Pn532Reader:
    """A `TokenReader`."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._options = options
        self._port = SerialPort(options)
        self._chip = Chip(self._port)
        self._presentations = Presentations(reverse_bytes=options.reverse_bytes)
        self._absence = Absence(name)
        self._has_answered = False
        self._failures = 0
        self._proven_at = 0.0

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
        """Each card once, however long it lies on the reader. A chip that halted is started anew, as often as asked."""
        await self._start()
        while True:
            card = await self._look()
            if card is not None and (token := self._shown(card)) is not None:
                yield token
            await asyncio.sleep(LOOK_EVERY_S)

    def _shown(self, card: words.Card) -> IdToken | None:
        now = asyncio.get_running_loop().time()
        token = self._presentations.shown(card.number, now, is_random=card.is_random)
        if token is not None and token.is_random:
            log.info("shown number is drawn at random, as phones do", extra={"reader": self.name})
        return token

    async def _start(self) -> None:
        """Port, chip, configuration. Raises DriverUnavailable and DriverImplausible."""
        await self._open_port()
        try:
            await self._wake_up()
            await self._chip.ask(words.LIMIT_RETRIES)
            firmware = words.firmware_in(await self._chip.ask(words.GET_FIRMWARE_VERSION))
        except WireLost as error:
            raise self._absence.because(str(error)) from error
        except (NoAnswer, words.Garbled) as error:
            raise self._absence.because(self._why(error)) from error
        if firmware.ic != words.IC_PN532:
            what = f"the chip on {self._options.port} is a PN5{firmware.ic:02X}, no PN532; check which reader it is"
            raise DriverImplausible(self.name, what)
        self._answered()
        self._absence.is_over()

    async def _open_port(self) -> None:
        try:
            await self._port.open()
        except WireLost as error:
            raise self._absence.because(str(error)) from error

    async def _wake_up(self) -> None:
        for _ in range(WAKE_UPS - 1):
            try:
                await self._chip.ask(words.CONFIGURE_SAM, before=words.WAKE_UP)
            except NoAnswer:
                await asyncio.sleep(BETWEEN_WAKE_UPS_S)
            else:
                return
        await self._chip.ask(words.CONFIGURE_SAM, before=words.WAKE_UP)

    async def _look(self) -> words.Card | None:
        """The card in the field. A question without an answer is a look that saw none; three in a row, a restart."""
        try:
            card = await self._look_once()
        except WireLost as error:
            raise self._absence.because(str(error)) from error
        except (NoAnswer, words.Garbled):
            self._failures += 1
            if self._failures >= FAILURES_BEFORE_RESTART:
                log.info("card reader is started anew", extra={"reader": self.name})
                await self._start()
            return None
        self._failures = 0
        return card

    async def _look_once(self) -> words.Card | None:
        now = asyncio.get_running_loop().time()
        if now - self._proven_at >= PROVE_EVERY_S:
            words.firmware_in(await self._chip.ask(words.GET_FIRMWARE_VERSION))
            self._answered()
        card = words.card_in(await self._chip.ask(words.LIST_ONE_CARD))
        if card is not None:
            self._proven_at = now
            # The card was read; whether the chip is well is told by the next look.
            with suppress(NoAnswer):
                await self._chip.ask(words.RELEASE_ALL)
        return card

    def _answered(self) -> None:
        self._has_answered = True
        self._failures = 0
        self._proven_at = asyncio.get_running_loop().time()

    def _why(self, error: NoAnswer | words.Garbled) -> str:
        trouble = error.trouble if isinstance(error, NoAnswer) else Trouble.GARBAGE
        is_later = self._has_answered and trouble is Trouble.SILENCE
        return f"{self._options.port}: {LATER if is_later else AT_FIRST[trouble]}"


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> Pn532Reader:
    """A chip on a port of its own."""
    return Pn532Reader(f"{name} on {options.port}", options)
