"""A lamp of the kernel's LED class: its own triggers end first, and what is not there is told once."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from agent.core.session.effects import Signal
from agent.drivers.contract import IndicatorBench, IndicatorContract
from agent.drivers.indicators.sysfs_led import Options, SysfsLed, create
from firmware_sim.lamp import SysfsLamp
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run
from tests.drivers.indicators.watching_lamps import signal_shown

LEDS = {"red": "charger:red:status", "green": "charger:green:status", "blue": "charger:blue:status"}


class LampBench:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.lamp = SysfsLamp(Timeline(asyncio.get_running_loop()), root, LEDS)
        self.driver: SysfsLed = create(
            "sysfs_led", Options(root=root, red=LEDS["red"], green=LEDS["green"], blue=LEDS["blue"]), {}
        )

    async def shown(self) -> Signal | None:
        return await signal_shown(self.lamp)


def at_a_lamp(test: Callable[[LampBench], Awaitable[None]], *, missing: bool = False) -> None:
    async def body() -> None:
        with tempfile.TemporaryDirectory() as folder:
            bench = LampBench(Path(folder))
            if not missing:
                bench.lamp.appear()
            await bench.driver.open()
            try:
                await test(bench)
            finally:
                await bench.driver.aclose()

    run(body())


class TestSysfsLed(IndicatorContract):
    def run(self, test: Callable[[IndicatorBench], Awaitable[None]], *, missing: bool = False) -> None:
        at_a_lamp(test, missing=missing)


def test_the_triggers_of_the_kernel_end_before_anything_is_shown() -> None:
    async def look(bench: LampBench) -> None:
        assert [(bench.root / led / "trigger").read_text() for led in LEDS.values()] == ["none", "none", "none"]

    at_a_lamp(look)


def test_a_program_that_ends_leaves_it_dark() -> None:
    async def end(bench: LampBench) -> None:
        await bench.driver.show(Signal.AVAILABLE)
        await asyncio.sleep(1.0)
        assert list(bench.lamp.lit) == ["green"]

        await bench.driver.aclose()
        await asyncio.sleep(10.0)

        assert not bench.lamp.lit

    at_a_lamp(end)


def test_an_led_that_is_not_there_is_told_once_and_lit_once_it_is(caplog: pytest.LogCaptureFixture) -> None:
    async def lose(bench: LampBench) -> None:
        await bench.driver.show(Signal.CHARGING)
        await asyncio.sleep(30.0)
        reasons = [record.__dict__["reason"] for record in caplog.records]
        assert len(reasons) == len(LEDS)
        assert "cannot be used (No such file or directory); check its name (ls" in reasons[0]

        bench.lamp.appear()
        assert await bench.shown() is Signal.CHARGING

    with caplog.at_level(logging.WARNING):
        at_a_lamp(lose, missing=True)


def test_an_led_that_comes_back_with_its_trigger_is_taken_over_again() -> None:
    async def replug(bench: LampBench) -> None:
        await bench.driver.show(Signal.CHARGING)
        shutil.rmtree(bench.root / LEDS["blue"])
        await asyncio.sleep(5.0)
        bench.lamp.appear()

        assert await bench.shown() is Signal.CHARGING

    at_a_lamp(replug)
