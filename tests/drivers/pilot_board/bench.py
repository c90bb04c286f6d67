"""A pilot board's drivers on a simulated board, for the contracts and the tests at the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from agent.core.session.effects import Signal
from agent.drivers.pilot_board import contactor, control_pilot, indicator
from agent.drivers.pilot_board.contactor import BoardContactor
from agent.drivers.pilot_board.control_pilot import BoardControlPilot
from agent.drivers.pilot_board.indicator import BoardIndicator
from agent.drivers.pilot_board.link import Options, PilotLink, create
from agent.drivers.watching import first
from tests.drivers.world import Charger, charger

BUS = "pilot"
NOTICES_WITHIN_S = 8.0
"""The pace of opening a port again, the identification, and the debouncing of the pilot."""


class BoardBench:
    """A board, its link, and all drivers of it."""

    step_a = 0.1
    configuration: str | None = None
    """What the board file pins."""

    def __init__(self, site: Charger) -> None:
        self.site = site
        self.link: PilotLink = create(BUS, Options(port=site.port(BUS), configuration=self.configuration))
        self.link.commission(True)
        buses = {BUS: self.link}
        self.pilot: BoardControlPilot = control_pilot.create("pilot", control_pilot.Options(bus=BUS), buses)
        self.contactor: BoardContactor = contactor.create("contactor", contactor.Options(bus=BUS), buses)
        self.indicator: BoardIndicator = indicator.create("indicator", indicator.Options(bus=BUS), buses)

    async def vanish(self) -> None:
        self.site.board.wire.vanish()

    async def appear(self) -> None:
        self.site.board.wire.appear()
        await asyncio.sleep(NOTICES_WITHIN_S)

    async def is_away_and_back(self, meanwhile: Callable[[], None]) -> None:
        """The cable is pulled, something is done to the board, and it is plugged in again."""
        await self.vanish()
        await asyncio.sleep(1)
        meanwhile()
        await self.appear()

    async def permit(self) -> None:
        await self.contactor.permit(True)

    def plug_in(self) -> None:
        self.site.plug_in()

    def plug_out(self) -> None:
        self.site.plug_out()

    def offered_a(self) -> float:
        return self.site.outlet.offered_a()

    def lease(self) -> Any:
        """What the firmware holds of the host's wish."""
        board: Any = self.site.board
        return board._program.interlock.situation.lease

    def is_permitted(self) -> bool:
        return bool(self.lease().is_permitted())

    async def shown(self) -> Signal | None:
        await asyncio.sleep(0.1)
        board: Any = self.site.board
        shown: int = board._hal.signal
        return list(Signal)[shown]

    async def is_ready(self) -> None:
        """The board was identified and has told its first state."""
        await first(self.contactor.states())


Kind = TypeVar("Kind", bound=BoardBench)


@asynccontextmanager
async def board_bench(kind: type[Kind], *, missing: bool = False) -> AsyncIterator[Kind]:
    """With its link and its drivers open."""
    async with charger() as site:
        if missing:
            site.board.wire.vanish()
        bench = kind(site)
        await bench.link.open()
        for driver in (bench.pilot, bench.contactor, bench.indicator):
            await driver.open()
        try:
            yield bench
        finally:
            for driver in (bench.pilot, bench.contactor, bench.indicator):
                await driver.aclose()
            await bench.link.aclose()
