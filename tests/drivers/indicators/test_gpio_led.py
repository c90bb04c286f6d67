"""A lamp on GPIO lines, and what a person sees of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from agent.core.session.effects import Signal
from agent.drivers import loader
from agent.drivers.contract import IndicatorBench, IndicatorContract
from agent.drivers.indicators.gpio_led import GpioLed, Options, create
from agent.errors import ConfigError
from firmware_sim.lamp import Lamp
from firmware_sim.timeline import Timeline
from tests.drivers.gpio.bench import ChipBench, on_a_chip
from tests.drivers.indicators.watching_lamps import signal_shown

LINES = {"red": "GPIO17", "green": "GPIO27", "blue": "GPIO22"}


class LampBench:
    def __init__(self, bench: ChipBench, *, active_low: bool = False) -> None:
        self.lamp = Lamp(Timeline(asyncio.get_running_loop()), tuple(LINES))
        for colour, line in LINES.items():
            bench.chip.feel(line, self.lamp.switch(colour, lit_when_low=active_low))
        options = Options(bus="gpio", red="GPIO17", green="GPIO27", blue="GPIO22", active_low=active_low)
        self.driver: GpioLed = create("gpio_led on gpio", options, {"gpio": bench.bus})

    async def shown(self) -> Signal | None:
        return await signal_shown(self.lamp)


def at_a_lamp(
    test: Callable[[LampBench, ChipBench], Awaitable[None]], *, missing: bool = False, active_low: bool = False
) -> None:
    async def on(bench: ChipBench) -> None:
        lamp = LampBench(bench, active_low=active_low)
        await bench.bus.open()
        await lamp.driver.open()
        try:
            await test(lamp, bench)
        finally:
            await lamp.driver.aclose()

    on_a_chip(on, missing=missing)


class TestGpioLed(IndicatorContract):
    def run(self, test: Callable[[IndicatorBench], Awaitable[None]], *, missing: bool = False) -> None:
        at_a_lamp(lambda lamp, _: test(lamp), missing=missing)


class TestCommonAnode(IndicatorContract):
    def run(self, test: Callable[[IndicatorBench], Awaitable[None]], *, missing: bool = False) -> None:
        at_a_lamp(lambda lamp, _: test(lamp), missing=missing, active_low=True)


@pytest.mark.parametrize("signal", Signal)
def test_no_light_is_steady_for_more_than_four_seconds(signal: Signal) -> None:
    async def look(lamp: LampBench, _: ChipBench) -> None:
        await lamp.driver.show(signal)
        await asyncio.sleep(20.0)

        lengths_s = lamp.lamp.seen(20.0)[1]
        assert lengths_s
        assert max(lengths_s) <= 4.0

    at_a_lamp(look)


def test_a_program_that_ends_leaves_it_dark() -> None:
    async def end(lamp: LampBench, _: ChipBench) -> None:
        await lamp.driver.show(Signal.AVAILABLE)
        await asyncio.sleep(1.0)
        assert list(lamp.lamp.lit) == ["green"]

        await lamp.driver.aclose()
        await asyncio.sleep(10.0)

        assert not lamp.lamp.lit

    at_a_lamp(end)


def test_a_chip_that_was_away_shows_the_signal_of_now_once_it_is_back() -> None:
    async def lose(lamp: LampBench, bench: ChipBench) -> None:
        await lamp.driver.show(Signal.AVAILABLE)
        await bench.vanish()
        await asyncio.sleep(3.0)
        await lamp.driver.show(Signal.FAULT)
        await bench.appear()

        assert await lamp.shown() is Signal.FAULT

    at_a_lamp(lose)


def test_the_same_signal_again_does_not_begin_its_light_anew() -> None:
    async def repeat(lamp: LampBench, _: ChipBench) -> None:
        for _count in range(30):
            await lamp.driver.show(Signal.AVAILABLE)
            await asyncio.sleep(0.5)

        assert lamp.lamp.seen(15.0)[1] == [3.9, 3.9, 3.9]

    at_a_lamp(repeat)


def test_a_line_has_one_user() -> None:
    async def twice(lamp: LampBench, bench: ChipBench) -> None:
        with pytest.raises(ConfigError, match='line "GPIO17" is already used'):
            create("other", Options(bus="gpio", red="GPIO17", signals=ALL_RED), {"gpio": bench.bus})

    at_a_lamp(twice)


ALL_RED = {signal.value: "red slow" for signal in Signal}


@pytest.mark.parametrize(
    ("options", "key", "words"),
    [
        ({}, "red", "no lamp is wired; name the line or LED of a colour at least"),
        (
            {"green": "1", "signals": {"chargin": "green"}},
            "signals",
            '"chargin" is no signal; did you mean "charging"?',
        ),
        (
            {"red": "1", "green": "2", "signals": {"charging": "blue"}},
            "signals",
            "charging: no lamp is wired for blue; there are red and green",
        ),
        (
            {"red": "1", "green": "2"},
            "signals",
            'charging: it would be blue, and there are red and green; write its light, as charging = "red double"',
        ),
        ({"red": "1", "signals": ALL_RED | {"fault": "red quick"}}, "signals", 'fault: "quick" is no rhythm'),
        ({"red": "1", "signals": ALL_RED | {"fault": "pink"}}, "signals", 'fault: "pink" is no colour'),
        ({"red": "1", "signals": ALL_RED | {"fault": "red slow fast"}}, "signals", "write colours and one rhythm"),
        ({"red": "1", "signals": ALL_RED | {"fault": ""}}, "signals", "write colours and one rhythm"),
    ],
)
def test_a_light_that_this_lamp_cannot_show_is_refused_with_what_to_write(
    options: dict[str, object], key: str, words: str
) -> None:
    problems = loader.check_driver("indicator", "gpio_led", {"bus": "gpio", **options}, "gpio")

    assert [problem.key for problem in problems] == [(key,)]
    assert words in problems[0].what
