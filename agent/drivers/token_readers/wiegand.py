"""A card reader with a Wiegand output on two GPIO lines: `driver = "wiegand"` under `token_reader`.

    [token_reader]
    driver = "wiegand"
    bus = "gpio"
    d0 = "GPIO17"
    d1 = "GPIO27"

26 and 34 bits with parity; each pulse is taken with the kernel's time of it, without debouncing. A card is told as the
bytes of its number, three or four, in hexadecimal.

Wiring: D0 and D1 are open collectors or 5 V outputs that rest high: a level shifter to 3.3 V, and ground in common. The
chip pulls the lines up unless `own_resistor`, weakly: cables of some metres want 1 kΩ to 4.7 kΩ of their own.

Quirks:

- A reader that is silent and one that is dead look alike on two lines that rest high: only a chip that is away, or a
  line that is held low, is told.
- With D0 and D1 crossed each number is rejected by its parity; the log tells it once.
- Readers of cards of ISO 14443 often send the last byte first: `reverse_bytes`. Keys of a keypad are passed over.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Mapping

from agent.core.identity import IdToken
from agent.drivers.buses.gpio import GpioBus
from agent.drivers.gpio.lines import Absent, Bias, Edge, InputLine, LineName
from agent.drivers.interfaces import Bus
from agent.drivers.token_readers.presentations import Absence, Presentations
from agent.drivers.token_readers.wiegand_bits import GAP_S, WiegandBits
from agent.values import frozen

log = logging.getLogger(__name__)

BUS_KINDS = ("gpio",)
EVENT_BUFFER = 256
"""A number makes 68 changes, and the loop may be busy elsewhere."""
LOW_AT_MOST_S = 1.0
"""A pulse takes 50 µs. Who holds a line for so long sends nothing."""
KEPT_AT_MOST = 16
REJECTED_BEFORE_TOLD = 3
"""A single one is a card that was held badly."""


@frozen(kw_only=True)
class Options:
    """`d0`, `d1`: the lines of zeros and ones. `own_resistor`: something outside pulls them up. `reverse_bytes` for
    readers that send the last byte first.
    """

    bus: str
    d0: LineName
    d1: LineName
    own_resistor: bool = False
    reverse_bytes: bool = False

    def __post_init__(self) -> None:
        if self.d0 == self.d1:
            raise ValueError(f'd1: "{self.d1}" is d0, too; ones and zeros come on lines of their own')


class WiegandReader:
    """A `TokenReader`. The bus asks for the lines and looks after them."""

    def __init__(self, name: str, bus: GpioBus, options: Options) -> None:
        self.name = name
        self._bits = WiegandBits()
        self._presentations = Presentations(reverse_bytes=options.reverse_bytes)
        self._absence = Absence(name)
        self._numbers: deque[str] = deque(maxlen=KEPT_AT_MOST)
        self._news = asyncio.Event()
        self._ends: asyncio.TimerHandle | None = None
        self._held: asyncio.TimerHandle | None = None
        self._held_low = ""
        self._rejects_told = False
        self._names = (options.d0, options.d1)
        bias = Bias.NONE if options.own_resistor else Bias.PULL_UP
        lines = [InputLine(line=line, active_low=True, bias=bias) for line in self._names]
        self._lines = bus.inputs(name, lines, self._hear, self._level_changed, buffer=EVENT_BUFFER)

    @property
    def rejected(self) -> int:
        """Trains of pulses so far that were no number."""
        return self._bits.rejected

    async def open(self) -> None:
        """The bus asks for the lines."""

    async def aclose(self) -> None:
        """The bus lets go of them."""
        for timer in (self._ends, self._held):
            if timer is not None:
                timer.cancel()
        self._ends = self._held = None

    async def tokens(self) -> AsyncIterator[IdToken]:
        """Each card once, however long it lies on the reader."""
        while True:
            self._news.clear()
            while self._numbers:
                token = self._presentations.shown(self._numbers.popleft(), asyncio.get_running_loop().time())
                if token is not None:
                    yield token
            self._object()
            await self._news.wait()

    def _object(self) -> None:
        """Raises DriverUnavailable while no number can come."""
        match self._lines.level.value:
            case Absent(why=why):
                raise self._absence.because(why)
            case None:
                return
            case _ if self._held_low:
                raise self._absence.because(
                    f"line {self._held_low} is held low; check the supply of the reader, its wire and the pull-up"
                )
            case _:
                self._absence.is_over()

    def _hear(self, edges: tuple[Edge, ...]) -> None:
        # Each line has an interrupt of its own, so that the order of their reports is not that of the pulses.
        for edge in sorted(edges, key=lambda edge: edge.at_s):
            if edge.active:
                self._keep(self._bits.pulse(edge.place, edge.at_s, after_gap=edge.after_gap))
        if self._ends is not None:
            self._ends.cancel()
        self._ends = asyncio.get_running_loop().call_later(GAP_S, self._end)

    def _end(self) -> None:
        self._ends = None
        self._keep(self._bits.end())

    def _keep(self, number: str | None) -> None:
        if number is not None:
            self._numbers.append(number)
            self._news.set()
        elif self._bits.rejected >= REJECTED_BEFORE_TOLD and not self._rejects_told:
            self._rejects_told = True
            log.warning(
                "card reader sends pulses that are no numbers; check that D0 and D1 are not crossed, and its screen",
                extra={"reader": self.name, "rejected": self._bits.rejected},
            )

    def _level_changed(self) -> None:
        if self._held is not None:
            self._held.cancel()
            self._held = None
        low = self._low_lines()
        if self._held_low not in low:
            self._held_low = ""
        if low:
            self._held = asyncio.get_running_loop().call_later(LOW_AT_MOST_S, self._is_held, low[0])
        self._news.set()

    def _low_lines(self) -> list[LineName]:
        level = self._lines.level.value
        if level is None or isinstance(level, Absent):
            return []
        return [name for name, is_low in zip(self._names, level, strict=True) if is_low]

    def _is_held(self, line: LineName) -> None:
        self._held = None
        self._held_low = line
        self._news.set()


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> WiegandReader:
    """Raises ConfigError where a line has a user already."""
    bus = buses[options.bus]
    assert isinstance(bus, GpioBus)
    return WiegandReader(f"{name}, lines {options.d0} and {options.d1}", bus, options)
