"""The light on a pilot board: `driver = "pilot_board"` under `indicator`. The board knows the colours.

Wiring: on the board itself.

Quirks: a board that is not spoken to shows by itself that the agent is away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agent.core.session.effects import Signal
from agent.drivers.interfaces import Bus
from agent.drivers.pilot_board.link import PilotLink
from agent.drivers.pilot_board.messages import SIGNALS
from agent.values import frozen

BUS_KINDS = ("pilot_board",)


@frozen(kw_only=True)
class Options:
    bus: str


class BoardIndicator:
    """An `Indicator`. A board that is away shows by itself that the agent is; it is told when it is back."""

    def __init__(self, name: str, link: PilotLink) -> None:
        self.name = name
        self._link = link

    async def open(self) -> None:
        """The link keeps the board alive."""

    async def aclose(self) -> None:
        """The board shows by itself that nobody speaks to it."""

    async def show(self, signal: Signal) -> None:
        """Part of the wish, so it is repeated."""
        self._link.ask_for(replace(self._link.wish, signal=SIGNALS.index(signal)))


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> BoardIndicator:
    """The light of the board on `options.bus`. Raises ConfigError where another connector has it."""
    link = buses[options.bus]
    assert isinstance(link, PilotLink)
    link.claim("indicator")
    return BoardIndicator(name, link)
