"""A driver of a meter that signs on a simulated one, and a judge who knows the format alone."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from agent.core.signatures import SignedValue
from agent.core.time import Instant
from agent.drivers.buses import modbus_rtu
from agent.drivers.meters import iskra_wm3m4c
from agent.drivers.meters.iskra_signing import TimeStatus
from agent.drivers.modbus.line import Line
from firmware_sim.signing_meter import SigningMeter
from firmware_sim.virtual_loop import run
from tests.drivers.world import Charger, charger

BUS = "rs485"
ADDRESS = 33
NOON_S = 1_800_000_000
REOPENS_WITHIN_S = 6.0
LONGEST_STORY_S = 120.0


class WallClock:
    """The virtual loop's time, with a trusted wall clock unless `is_lost`."""

    is_lost = False

    def now(self) -> Instant:
        seconds = asyncio.get_running_loop().time()
        return Instant(seconds, None if self.is_lost else round((NOON_S + seconds) * 1000), "kernel-boot")


@dataclass
class IskraBench:
    """A `SigningBench`."""

    site: Charger
    line: Line
    clock: WallClock
    driver: iskra_wm3m4c.SigningWm3m4c

    @property
    def meter(self) -> SigningMeter:
        assert isinstance(self.site.meter, SigningMeter)
        return self.site.meter

    async def vanish(self) -> None:
        self.meter.silent = True

    async def appear(self) -> None:
        self.meter.silent = False
        await asyncio.sleep(REOPENS_WITHIN_S)

    def now_s(self) -> float:
        return self.clock.now().monotonic_s

    def register_wh(self) -> int:
        shown = self.meter._measure()["energy_import_total"]
        assert isinstance(shown, float | int)
        return int(shown) // 10 * 10

    def flows(self, energy_wh: int) -> None:
        honest = self.meter._measure
        self.meter._measure = lambda: {
            **honest(),
            "energy_import_total": float(honest()["energy_import_total"] or 0) + energy_wh,
        }

    def verifies(self, value: SignedValue) -> bool:
        """The key is the one on the meter's label, and not the one that came along."""
        return verified(value.data, self.meter.public_key_der().hex()) is not None


def verified(data: str, label: str) -> Any:
    """The text as `pyocmf` reads it, None where the signature is not of the key on the label."""
    pyocmf = pytest.importorskip("pyocmf", reason="its wheels are missing on 32-bit ARM")
    with warnings.catch_warnings():
        # What the format allows and a billing would not, as a clock that nobody vouches for.
        warnings.simplefilter("ignore")
        read = pyocmf.OCMF.from_string(data)
        return read if read.verify_signature(label) else None


@asynccontextmanager
async def iskra(*, missing: bool = False, time_status: str = "informative") -> AsyncIterator[IskraBench]:
    async with charger("iskra-wm3m4c", "sim-signing") as site:
        # One repetition: two make a silent meter of a second's patience known after 5.04 s, and the contract allows 5.
        line = modbus_rtu.create(BUS, modbus_rtu.Options(port=site.port(BUS), baud=115200, retries=1))
        clock = WallClock()
        options = iskra_wm3m4c.Options(bus=BUS, address=ADDRESS, time_status=TimeStatus(time_status))
        driver = iskra_wm3m4c.create("iskra_wm3m4c", options, {BUS: line}, clock=clock)
        if missing:
            site.meter_wire.vanish()
            site.meter.silent = True
        await line.open()
        await driver.open()
        try:
            yield IskraBench(site, line, clock, driver)
        finally:
            await driver.aclose()
            await line.aclose()


def with_iskra(test: Callable[[IskraBench], Awaitable[None]], *, missing: bool = False, **options: str) -> None:
    async def body() -> None:
        async with iskra(missing=missing, **options) as bench:
            # The driver leaves the bound to whoever asks; in virtual time a loop without one never ends.
            async with asyncio.timeout(LONGEST_STORY_S):
                await test(bench)

    run(body())
