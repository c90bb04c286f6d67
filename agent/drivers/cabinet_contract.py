"""Contracts, as contract.py has them for the power path, of what else a cabinet holds: temperature sensors, locks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Protocol

from agent.drivers.contract import Bench, DriverContract
from agent.drivers.interfaces import Lock, TemperatureSample, TemperatureSensor
from agent.drivers.watching import REPORTS_WITHIN_S, comes_true, refused
from agent.errors import DriverImplausible, DriverUnavailable

LOCKS_WITHIN_S = 3.5
"""Three tries of a motor, and a little."""


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


class LockBench(Bench, Protocol):
    @property
    def driver(self) -> Lock: ...

    async def insert_plug(self) -> None:
        """A plug is in the socket, and whoever has to see it has seen it."""
        ...

    def holds_plug(self) -> bool:
        """The bolt is in the plug."""
        ...

    def jam(self) -> None:
        """The bolt stays where it is."""
        ...

    def break_feedback(self) -> None:
        """Nobody can see any more where the bolt is."""
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


class LockContract(DriverContract[LockBench]):
    """Of `Lock`."""

    def test_a_plug_is_locked_and_let_go(self) -> None:
        async def lock(bench: LockBench) -> None:
            await bench.insert_plug()
            for locked in (True, False, True):
                assert await in_time(bench.driver.set_locked(locked)) is locked
                assert bench.holds_plug() is locked

        self.run(lock)

    def test_the_same_wish_again_is_fulfilled_at_once(self) -> None:
        async def repeat(bench: LockBench) -> None:
            await bench.insert_plug()
            await bench.driver.set_locked(True)
            began_s = asyncio.get_running_loop().time()

            assert await bench.driver.set_locked(True)

            assert asyncio.get_running_loop().time() == began_s

        self.run(repeat)

    def test_a_bolt_that_does_not_move_is_told_as_what_was_not_wished(self) -> None:
        async def jam(bench: LockBench) -> None:
            await bench.insert_plug()
            bench.jam()

            assert not await in_time(bench.driver.set_locked(True))
            assert not bench.holds_plug()

        self.run(jam)

    def test_a_locked_bolt_that_jams_is_told_as_locked(self) -> None:
        async def jam(bench: LockBench) -> None:
            await bench.insert_plug()
            await bench.driver.set_locked(True)
            bench.jam()

            assert await in_time(bench.driver.set_locked(False))
            assert bench.holds_plug()

        self.run(jam)

    def test_a_bolt_that_nobody_sees_is_not_told_as_locked(self) -> None:
        async def blind(bench: LockBench) -> None:
            await bench.insert_plug()
            bench.break_feedback()
            await asyncio.sleep(1.0)

            assert not await in_time(bench.driver.set_locked(True))

        self.run(blind)

    def test_a_wish_refused_while_the_device_is_away_is_carried_out_once_it_is_back(self) -> None:
        async def lose(bench: LockBench) -> None:
            await bench.insert_plug()
            await bench.driver.set_locked(True)
            await bench.vanish()
            await asyncio.sleep(REPORTS_WITHIN_S)

            assert await refused(bench.driver.set_locked(False))

            await bench.appear()
            await comes_true(lambda: not bench.holds_plug())

        self.run(lose)

    def test_closing_the_driver_gives_no_plug_away(self) -> None:
        async def close(bench: LockBench) -> None:
            await bench.insert_plug()
            await bench.driver.set_locked(True)

            await bench.driver.aclose()
            await asyncio.sleep(REPORTS_WITHIN_S)

            assert bench.holds_plug()

        self.run(close)


async def in_time(answer: Awaitable[bool]) -> bool:
    """A connector waits for this, and for nothing else meanwhile."""
    async with asyncio.timeout(LOCKS_WITHIN_S):
        return await answer


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
