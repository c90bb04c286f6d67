"""The relay of an OpenEVSE: `driver = "openevse"` under `contactor`. What protects and what is missing: link.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from agent.core.control_pilot import ContactorState, WithoutAgent
from agent.core.identity import PlugIdentity
from agent.drivers.interfaces import Bus
from agent.drivers.level import changes
from agent.drivers.openevse.levels import present
from agent.drivers.openevse.link import OpenEvseLink
from agent.errors import DriverRejected
from agent.values import frozen

BUS_KINDS = ("openevse",)


@frozen(kw_only=True)
class Options:
    bus: str


class OpenEvseContactor:
    """A `Contactor`. Permitted and offered at least 6 A is awake, everything else asleep."""

    def __init__(self, name: str, link: OpenEvseLink) -> None:
        self.name = name
        self._link = link

    async def open(self) -> None:
        """The link keeps the controller alive."""

    async def aclose(self) -> None:
        """No permission from now on."""
        await self.permit(False)

    async def permit(self, permitted: bool, plug: PlugIdentity | None = None) -> None:
        """For the plug that is in now, as far as the agent has seen it: the controller itself knows no plugs.

        Needs a controller that hears it, else it would be given later to whatever is plugged in then. A withdrawal
        always counts, and is told to one that comes back.
        """
        if not permitted:
            self._link.ask_for(replace(self._link.wish, permit=False))
            return
        state = self._link.require_device(self.name)
        if not self._link.is_in_service:
            raise DriverRejected(self.name, "this charger was not commissioned; take it into service first")
        if plug is not None and state.pilot.plug != plug:
            raise DriverRejected(self.name, "the plug that this permission was for has left")
        self._link.ask_for(replace(self._link.wish, permit=True))

    def states(self) -> AsyncIterator[ContactorState]:
        """Levels: the relay as the controller drove it, WELDED or NO_CLOSE where it found that."""
        return changes(self._link.level, lambda level: present(level, self.name), lambda state: state.contactor)


def without_agent(bus_options: Mapping[str, object]) -> WithoutAgent:
    """It falls to 6 A and goes on, to whoever is plugged in."""
    return WithoutAgent.STAYS


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> OpenEvseContactor:
    """The relay of the controller on `options.bus`. Raises ConfigError where another connector has it."""
    link = buses[options.bus]
    assert isinstance(link, OpenEvseLink)
    link.claim("contactor")
    return OpenEvseContactor(name, link)
