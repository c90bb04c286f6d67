"""The contactor behind a pilot board: `driver = "pilot_board"` under `contactor`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from agent.core.control_pilot import ContactorState, WithoutAgent
from agent.core.identity import PlugIdentity
from agent.drivers.interfaces import Bus
from agent.drivers.level import changes
from agent.drivers.pilot_board.levels import present
from agent.drivers.pilot_board.link import PilotLink
from agent.errors import DriverRejected
from agent.values import frozen

BUS_KINDS = ("pilot_board",)


@frozen(kw_only=True)
class Options:
    bus: str


class BoardContactor:
    """A `Contactor`."""

    def __init__(self, name: str, link: PilotLink) -> None:
        self.name = name
        self._link = link

    async def open(self) -> None:
        """The link keeps the board alive."""

    async def aclose(self) -> None:
        """No permission from now on."""
        await self.permit(False)

    async def permit(self, permitted: bool, plug: PlugIdentity | None = None) -> None:
        """A permission needs a board that hears it, else it would be given later to whatever is plugged in then.

        Nor is it given where another plug is in than it was decided for. A withdrawal always counts, and is told to a
        board that comes back.
        """
        if permitted:
            level = self._link.require_board(self.name)
            if plug is not None and level.pilot.plug != plug:
                raise DriverRejected(self.name, "the plug that this permission was for has left")
            self._link.ask_for(replace(self._link.wish, permit=True))
            return
        self._link.ask_for(replace(self._link.wish, permit=False))

    def states(self) -> AsyncIterator[ContactorState]:
        """Levels, as the mirror contact tells them."""
        return changes(self._link.level, lambda level: present(level, self.name), lambda state: state.contactor)


def without_agent(bus_options: Mapping[str, object]) -> WithoutAgent:
    """Its permission runs out 2 s after the last word."""
    return WithoutAgent.OPENS


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> BoardContactor:
    """The contactor of the board on `options.bus`. Raises ConfigError where another connector has it."""
    link = buses[options.bus]
    assert isinstance(link, PilotLink)
    link.claim("contactor")
    return BoardContactor(name, link)
