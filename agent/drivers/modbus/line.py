"""The one owner of a Modbus wire: requests take turns, one is in flight, and silence is kept where it is due.

Modbus RTU carries no transaction number. An answer that comes after its time-out would be taken for the next request's,
with a good checksum, and so on for ever (field-problems.md section 3: energy and power swapped in the field). So after
anything but a fitting answer the line stays silent for one answer time, counted from the later of the deadline and the
last byte heard, and everything heard until then is thrown away.

That holds for answers up to one answer time late. Against later ones helps only that the blocks of one device differ in
length: a driver asks for another length after each silence (`meters/modbus_meter.py`: who the meter is).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Protocol

from agent.drivers.modbus import framing
from agent.drivers.modbus.answers import BadAnswer, Misfit, Refused
from agent.drivers.modbus.block import Ask, Block, Write
from agent.drivers.modbus.exchange_log import Exchanged, ExchangeLog
from agent.drivers.modbus.rest import Rest
from agent.drivers.modbus.statistics import DeviceStatistics
from agent.drivers.wire import Wire, WireLost
from agent.values import frozen

log = logging.getLogger(__name__)

NEVER_QUIET_AFTER_S = 5.0
"""A line that is not silent for so long has a second master or a broken adapter."""
SILENT_CHARACTERS = 3.5
"""Between two frames, by the Modbus specification over serial line, section 2.5.1.1."""
SILENCE_AT_LEAST_S = 0.00175
"""What these characters become above 19200 baud, same section."""
SLACK_S = 0.002
"""Above a silence that is asked for: a device measures with its own clock, and hears the last byte later than we do."""
RECONNECT_AFTER_FAILURES = 3


class Unanswered(Exception):
    """No usable answer, after all repetitions; the text says what to check. `was_silence`: nothing came at all."""

    def __init__(self, what: str, *, was_silence: bool) -> None:
        super().__init__(what)
        self.was_silence = was_silence


@frozen(kw_only=True)
class Device:
    """One unit on the line, and the patience it needs."""

    unit: int
    pause_s: float = 0.0
    """Silence it wants in front of a request."""
    answer_timeout_s: float = 0.5
    """To the first byte; the time of the bytes themselves is added."""


@frozen(kw_only=True)
class LineRules:
    """How one kind of wire is used. `byte_s`: time of one byte; 0 where it does not matter."""

    pause_s: float
    retries: int
    byte_s: float
    falls_silent: bool
    """True for RTU. Over TCP the transaction id tells a late answer, and a connection out of step is closed."""

    @property
    def frame_gap_s(self) -> float:
        return max(self.pause_s, SILENT_CHARACTERS * self.byte_s, SILENCE_AT_LEAST_S if self.falls_silent else 0.0)


class Exchange(Protocol):
    """One request and the bytes that come back."""

    frame: bytes
    ignored_bytes: int
    hears_itself: bool

    def feed(self, received: bytes) -> tuple[int, ...] | None: ...


Begin = Callable[[int, Ask, bool], Exchange]
"""Of a unit, what is asked of it, and whether the line is known to hear itself."""


class Line:
    """A `Bus`. Drivers call `read` and `write`; calls at the same time are served in the order of asking."""

    def __init__(self, name: str, wire: Wire, begin: Begin, rules: LineRules) -> None:
        self.name = name
        self._wire = wire
        self._begin = begin
        self._rules = rules
        # The wire itself can carry one exchange: whoever holds the turn owns it.
        self._turn = asyncio.Lock()
        self._silent_until = float("-inf")
        self._silence_after_bytes_s = 0.0
        self._owes_an_answer: set[int] = set()
        """Units that let a request go without one."""
        self._hears_itself = False
        self._failures = 0
        self._devices: dict[int, DeviceStatistics] = {}
        self._rests: dict[int, Rest] = {}
        self._log = ExchangeLog()
        self._wire_trouble = ""

    @property
    def is_serial(self) -> bool:
        """One wire for all units, on which whoever asks keeps the others waiting."""
        return self._rules.falls_silent

    async def open(self) -> None:
        """Try to open the wire; where it is missing, each read tries again."""
        try:
            await self._wire.open()
        except WireLost as error:
            self._wire_trouble = str(error)
            log.warning("bus is not there", extra={"bus": self.name, "reason": str(error)})

    async def aclose(self) -> None:
        """Let go of the wire. A read under way ends as unanswered."""
        self._wire.close()

    def trouble(self) -> str:
        """`Troubled`: what the wire itself lacks, whoever is asked on it; a device that is silent is none of it."""
        return self._wire_trouble

    def statistics(self) -> Mapping[str, Mapping[str, float]]:
        """By "unit N"."""
        now = asyncio.get_running_loop().time()
        return {f"unit {unit}": device.as_mapping(now) for unit, device in sorted(self._devices.items())}

    def exchanges(self) -> tuple[str, ...]:
        """The last hundred requests and what was heard, one line each in words and bytes, the oldest first."""
        return self._log.told(asyncio.get_running_loop().time())

    def exchanged(self) -> Sequence[Exchanged]:
        """The same as values."""
        return self._log.kept()

    async def read(self, device: Device, block: Block) -> tuple[int, ...]:
        """The registers of `block`, exactly as many as asked for.

        Raises Unanswered after the repetitions, Refused when the device answered with an exception. A device that
        did not answer must not hold up the others: each repetition waits for its turn behind them, after a silence it
        is asked once only, and after some it rests for a while, in which this raises at once.
        """
        rest = self._rests.setdefault(device.unit, Rest())
        loop = asyncio.get_running_loop()
        if loop.time() < rest.until and self._others_answer(device):
            raise Unanswered(rest.why, was_silence=True)
        try:
            content = await self._ask(device, block, self._turn)
        except Unanswered as error:
            # A lost port is no silence of this device, and one that answers damaged is there.
            if error.was_silence:
                rest.silent(str(error), loop.time(), 2 * device.answer_timeout_s)
            raise
        except Refused:
            rest.answered()
            raise
        rest.answered()
        return content

    async def probe(self, device: Device, block: Block) -> tuple[int, ...]:
        """`read` once, of a unit that nobody configured: a look around leaves no device behind that is silent.

        Raises Unanswered, Refused.
        """
        async with self._turn:
            try:
                return await self._attempt(device, block, DeviceStatistics())
            except (WireLost, TimeoutError, BadAnswer) as error:
                self._owes_an_answer.discard(device.unit)
                was_silence = isinstance(error, TimeoutError)
                raise Unanswered(self._explained(device, error), was_silence=was_silence) from error

    async def write(self, device: Device, write: Write) -> None:
        """Have the device take these values; it said that it did, which its registers may still contradict.

        Raises as `read` does. After Unanswered nobody knows whether it took them: read them back.
        """
        # Its repetitions keep the turn: nobody may write in between what they would undo.
        async with self._turn:
            await self._ask(device, write, nullcontext())

    async def _ask(self, device: Device, ask: Ask, turn: AbstractAsyncContextManager[None]) -> tuple[int, ...]:
        statistics = self._devices.setdefault(device.unit, DeviceStatistics())
        attempts_left = self._rules.retries if statistics.is_answering else 0
        while True:
            try:
                async with turn:
                    return await self._attempt(device, ask, statistics)
            except Refused as refused:
                if refused.is_permanent or attempts_left == 0:
                    raise
            except (WireLost, TimeoutError, BadAnswer) as error:
                if attempts_left == 0:
                    statistics.is_answering = False
                    raise Unanswered(
                        self._explained(device, error), was_silence=isinstance(error, TimeoutError)
                    ) from error
                await self._silence_is_over()
            attempts_left -= 1

    async def _silence_is_over(self) -> None:
        """A repetition queues up only then, so that whoever asked for a turn in the meantime goes first."""
        if self._rules.falls_silent:
            await asyncio.sleep(max(0.0, self._silent_until - asyncio.get_running_loop().time()))

    async def _attempt(self, device: Device, ask: Ask, statistics: DeviceStatistics) -> tuple[int, ...]:
        statistics.requests += 1
        try:
            await framing.ready()
            await self._wire.open()
            self._wire_trouble = ""
            await self._fall_silent(device.pause_s)
            statistics.ignored_bytes += self._wire.discard()
            content = await self._exchange(device, ask, statistics)
        except (WireLost, TimeoutError, BadAnswer) as error:
            self._failed(error, device, statistics)
            raise
        self._settled(device)
        return content

    async def _exchange(self, device: Device, ask: Ask, statistics: DeviceStatistics) -> tuple[int, ...]:
        loop = asyncio.get_running_loop()
        exchange = self._begin(device.unit, ask, self._hears_itself)
        sent_at = loop.time() + len(exchange.frame) * self._rules.byte_s
        deadline = sent_at + device.answer_timeout_s + ask.answer_bytes * self._rules.byte_s
        # Set before a byte leaves: whatever ends this exchange, also its cancellation, leaves the line unsettled.
        self._silent_until = deadline + device.answer_timeout_s
        self._silence_after_bytes_s = device.answer_timeout_s
        try:
            with self._log.exchange(exchange.frame, loop.time) as heard:
                self._wire.write(exchange.frame)
                async with asyncio.timeout_at(deadline):
                    content = await self._answer(exchange, heard)
            statistics.answered(loop.time() - sent_at, loop.time())
        except Refused:
            statistics.answered(loop.time() - sent_at, loop.time())
            statistics.refused += 1
            self._settled(device)
            raise
        finally:
            statistics.ignored_bytes += exchange.ignored_bytes
            self._hears_itself = exchange.hears_itself
        return content

    async def _answer(self, exchange: Exchange, heard: bytearray) -> tuple[int, ...]:
        while True:
            received = await self._wire.read()
            heard += received
            if (content := exchange.feed(received)) is not None:
                return content

    async def _fall_silent(self, pause_s: float) -> None:
        """Wait until the next frame may begin. Raises TimeoutError where the line is never quiet."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + NEVER_QUIET_AFTER_S
        while (wait_s := self._free_at(pause_s) - loop.time()) > 0:
            if loop.time() >= give_up_at:
                raise TimeoutError("the line is never quiet; check for a second master on it, and the adapter")
            await asyncio.sleep(wait_s)

    def _free_at(self, pause_s: float) -> float:
        last_byte_at = self._wire.last_byte_at
        gap_s = max(self._rules.frame_gap_s, pause_s) + SLACK_S
        if not self._rules.falls_silent:
            return last_byte_at + gap_s
        return max(self._silent_until, last_byte_at + max(gap_s, self._silence_after_bytes_s))

    def _settled(self, device: Device) -> None:
        """The request has its answer. Nothing more is due on the line, unless an earlier one of its went without."""
        self._failures = 0
        if device.unit in self._owes_an_answer:
            # This answer may have been that one's, and then the real one is still on its way.
            self._owes_an_answer.remove(device.unit)
            self._silent_until = asyncio.get_running_loop().time() + device.answer_timeout_s
            self._silence_after_bytes_s = device.answer_timeout_s
        else:
            self._silent_until = float("-inf")
            self._silence_after_bytes_s = 0.0

    def _failed(self, error: Exception, device: Device, statistics: DeviceStatistics) -> None:
        match error:
            case WireLost():
                statistics.wire_lost += 1
                self._wire_trouble = str(error)
            case BadAnswer(misfit=Misfit.DAMAGED):
                statistics.damaged += 1
                # It was this request's answer, only spoilt: silence counts from its last byte.
                self._silent_until = float("-inf")
            case BadAnswer():
                statistics.foreign += 1
            case _:
                statistics.timeouts += 1
                self._owes_an_answer.add(device.unit)
        self._failures += 1
        out_of_step = isinstance(error, BadAnswer) or self._failures >= RECONNECT_AFTER_FAILURES
        if not self._rules.falls_silent and out_of_step:
            self._wire.close()
            self._failures = 0

    def _explained(self, device: Device, error: Exception) -> str:
        where = f"address {device.unit} on {self.name}"
        match error:
            case WireLost():
                return str(error)
            case BadAnswer(misfit=Misfit.DAMAGED):
                return (
                    f"{where} answers damaged; check for two devices with this address, the termination and the cable"
                )
            case BadAnswer():
                return f"{where} gives other answers than asked for; check for a second master on the line"
        if str(error):
            return f"{where}: {error}"
        if self._others_answer(device):
            return f"no answer from {where}, while others answer there; check its address, its wires and its power"
        if self._hears_itself:
            return f"no answer from {where}, only what is sent comes back; check A and B, the address and the power"
        return f"no answer from {where}; check that A and B are not swapped, the baud rate, the address and the power"

    def _others_answer(self, device: Device) -> bool:
        return any(unit != device.unit and other.is_answering for unit, other in self._devices.items())
