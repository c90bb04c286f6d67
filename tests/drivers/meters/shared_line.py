"""Three meters of one kind on one line, each read at the agent's own pace."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agent.connector.meter_watch import ACTIVE_CYCLE_S, MeterWatch
from agent.core.quantities import MeterSample
from agent.core.session.events import MeterSampled, SessionEvent
from agent.drivers.buses import modbus_rtu
from agent.drivers.meters import modbus_map
from agent.drivers.modbus.line import Line
from agent.drivers.serial_device import Parity
from firmware_sim.meter_models import MODELS
from firmware_sim.meters.points import Reading
from firmware_sim.modbus_line import RtuLine
from firmware_sim.modbus_meter import ModbusMeter
from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import Timeline
from tests.drivers.world import LoopClock

BUS = "rs485"
UNITS = (1, 2, 3)
POWER_W = 6_900.0
FIRST_WH = 10_000


class Witness:
    """Of a task that is watched for being alive."""

    def __init__(self) -> None:
        self.stamped_at = 0.0

    def stamp(self, now_s: float) -> None:
        self.stamped_at = now_s


def energy_wh() -> float:
    """What has flowed through each of the meters up to now."""
    return FIRST_WH + POWER_W * asyncio.get_running_loop().time() / 3600


def measured() -> dict[str, Reading]:
    """A car that charges with 10 A on each phase; the last digits of a voltage never rest."""
    ripple_v = asyncio.get_running_loop().time() % 1
    readings: dict[str, Reading] = {"frequency": 50.0, "power_total": POWER_W, "energy_import_total": energy_wh()}
    for phase in ("l1", "l2", "l3"):
        readings |= {f"voltage_{phase}": 230 + ripple_v, f"current_{phase}": 10.0, f"power_{phase}": POWER_W / 3}
    return readings


class SharedLine:
    """The bus, the meters behind it, and the samples of each, as they come."""

    def __init__(self, bus: Line, meters: dict[int, ModbusMeter]) -> None:
        self.bus = bus
        self.meters = meters
        self.samples: dict[int, list[MeterSample]] = {unit: [] for unit in meters}

    def gaps_s(self, unit: int, since: float) -> list[float]:
        """Between one sample and the next, and from the last one until now: how old a value became."""
        now = asyncio.get_running_loop().time()
        moments = [sample.at.monotonic_s for sample in self.samples[unit] if sample.at.monotonic_s >= since]
        return [later - earlier for earlier, later in zip(moments, [*moments[1:], now], strict=True)]

    def watch(self, unit: int, map_id: str) -> MeterWatch:
        """A reader of this meter, as a connector with a plug has one."""

        def post(event: SessionEvent) -> None:
            if isinstance(event, MeterSampled):
                self.samples[unit].append(event.sample)

        options = modbus_map.Options(bus=BUS, map=map_id, address=unit)
        driver = modbus_map.create(f"meter {unit}", options, {BUS: self.bus}, clock=LoopClock())
        return MeterWatch(driver, post, lambda began: began + ACTIVE_CYCLE_S, Witness())


@asynccontextmanager
async def shared_line(
    map_id: str = "eastron-sdm630", units: tuple[int, ...] = UNITS, *, baud: int = 9600, parity: Parity = Parity.NONE
) -> AsyncIterator[SharedLine]:
    """All of them answering and being read, until the block ends."""
    loop = asyncio.get_running_loop()
    meters = {unit: ModbusMeter(unit, MODELS[map_id], measured, random.Random(unit)) for unit in units}
    with tempfile.TemporaryDirectory() as folder:
        line = RtuLine(Timeline(loop), meters.values(), baud)
        line.wire = SerialWire(loop, Path(folder) / BUS, line.received, random.Random(1))
        options = modbus_rtu.Options(port=str(line.wire.path), baud=baud, parity=parity)
        shared = SharedLine(modbus_rtu.create(BUS, options), meters)
        await shared.bus.open()
        watches = [asyncio.create_task(shared.watch(unit, map_id).run()) for unit in units]
        try:
            yield shared
        finally:
            for watch in watches:
                watch.cancel()
            await shared.bus.aclose()
            line.wire.vanish()
