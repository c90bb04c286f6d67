"""A relay that stays closed only while a GPIO line is pulsed: `driver = "gpio_pulse"` under `cut_off`.

    [connector.cut_off]
    driver = "gpio_pulse"
    bus = "gpio"
    line = "PULSE_1"
    pulse_ms = 100

Held, the line changes its level every `pulse_ms`; between the line and the coil is hardware that needs these changes: a
retriggerable monostable, a charge pump, or a relay with a watchdog input. The changes come from the very loop that
supervises the charge, one by one: a program that is dead, stopped or hangs changes nothing, and the relay falls. No
timer of the kernel, no PWM and no thread may do it in its place.

Protects: opens the circuit within the hardware's own time (choose three to five `pulse_ms`) once nobody speaks to it.
Missing: residual current, earth, and all that belongs to the charge itself; it has no contact that tells that it did
  open. Try it at commissioning: `kill -STOP` the agent under load, and watch the circuit open.
Wiring: line, capacitor or monostable, relay or contactor of the full current in series before the contactor of the
  connector; a steady line of either level must let go. A relay in the coil circuit of that contactor ends the power
  of a dead agent as well, and does nothing about contacts that are welded.
Quirks: - The loop may be late by some tens of milliseconds: hardware that falls after less than three pulses chatters.
  - A real charge pump leaks down in a time that depends on the coil: measure it cold and warm.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Annotated

from agent.drivers.buses.gpio import GpioBus
from agent.drivers.gpio.lines import Absent, LineName, LinesLevel, OutputLine
from agent.drivers.interfaces import Bus, DeviceFault
from agent.drivers.level import changes
from agent.errors import DriverUnavailable
from agent.tables import Within
from agent.values import frozen

BUS_KINDS = ("gpio",)
NO_FAULTS: tuple[DeviceFault, ...] = ()


@frozen(kw_only=True)
class Options:
    """`pulse_ms` from one change of the level to the next."""

    bus: str
    line: LineName
    pulse_ms: Annotated[int, Within(20, 1000, "ms", "the loop keeps no shorter time, and a car no longer one")] = 100


class PulsedCutOff:
    """A `CutOff`."""

    def __init__(self, name: str, bus: GpioBus, options: Options) -> None:
        self.name = name
        self._line = bus.outputs(name, [OutputLine(line=options.line)], self._line_changed)
        self._pulse_s = options.pulse_ms / 1000
        self._timer: asyncio.TimerHandle | None = None
        self._is_high = False

    async def open(self) -> None:
        """The bus asks for the line."""

    async def aclose(self) -> None:
        """No pulse from now on."""
        self._cancel()

    async def hold(self, held: bool) -> None:
        """The first pulse comes at once. Raises DriverUnavailable where the line cannot be used."""
        if not held:
            self._cancel()
            return
        self._line.require()
        if self._timer is None:
            self._pulse()
        self._line.require()

    def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        """None of its own: nothing tells whether it did open."""
        return changes(self._line.level, self._present, lambda _: NO_FAULTS)

    def _present(self, level: LinesLevel) -> LinesLevel:
        if isinstance(level, Absent):
            raise level.error(self.name)
        return level

    def _line_changed(self) -> None:
        """A chip that comes back finds nobody holding: that takes a new word."""
        if not isinstance(self._line.level.value, tuple):
            self._cancel()

    def _pulse(self) -> None:
        """One change, and the alarm for the next one: late ones are not made up for, the hardware counts their gaps."""
        self._timer = asyncio.get_running_loop().call_later(self._pulse_s, self._pulse)
        self._is_high = not self._is_high
        try:
            self._line.set(self._is_high)
        except DriverUnavailable:
            self._cancel()

    def _cancel(self) -> None:
        """The level stays as it is: an edge too many would be one more pulse."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> PulsedCutOff:
    """Raises ConfigError where the line has a user already."""
    bus = buses[options.bus]
    assert isinstance(bus, GpioBus)
    return PulsedCutOff(name, bus, options)
