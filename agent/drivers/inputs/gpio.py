"""A contact on a GPIO line that says something: `driver = "gpio"` under `input`: an emergency stop, a door, a button.

    [[input]]
    means = "emergency_stop"
    driver = "gpio"
    bus = "gpio"
    line = "ESTOP"

`contact = "normally_closed"`, the default, opens when it has something to say, so that a broken wire says the same; a
"normally_open" one, as of a button, is silent then. `closes_to` tells what the closed contact joins the line with,
"ground" or "supply".

Wiring: from the line to ground (or supply), a dry contact, a cable apart from those of the mains. The chip pulls the
  open line away unless `own_resistor`: some 50 kΩ, too weak for long cables and wet rooms, where a resistor of 1 kΩ to
  4.7 kΩ and an optocoupler belong.
Quirks: an emergency stop that only Linux reads is no emergency stop: its contact cuts the coil, and a second contact of
  it comes here, so that the charger knows why.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated

from agent.drivers.buses.gpio import GpioBus
from agent.drivers.gpio.contact import ClosesTo, contact_line
from agent.drivers.gpio.lines import Absent, LineName, LinesLevel
from agent.drivers.interfaces import Bus
from agent.drivers.level import changes
from agent.drivers.power_path.contacts import ContactKind
from agent.tables import Within
from agent.values import frozen

BUS_KINDS = ("gpio",)


@frozen(kw_only=True)
class Options:
    """`debounce_ms`: a level counts once it held for so long; done by the kernel."""

    bus: str
    line: LineName
    contact: ContactKind = ContactKind.NORMALLY_CLOSED
    closes_to: ClosesTo = ClosesTo.GROUND
    own_resistor: bool = False
    debounce_ms: Annotated[int, Within(0, 1000, "ms")] = 30


class GpioInput:
    """An `Input`."""

    def __init__(self, name: str, bus: GpioBus, options: Options) -> None:
        self.name = f"{name}, line {options.line}"
        contact = contact_line(
            options.line,
            options.contact,
            options.closes_to,
            own_resistor=options.own_resistor,
            debounce_s=options.debounce_ms / 1000,
        )
        self._line = bus.inputs(self.name, [contact])

    async def open(self) -> None:
        """The bus asks for the line."""

    async def aclose(self) -> None:
        """The bus lets go of it."""

    def states(self) -> AsyncIterator[bool]:
        """Levels: True while the contact does not rest."""
        return changes(self._line.level, self._present, lambda values: values[0])

    def _present(self, level: LinesLevel) -> tuple[bool, ...] | None:
        if isinstance(level, Absent):
            raise level.error(self.name)
        return level


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> GpioInput:
    """Raises ConfigError where the line has a user already."""
    bus = buses[options.bus]
    assert isinstance(bus, GpioBus)
    return GpioInput(name, bus, options)
