"""An input of a relay board on Modbus: `driver = "modbus_relay"` under `input`.

It is looked at once a second, over a line that others share: told within 1.1 s, beside a device that does not answer
within 3 s. That is good for a door, and for ending a charge after an emergency stop whose own contact has already cut
the coil; it is never what stops.

Wiring: a contact between the input and its common, fed from the supply of the inputs. One that is "normally_closed",
  the default of `contact`, opens when it has something to say, so that a broken wire says the same.
Quirks: as of the bus; boards of families without inputs are refused.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated

from agent.drivers.interfaces import Bus
from agent.drivers.modbus_relay.link import RelayBoardLink
from agent.drivers.power_path.contacts import ContactKind
from agent.tables import Within
from agent.values import frozen

BUS_KINDS = ("modbus_relay",)
BUS_PARTS = {"channel": "input"}


@frozen(kw_only=True)
class Options:
    """`channel` is numbered as the terminals are."""

    bus: str
    channel: Annotated[int, Within(1, 32)]
    contact: ContactKind = ContactKind.NORMALLY_CLOSED


class RelayBoardInput:
    """An `Input`."""

    def __init__(self, name: str, link: RelayBoardLink, options: Options) -> None:
        self.name = f"{name}, input {options.channel}"
        self._link = link
        self._options = options

    async def open(self) -> None:
        """Whoever follows the states keeps looking."""

    async def aclose(self) -> None:
        """An input is only read."""

    async def states(self) -> AsyncIterator[bool]:
        """Levels: True while it says what it means. Raises DriverUnavailable while the board is silent."""
        told: bool | None = None
        async for looked in self._link.looks(self.name):
            is_fed = self._options.channel in looked.fed
            says = is_fed is (self._options.contact is ContactKind.NORMALLY_OPEN)
            if says is not told:
                told = says
                yield says


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> RelayBoardInput:
    """One input of the board `options.bus`. Raises ConfigError where it is another's, or is not there."""
    link = buses[options.bus]
    assert isinstance(link, RelayBoardLink)
    one = RelayBoardInput(name, link, options)
    link.use_input(options.channel, one.name)
    return one
