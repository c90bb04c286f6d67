"""A lamp on GPIO lines, one line for each colour: `driver = "gpio_led"` under `indicator`.

    [connector.indicator]
    driver = "gpio_led"
    bus = "gpio"
    red = "LED_RED"
    green = "LED_GREEN"
    blue = "LED_BLUE"
    signals = { charging = "blue slow", fault = "red fast" }

`signals` changes the usual lights (lights.py): colours joined by "+", and one of the rhythms wink, slow, fast, flash,
double. Every light changes by the program's own hand: a lamp that stands still for four seconds tells of a dead agent.

Wiring: an LED with its resistor, or a driver stage, at each line; some milliamperes at most from the chip itself. A
common anode needs `active_low = true`.

Quirks:

- A program that is killed leaves its last light; one that ends in order leaves the lamp dark.
- On and off only: no fading. A ring of addressable LEDs needs a controller of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field

from agent.core.session.effects import Signal
from agent.drivers.buses.gpio import GpioBus
from agent.drivers.gpio.lines import LineName, OutputLine
from agent.drivers.indicators.lights import DARK, Colour, Lit, Player, lights_of
from agent.drivers.interfaces import Bus
from agent.errors import DriverUnavailable
from agent.values import frozen

BUS_KINDS = ("gpio",)


@frozen(kw_only=True)
class Options:
    """A line for each colour there is."""

    bus: str
    red: LineName | None = None
    green: LineName | None = None
    blue: LineName | None = None
    white: LineName | None = None
    active_low: bool = False
    signals: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lights_of(frozenset(self.lines), self.signals)

    @property
    def lines(self) -> dict[Colour, LineName]:
        """Of the colours that are wired."""
        named = {Colour.RED: self.red, Colour.GREEN: self.green, Colour.BLUE: self.blue, Colour.WHITE: self.white}
        return {colour: line for colour, line in named.items() if line is not None}


class GpioLed:
    """An `Indicator`. A chip that is away is told by its bus; the lamp goes on once it is back."""

    def __init__(self, name: str, bus: GpioBus, options: Options) -> None:
        self.name = name
        lines = options.lines
        self._colours = tuple(lines)
        self._player = Player(lights_of(frozenset(lines), options.signals), self._light)
        wanted = [OutputLine(line=line, active_low=options.active_low) for line in lines.values()]
        self._lines = bus.outputs(name, wanted, self._level_changed)

    async def open(self) -> None:
        """The bus asks for the lines."""

    async def aclose(self) -> None:
        """Dark: nobody is to take the last light for an answer."""
        self._player.stop()

    async def show(self, signal: Signal) -> None:
        """From now on, however often the chip leaves and returns."""
        self._player.play(signal)

    def _light(self, lit: Lit) -> None:
        # Lines that are away are told by the bus; the next step of the rhythm tries again.
        with suppress(DriverUnavailable):
            self._lines.set(*(colour in lit for colour in self._colours))

    def _level_changed(self) -> None:
        """Lines that were asked for anew are dark."""
        values = self._lines.level.value
        if isinstance(values, tuple) and not any(values) and self._player.lit != DARK:
            self._light(self._player.lit)


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> GpioLed:
    """Raises ConfigError where a line has a user already."""
    bus = buses[options.bus]
    assert isinstance(bus, GpioBus)
    return GpioLed(name, bus, options)
