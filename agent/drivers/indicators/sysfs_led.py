"""A lamp of the kernel's LED class, one LED for each colour: `driver = "sysfs_led"` under `indicator`.

    [connector.indicator]
    driver = "sysfs_led"
    red = "charger:red:status"
    green = "charger:green:status"

`signals` changes the usual lights, as with `gpio_led`. The kernel's own triggers are switched off: a timer or a
heartbeat of the kernel goes on when the agent is dead, and hides it.

Wiring: what the device tree calls an LED: on the board itself, or `gpio-leds` and LED controllers on I²C.

Quirks:

- `trigger` and `brightness` belong to root; a udev rule gives them to the agent's user.
- Under the unit of packaging/ all of /sys is read-only; a drop-in opens the folder that the LED's link leads to, as
  `ReadWritePaths=/sys/devices/platform/leds`.
- A program that is killed leaves its last light; one that ends in order leaves the lamp dark.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from agent.core.session.effects import Signal
from agent.drivers.indicators.lights import DARK, Colour, Lit, Player, lights_of
from agent.drivers.interfaces import Bus
from agent.values import frozen

log = logging.getLogger(__name__)


@frozen(kw_only=True)
class Options:
    """The name of an LED below `root` for each colour there is."""

    red: str | None = None
    green: str | None = None
    blue: str | None = None
    white: str | None = None
    signals: Mapping[str, str] = field(default_factory=dict)
    root: Path = Path("/sys/class/leds")

    def __post_init__(self) -> None:
        lights_of(frozenset(self.leds), self.signals)

    @property
    def leds(self) -> dict[Colour, str]:
        """Of the colours that are wired."""
        named = {Colour.RED: self.red, Colour.GREEN: self.green, Colour.BLUE: self.blue, Colour.WHITE: self.white}
        return {colour: led for colour, led in named.items() if led is not None}


class _Led:
    """One folder of the LED class. Writing to it never waits: what takes long is the kernel's to do later."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._full = ""
        """Its brightest; empty until the LED was taken over."""
        self._why = ""

    def light(self, is_lit: bool) -> None:
        """On or off. One that is not there is told once, and tried again with each change."""
        try:
            if not self._full:
                (self._folder / "trigger").write_text("none", encoding="ascii")
                self._full = (self._folder / "max_brightness").read_text(encoding="ascii").strip()
            (self._folder / "brightness").write_text(self._full if is_lit else "0", encoding="ascii")
        except OSError as error:
            self._lost(error)
        else:
            self._why = ""

    def _lost(self, error: OSError) -> None:
        self._full = ""
        check = f"check its name (ls {self._folder.parent}) and its rights"
        why = f"{self._folder} cannot be used ({error.strerror}); {check}"
        if why != self._why:
            self._why = why
            log.warning("LED is lost", extra={"reason": why})


class SysfsLed:
    """An `Indicator`."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._leds = {colour: _Led(options.root / led) for colour, led in options.leds.items()}
        self._player = Player(lights_of(frozenset(self._leds), options.signals), self._light)

    async def open(self) -> None:
        """Dark, and no trigger of the kernel's any more."""
        self._light(DARK)

    async def aclose(self) -> None:
        """Dark: nobody is to take the last light for an answer."""
        self._player.stop()

    async def show(self, signal: Signal) -> None:
        """From now on, however often the LED leaves and returns."""
        self._player.play(signal)

    def _light(self, lit: Lit) -> None:
        for colour, led in self._leds.items():
            led.light(colour in lit)


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> SysfsLed:
    """Needs no bus."""
    return SysfsLed(name, options)
