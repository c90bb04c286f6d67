"""A driver of a temperature sensor and the simulated files below it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from agent.drivers.cabinet_contract import TemperatureSensorBench
from agent.drivers.interfaces import TemperatureSensor
from firmware_sim.temperature_sensors import Sensor
from firmware_sim.virtual_loop import run


class FilesBench:
    """`step_k` is the sensor's resolution."""

    def __init__(self, driver: TemperatureSensor, device: Sensor, *, step_k: float, fault: str) -> None:
        self.driver = driver
        self.device = device
        self.step_k = step_k
        self._fault = fault

    async def vanish(self) -> None:
        self.device.vanish()

    async def appear(self) -> None:
        self.device.appear()

    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def warm(self, celsius: float) -> None:
        self.device.show(celsius)

    def break_it(self) -> None:
        self.device.says(self._fault)


Make = Callable[[Path], FilesBench]


def on_files(make: Make, test: Callable[[TemperatureSensorBench], Awaitable[None]], *, missing: bool = False) -> None:
    """The test on a bench below a folder of its own, under virtual time."""

    async def body() -> None:
        with tempfile.TemporaryDirectory() as folder:
            bench = make(Path(folder))
            if not missing:
                bench.device.appear()
            await bench.driver.open()
            try:
                await test(bench)
            finally:
                await bench.driver.aclose()

    run(body())
