"""A meter driver on a simulated meter, over RTU or TCP."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from agent.core.quantities import MeterSample
from agent.drivers.buses import modbus_rtu, modbus_tcp
from agent.drivers.meters import modbus_map
from agent.drivers.meters.modbus_meter import ModbusMeter
from agent.drivers.modbus.line import Line
from agent.errors import DriverError
from firmware_sim.modbus_line import TcpGateway
from firmware_sim.virtual_loop import run
from tests.drivers.world import Charger, LoopClock, charger

BUS = "rs485"
REOPENS_WITHIN_S = 6.0


class MeterBench:
    """The driver, its line, and the meter behind."""

    def __init__(self, site: Charger, line: Line, map_id: str, address: int = 1, number: int = 1) -> None:
        self.site = site
        self.line = line
        self.gateway: TcpGateway | None = None
        """Where the meter is behind one."""
        self.clock = LoopClock()
        self._options = modbus_map.Options(bus=BUS, map=map_id, address=address, number=number)
        self.driver: ModbusMeter
        self.start_anew()

    def start_anew(self) -> None:
        """A driver that has met nobody yet."""
        self.driver = modbus_map.create("modbus_map", self._options, {BUS: self.line}, clock=self.clock)

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
async def over_tcp(
    map_id: str = "eastron-sdm630", meter: str | None = None, *, missing: bool = False, number: int = 1
) -> AsyncIterator[MeterBench]:
    """The same meter behind a gateway. `missing`: nobody listens there."""
    async with charger(meter or map_id) as site:
        gateway = TcpGateway(site.world.timeline, [site.meter])
        port = await gateway.open()
        if missing:
            gateway.close()
        bench = MeterBench(
            site, modbus_tcp.create(BUS, modbus_tcp.Options(host="127.0.0.1", port=port)), map_id, number=number
        )
        bench.gateway = gateway
        await bench.line.open()
        await bench.driver.open()
        try:
            yield bench
        finally:
            await bench.driver.aclose()
            await bench.line.aclose()
            gateway.close()
            await asyncio.sleep(0.01)


def with_a_meter(
    test: Callable[[MeterBench], Awaitable[None]],
    map_id: str = "eastron-sdm630",
    meter: str | None = None,
    *,
    missing: bool = False,
    address: int = 1,
) -> None:
    async def body() -> None:
        async with over_rtu(map_id, meter, missing=missing, address=address) as bench:
            await test(bench)

    run(body())


async def reason(bench: MeterBench, kind: type[DriverError]) -> str:
    with pytest.raises(kind) as raised:
        await bench.driver.read()
    return raised.value.what


async def soon(bench: MeterBench, *, within: int = 5) -> MeterSample:
    """The first good reading of a few."""
    for _ in range(within):
        try:
            return await bench.driver.read()
        except DriverError:
            await asyncio.sleep(1)
    raise AssertionError("no good reading")


def asked_blocks(bench: MeterBench) -> list[tuple[int, int, int]]:
    """Blocks asked from now on, filled as they come."""
    asked: list[tuple[int, int, int]] = []
    honest = bench.site.meter.answer

    def answer(pdu: bytes) -> bytes:
        asked.append(struct.unpack(">BHH", pdu))
        return honest(pdu)

    bench.site.meter.answer = answer  # type: ignore[method-assign]  # the simulated meter, watched
    return asked


def silent_to(bench: MeterBench, function: int) -> None:
    """It does not answer this function, and everything else."""
    meter = bench.site.meter
    honest = meter.answer

    def answer(pdu: bytes) -> bytes:
        if pdu[0] == function:
            meter.silent = True
            asyncio.get_running_loop().call_later(0.3, setattr, meter, "silent", False)
        return honest(pdu)

    meter.answer = answer  # type: ignore[method-assign]  # silent where it would refuse
