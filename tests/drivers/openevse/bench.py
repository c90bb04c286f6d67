"""An OpenEVSE's drivers on a simulated one, for the contracts and the tests at the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from agent.drivers.device_level import Absence, DeviceState
from agent.drivers.openevse import contactor, control_pilot
from agent.drivers.openevse.link import OpenEvseLink, Options, create
from agent.drivers.watching import first, until
from agent.drivers.wished_device import WishedContactor, WishedPilot
from firmware_sim.ev import CarTraits
from firmware_sim.openevse import OpenEvse
from firmware_sim.virtual_loop import run
from tests.drivers.world import Charger, charger

BUS = "evse"
BOARD = "sim-openevse"
NOTICES_WITHIN_S = 8.0
"""The pace of opening a port again, the identification, and the debouncing of the pilot."""


class OpenEvseBench:
    """A controller, its link, and its drivers."""

    step_a = 1.0

    def __init__(self, site: Charger) -> None:
        self.site = site
        assert isinstance(site.board, OpenEvse)
        self.controller: OpenEvse = site.board
        self.link: OpenEvseLink = create(BUS, Options(port=site.port(BUS)))
        self.link.commission(True)
        buses = {BUS: self.link}
        self.pilot: WishedPilot = control_pilot.create("pilot", control_pilot.Options(bus=BUS), buses)
        self.contactor: WishedContactor = contactor.create("contactor", contactor.Options(bus=BUS), buses)

    @property
    def port(self) -> str:
        return self.site.port(BUS)

    def is_live(self) -> bool:
        """Voltage behind the relay."""
        return self.site.outlet.is_live

    async def vanish(self) -> None:
        self.controller.wire.vanish()

    async def appear(self) -> None:
        self.controller.wire.appear()
        await asyncio.sleep(NOTICES_WITHIN_S)

    async def permit(self) -> None:
        await self.contactor.permit(True)

    def plug_in(self, traits: CarTraits | None = None) -> None:
        self.site.plug_in(traits)

    def plug_out(self) -> None:
        self.site.plug_out()

    def offered_a(self) -> float:
        return self.site.outlet.offered_a()

    def is_permitted(self) -> bool:
        return self.controller.is_permitted()

    def counted(self, what: str) -> float:
        return self.link.statistics()["controller"][what]

    def state(self) -> DeviceState:
        level = self.link.level.value
        assert isinstance(level, DeviceState), level
        return level

    def why_absent(self) -> str:
        level = self.link.level.value
        assert isinstance(level, Absence), level
        return level.why

    async def is_ready(self) -> None:
        """The controller has told its first state."""
        await first(self.pilot.states())

    async def charges(self, offer_a: float = 16.0, traits: CarTraits | None = None) -> None:
        """A car, an offer, a permission; returns once the relay is closed."""
        self.plug_in(traits)
        plugged = await until(self.pilot.states(), lambda reading: reading.state.plugged)
        await self.pilot.offer(offer_a)
        await self.contactor.permit(True, plugged.plug)
        assert await self.site.world.until(1, lambda outlet: outlet.contactor.main_closed, 10)
        await asyncio.sleep(3)


Kind = TypeVar("Kind", bound=OpenEvseBench)


@asynccontextmanager
async def bench_of(kind: type[Kind], *, missing: bool = False) -> AsyncIterator[Kind]:
    """With its link and its drivers open."""
    async with charger(name=BOARD) as site:
        if missing:
            site.board.wire.vanish()
        bench = kind(site)
        await bench.link.open()
        for driver in (bench.pilot, bench.contactor):
            await driver.open()
        try:
            yield bench
        finally:
            for driver in (bench.pilot, bench.contactor):
                await driver.aclose()
            await bench.link.aclose()


def on_an_openevse(test: Callable[[OpenEvseBench], Awaitable[None]]) -> None:
    """With a controller that has told its first state."""

    async def body() -> None:
        async with bench_of(OpenEvseBench) as bench:
            await bench.is_ready()
            await test(bench)

    run(body())
