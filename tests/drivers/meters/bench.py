"""A meter driver on a simulated meter, over RTU or TCP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agent.drivers.buses import modbus_rtu, modbus_tcp
from agent.drivers.meters import modbus_map
from agent.drivers.meters.modbus_map import ModbusMeter
from agent.drivers.modbus.line import Line
from firmware_sim.modbus_line import TcpGateway
from tests.drivers.world import Charger, LoopClock, charger

BUS = "rs485"
REOPENS_WITHIN_S = 6.0


class MeterBench:
    """The driver, its line, and the meter behind."""

    def __init__(self, site: Charger, line: Line, map_id: str, address: int = 1) -> None:
        self.site = site
        self.line = line
        self.clock = LoopClock()
        options = modbus_map.Options(bus=BUS, map=map_id, address=address)
        self.driver: ModbusMeter = modbus_map.create("modbus_map", options, {BUS: line}, clock=self.clock)

    async def vanish(self) -> None:
        self.site.meter.silent = True

    async def appear(self) -> None:
        self.site.meter.silent = False
        await asyncio.sleep(REOPENS_WITHIN_S)

    def now_s(self) -> float:
        return self.clock.now().monotonic_s

    def register_wh(self) -> int:
        step_wh = self.site.meter.model.energy_step_wh
        shown = self.site.meter._measure()["energy_import_total"]
        assert isinstance(shown, float | int)
        return int(shown) // step_wh * step_wh


@asynccontextmanager
async def over_rtu(
    map_id: str = "eastron-sdm630", meter: str | None = None, *, missing: bool = False, address: int = 1
) -> AsyncIterator[MeterBench]:
    """With a meter of the map's model, or of another one. `missing`: the adapter is not even plugged in at first."""
    async with charger(meter or map_id) as site:
        bench = MeterBench(site, modbus_rtu.create(BUS, modbus_rtu.Options(port=site.port(BUS))), map_id, address)
        if missing:
            site.meter_wire.vanish()
            site.meter.silent = True
        await bench.line.open()
        await bench.driver.open()
        try:
            yield bench
        finally:
            await bench.driver.aclose()
            await bench.line.aclose()


@asynccontextmanager
async def over_tcp(map_id: str = "eastron-sdm630", *, missing: bool = False) -> AsyncIterator[MeterBench]:
    """The same meter behind a gateway. `missing`: nobody listens there."""
    async with charger(map_id) as site:
        gateway = TcpGateway(site.world.timeline, [site.meter])
        port = await gateway.open()
        if missing:
            gateway.close()
        bench = MeterBench(site, modbus_tcp.create(BUS, modbus_tcp.Options(host="127.0.0.1", port=port)), map_id)
        await bench.line.open()
        await bench.driver.open()
        try:
            yield bench
        finally:
            await bench.driver.aclose()
            await bench.line.aclose()
            gateway.close()
            await asyncio.sleep(0.01)
