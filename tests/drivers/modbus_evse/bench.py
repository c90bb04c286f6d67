"""The drivers of an EVSE controller on Modbus on a simulated one, for the contracts and the tests at the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from agent.drivers.device_level import Absence, DeviceState
from agent.drivers.loader import create_buses
from agent.drivers.modbus_evse import contactor, control_pilot
from agent.drivers.modbus_evse.link import ModbusEvseLink
from agent.drivers.watching import first, until
from agent.drivers.wished_device import WishedContactor, WishedPilot
from firmware_sim.ev import CarTraits
from firmware_sim.evse_units.unit import ModbusEvse
from firmware_sim.modbus_unit import Table
from firmware_sim.virtual_loop import run
from tests.drivers.world import Charger, charger

BUS = "evse"
BOARDS = ("sim-simple-evse", "sim-phoenix-serial", "sim-phoenix-ethernet", "sim-bender")
NOTICES_WITHIN_S = 8.0
"""Looking again at one that was silent, and reading all of it."""


class EvseBench:
    """A controller, its link, and its drivers. `options` are words of the bus table other than the board file's."""

    step_a = 1.0

    def __init__(self, site: Charger, options: Mapping[str, object]) -> None:
        self.site = site
        assert isinstance(site.board, ModbusEvse)
        self.controller: ModbusEvse = site.board
        tables = {name: {**table} for name, table in site.rig.board["bus"].items()}
        tables[BUS].update(options)
        self.buses = create_buses((name, str(table.pop("kind")), table) for name, table in tables.items())
        link = self.buses[BUS]
        assert isinstance(link, ModbusEvseLink)
        self.link: ModbusEvseLink = link
        self.link.commission(True)
        self.pilot: WishedPilot = control_pilot.create("pilot", control_pilot.Options(bus=BUS), self.buses)
        self.contactor: WishedContactor = contactor.create("contactor", contactor.Options(bus=BUS), self.buses)

    def is_live(self) -> bool:
        """Voltage behind the contactor."""
        return self.site.outlet.is_live

    async def vanish(self) -> None:
        self.controller.unit.silent = True

    async def appear(self) -> None:
        self.controller.unit.silent = False
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

    def fault_ids(self) -> list[str]:
        return [fault.id for fault in self.state().faults]

    def why_absent(self) -> str:
        level = self.link.level.value
        assert isinstance(level, Absence), level
        return level.why

    def written(self, address: int) -> list[int]:
        """Every value that was written there, in order."""
        return [value for _table, at, value in self.controller.unit.writes if at == address]

    def held(self, address: int) -> int:
        return self.controller.values[Table.HOLDING, address]

    async def is_ready(self) -> None:
        """The controller has told its first state."""
        await first(self.pilot.states())

    async def charges(self, offer_a: float = 16.0, traits: CarTraits | None = None) -> None:
        """A car, an offer, a permission; returns once the contactor is closed."""
        self.plug_in(traits)
        plugged = await until(self.pilot.states(), lambda reading: reading.state.plugged)
        await self.pilot.offer(offer_a)
        await self.contactor.permit(True, plugged.plug)
        assert await self.site.world.until(1, lambda outlet: outlet.contactor.main_closed, 12)
        await asyncio.sleep(3)


Kind = TypeVar("Kind", bound=EvseBench)
Prepare = Callable[[ModbusEvse], None]
NO_OPTIONS: Mapping[str, object] = {}


class Over(Exception):
    """The test is through."""


@asynccontextmanager
async def bench_of(
    kind: type[Kind],
    board: str = BOARDS[0],
    *,
    missing: bool = False,
    prepare: Prepare = lambda _: None,
    options: Mapping[str, object] = NO_OPTIONS,
) -> AsyncIterator[Kind]:
    """With its link running and its drivers open. `prepare` changes the controller before anybody has talked to it."""
    async with charger(name=board) as site:
        assert isinstance(site.board, ModbusEvse)
        prepare(site.board)
        site.board.unit.silent = missing
        # Where there is a cut-off, somebody holds it.
        site.outlet.switch_cut_off(True)
        bench = kind(site, options)
        for bus in bench.buses.values():
            await bus.open()
        for driver in (bench.pilot, bench.contactor):
            await driver.open()
        with suppress(Over):
            async with asyncio.TaskGroup() as tasks:
                running = tasks.create_task(bench.link.run())
                try:
                    yield bench
                finally:
                    running.cancel()
                    for driver in (bench.pilot, bench.contactor):
                        await driver.aclose()
                    for bus in bench.buses.values():
                        await bus.aclose()
        await asyncio.sleep(0.01)


def on_a_controller(
    test: Callable[[EvseBench], Awaitable[None]],
    board: str = BOARDS[0],
    *,
    prepare: Prepare = lambda _: None,
    is_ready: bool = True,
    options: Mapping[str, object] = NO_OPTIONS,
) -> None:
    """With one that has told its first state, or with `is_ready` False, one that may be of no use."""

    async def body() -> None:
        async with bench_of(EvseBench, board, prepare=prepare, options=options) as bench:
            if is_ready:
                await bench.is_ready()
            await test(bench)

    run(body())
