"""Three chargers of one site, each with its car, and a planner who asks them over the broker what they drew together:
`evse-support` itself, real connections, virtual time. The meters of the world know what is right."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from firmware_sim import virtual_loop
from firmware_sim.mqtt_broker import Broker
from tests.simulation.stage import Charger
from tools.cases.beside import Beside, Said
from tools.simulate.room import NOTHING, in_memory
from tools.simulate.run import Options, Stage
from tools.support.__main__ import main
from tools.support_desk import Desk

NAMES = ("QUAY-1", "QUAY-2", "QUAY-3")
QUARTER_S = 900.0
LOOKS_EACH_S = 5.0
ORDER = "A-2026-118"


class Site:
    """All chargers of it, one broker, and somebody with `evse-support`."""

    def __init__(self, chargers: dict[str, Charger], desk: Desk) -> None:
        self.chargers = chargers
        self._desk, self._computer = desk, Beside(1)
        self.highest_w = 0.0
        """What all drew together at one moment, of all that were looked at."""

    async def until(self, at_s: float) -> None:
        """Since the beginning, which is that of a quarter."""
        while (now_s := asyncio.get_running_loop().time()) < at_s:
            await asyncio.sleep(min(LOOKS_EACH_S, at_s - now_s))
            drawn_w = sum(one.outlet()["power_w"] for one in self.chargers.values())
            self.highest_w = max(self.highest_w, drawn_w)

    async def says(self, *words: str) -> Said:
        return await self._computer.run(lambda: main(["--config", str(self._desk.config), *words], self._computer))

    async def told(self, *words: str) -> dict[str, Any]:
        said = await self.says("load", *words, "--json")
        assert said.screen, said.beside
        return dict(json.loads(said.screen))


async def opened(folder: Path, stack: AsyncExitStack) -> Site:
    broker = Broker()
    port = await broker.open()
    stack.push_async_callback(broker.close)
    (folder / "desk").mkdir()
    desk = Desk(folder / "desk", port, "planner")
    chargers = {}
    for name in NAMES:
        own = folder / name
        own.mkdir()
        more_site = f'[station]\nserial_number = "{name}"\n[references]\norder = "{ORDER}"\n{desk.site(["load"])}'
        chargers[name] = Charger(await Stage.set_up(NOTHING, Options(more_site=more_site), own, stack))
    return Site(chargers, desk)


def test_what_three_chargers_tell_adds_up_to_what_the_meters_of_the_world_counted() -> None:
    async def story(folder: Path) -> None:
        async with AsyncExitStack() as stack:
            site = await opened(folder, stack)
            first, second, _ = site.chargers.values()
            await site.until(QUARTER_S + 10)
            before_wh = {name: one.register_wh() for name, one in site.chargers.items()}
            await first.charge()
            await site.until(QUARTER_S + 500)
            await second.charge(phases=1)
            await site.until(QUARTER_S + 600)
            flowing_w = sum(one.outlet()["power_w"] for one in site.chargers.values())
            able = await site.told("--now", "--site", ORDER)
            await site.until(2 * QUARTER_S + 200)
            await first.swipe()
            await second.swipe()
            await site.until(3 * QUARTER_S + 10)

            rose_wh = {name: one.register_wh() - before_wh[name] for name, one in site.chargers.items()}
            told = await site.told("--site", ORDER)
            page = await site.says("load", *NAMES)
            by_name = await site.told(*reversed(NAMES))
            third_alone = await site.told("QUAY-3")
            for one in site.chargers.values():
                await one.stage.charger.stop()

        assert able["left_out"] == [] and [one["port"] for one in able["ports"]] == [1, 1, 1]
        assert flowing_w > 12_000 and able["shed_w"] == pytest.approx(flowing_w, rel=0.02)
        assert 0 < able["shed_to_minimum_w"] < able["shed_w"]
        figures, chargers = told["figures"], {one["name"]: one for one in told["chargers"]}
        assert rose_wh["QUAY-1"] > 2_000 and rose_wh["QUAY-2"] > 400 and rose_wh["QUAY-3"] == 0
        assert {name: one["energy_wh"] for name, one in chargers.items()} == rose_wh
        assert figures["energy_wh"] == sum(rose_wh.values())
        assert sum(one or 0 for day in told["days"] for one in day["mean_w"]) == 4 * sum(rose_wh.values())
        assert figures["known"] == 2, "the first quarter has no beginning, and the running one no end"
        assert figures["peak_at_least_w"] <= site.highest_w * 1.001
        assert site.highest_w <= figures["peak_at_most_w"] * 1.001
        assert figures["peak_mean_w"] == max(one["mean_w"] for one in figures["highest"])
        assert figures["connected_w"] == 3 * 22_080
        assert [one["serial_number"] for one in told["chargers"]] == list(NAMES)
        assert (page.code, by_name["figures"]) == (0, figures)
        assert f"energy          at least {sum(rose_wh.values()) / 1000:.3f} kWh" in page.screen
        assert third_alone["figures"]["energy_wh"] == 0

    with in_memory("evse-site-") as folder:
        virtual_loop.run(story(folder))
