"""The driver of a pushing meter on a simulated one, over a pseudo-terminal and under virtual time."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.drivers.meters import sml
from agent.drivers.meters.pushed import PushedMeter
from agent.drivers.meters.sml_frames import Checksum
from agent.errors import DriverError
from firmware_sim.meters.points import Reading
from firmware_sim.serial_wire import SerialWire
from firmware_sim.sml_meter import SmlMeter
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run
from tests.drivers.world import LoopClock

FIRST_WH = 10_000
REOPENS_WITHIN_S = 6.0


class SmlBench:
    """Both ends of the head. `readings` is what the meter measures, changed as a test likes."""

    def __init__(self, path: Path, checksum: Checksum) -> None:
        self.readings: dict[str, Reading] = {"frequency": 50.0, "power_total": 0.0, "energy_import_total": FIRST_WH}
        for phase in ("l1", "l2", "l3"):
            self.readings |= {f"voltage_{phase}": 230.0, f"current_{phase}": 0.0, f"power_{phase}": 0.0}
        self.clock = LoopClock()
        self.path = path
        loop = asyncio.get_running_loop()
        self.meter = SmlMeter(
            Timeline(loop),
            lambda received: SerialWire(loop, path, received, random.Random(3)),
            lambda: dict(self.readings),
            random.Random(2),
        )
        self._options = sml.Options(port=str(path), checksum=checksum)
        self.driver: PushedMeter = sml.create("sml", self._options, {}, clock=self.clock)

    def draw(self, current_a: float) -> None:
        """A car takes so much on each phase."""
        for phase in ("l1", "l2", "l3"):
            self.readings |= {f"current_{phase}": current_a, f"power_{phase}": 230.0 * current_a}
        self.readings["power_total"] = 3 * 230.0 * current_a

    async def vanish(self) -> None:
        self.meter.silent = True

    async def appear(self) -> None:
        self.meter.silent = False
        self.meter.wire.appear()
        await asyncio.sleep(REOPENS_WITHIN_S)

    def now_s(self) -> float:
        return self.clock.now().monotonic_s

    def register_wh(self) -> int:
        energy_wh = self.readings["energy_import_total"]
        assert isinstance(energy_wh, int | float)
        return int(energy_wh) // self.meter.model.energy_step_wh * self.meter.model.energy_step_wh


@asynccontextmanager
async def under_a_head(*, checksum: Checksum = Checksum.X25, missing: bool = False) -> AsyncIterator[SmlBench]:
    """`missing`: neither head nor meter is there at first."""
    with tempfile.TemporaryDirectory() as folder:
        bench = SmlBench(Path(folder) / "head", checksum)
        if missing:
            bench.meter.wire.vanish()
            bench.meter.silent = True
        await bench.driver.open()
        try:
            yield bench
        finally:
            await bench.driver.aclose()
            bench.meter.wire.vanish()


def with_a_head(test: Callable[[SmlBench], Awaitable[None]], *, checksum: Checksum = Checksum.X25) -> None:
    async def body() -> None:
        async with under_a_head(checksum=checksum) as bench:
            await test(bench)

    run(body())


async def reason(bench: SmlBench, kind: type[DriverError]) -> str:
    with pytest.raises(kind) as raised:
        await bench.driver.read()
    return raised.value.what
