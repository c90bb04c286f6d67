"""Contracts, as contract.py has them for the power path, of what else a cabinet holds: temperature sensors, locks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Protocol

from agent.drivers.contract import Bench, DriverContract
from agent.drivers.interfaces import TemperatureSample, TemperatureSensor
from agent.drivers.watching import REPORTS_WITHIN_S
from agent.errors import DriverImplausible, DriverUnavailable


class TemperatureSensorBench(Bench, Protocol):
    step_k: float
    """The sensor's own steps."""

    @property
    def driver(self) -> TemperatureSensor: ...

    def now_s(self) -> float:
        """Of the clock that stamps the samples."""
        ...

    def warm(self, celsius: float) -> None:
        """Its place has that temperature now."""
        ...

    def break_it(self) -> None:
        """It is there, and what it says is no temperature."""
        ...


class TemperatureSensorContract(DriverContract[TemperatureSensorBench]):
    """Of `TemperatureSensor`."""

    def test_a_reading_tells_the_temperature_and_when_it_was_taken(self) -> None:
        async def read(bench: TemperatureSensorBench) -> None:
            for celsius in (-20.0, 25.0, 84.5, 110.0):
                bench.warm(celsius)
                asked_s = bench.now_s()
                sample = await soon(bench.driver.read())
                assert abs(sample.celsius - celsius) <= bench.step_k
                assert asked_s <= sample.at.monotonic_s <= bench.now_s()

        self.run(read)

    def test_a_sensor_that_goes_away_is_unavailable_and_says_what_to_check(self) -> None:
        async def lose(bench: TemperatureSensorBench) -> None:
            await soon(bench.driver.read())
            await bench.vanish()
            assert "check" in await told_by(DriverUnavailable, bench.driver.read())

        self.run(lose)

    def test_a_sensor_that_is_back_is_read_again(self) -> None:
        async def return_(bench: TemperatureSensorBench) -> None:
            await told_by(DriverUnavailable, bench.driver.read())
            await bench.appear()
            bench.warm(40.0)

            assert abs((await soon(bench.driver.read())).celsius - 40.0) <= bench.step_k

        self.run(return_, missing=True)

    def test_what_is_no_temperature_is_no_number(self) -> None:
        async def break_it(bench: TemperatureSensorBench) -> None:
            bench.break_it()

            assert "check" in await told_by(DriverImplausible, bench.driver.read())

        self.run(break_it)


async def soon(reading: Awaitable[TemperatureSample]) -> TemperatureSample:
    """Within the time that a device may take."""
    async with asyncio.timeout(REPORTS_WITHIN_S):
        return await reading


async def told_by(kind: type[DriverUnavailable | DriverImplausible], reading: Awaitable[TemperatureSample]) -> str:
    """What the error of this kind says that the reading ends with."""
    try:
        sample = await soon(reading)
    except kind as error:
        return error.what
    raise AssertionError(f"{sample.celsius} °C was told")
