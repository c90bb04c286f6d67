"""A GPIO chip of the simulator and the bus of the agent on it, under virtual time."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from agent.drivers.buses.gpio import GpioBus, Options
from agent.drivers.gpio.lines import Absent
from agent.drivers.gpio.requests import Held
from firmware_sim.gpio_chip import GpioChip
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run

LIBRARY = "firmware_sim.gpiod_stand_in"
LABEL = "pinctrl-sim"
RELAY, OTHER, DOOR = "RELAY_1", "GPIO5", "DOOR"
NOTICES_WITHIN_S = 6.0
"""The pace of asking again."""


class ChipBench:
    """`chip` is the world's side, `bus` the agent's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.chip = GpioChip(Timeline(asyncio.get_running_loop()), folder / "gpiochip0", LABEL)
        self.bus = GpioBus("gpio", Options(chip=str(self.chip.path), library=LIBRARY))

    async def vanish(self) -> None:
        self.chip.vanish()

    async def appear(self) -> None:
        self.chip.appear()
        await asyncio.sleep(NOTICES_WITHIN_S)


@asynccontextmanager
async def chip_bench(*, missing: bool = False) -> AsyncIterator[ChipBench]:
    """The bus is not open yet: drivers are made first, as in the agent."""
    with tempfile.TemporaryDirectory() as folder:
        bench = ChipBench(Path(folder))
        if not missing:
            bench.chip.appear()
        try:
            yield bench
        finally:
            await bench.bus.aclose()
            bench.chip.close()


def on_a_chip(test: Callable[[ChipBench], Awaitable[None]], *, missing: bool = False) -> None:
    """Run `test` with a chip and its bus."""

    async def told() -> None:
        async with chip_bench(missing=missing) as bench:
            await test(bench)

    run(told())


def why(group: Held) -> str:
    level = group.level.value
    assert isinstance(level, Absent), level
    return level.why


async def moment(seconds: float = 0.01) -> None:
    await asyncio.sleep(seconds)


def wired(bench: ChipBench) -> None:
    """Names that the chip of the bench does not have by itself."""
    for name in (RELAY, DOOR):
        bench.chip.place(name)
    bench.chip.forget_charger()
