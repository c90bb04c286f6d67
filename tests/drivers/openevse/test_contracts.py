"""The OpenEVSE's drivers keep the contracts of their interfaces, at the wire."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from agent.drivers.contract import ContactorBench, ContactorContract, ControlPilotBench, ControlPilotContract
from agent.drivers.watching import until
from agent.drivers.wished_device import WishedContactor, WishedPilot
from firmware_sim.virtual_loop import run
from tests.drivers.openevse.bench import OpenEvseBench, bench_of


class ContactorSide(OpenEvseBench):
    @property
    def driver(self) -> WishedContactor:
        return self.contactor

    async def prepare(self) -> None:
        """A permission means something to it only where there is a plug and an offer."""
        self.plug_in()
        await until(self.pilot.states(), lambda reading: reading.state.plugged)
        await self.pilot.offer(16)


class ControlPilotSide(OpenEvseBench):
    @property
    def driver(self) -> WishedPilot:
        return self.pilot


class TestContactor(ContactorContract):
    def run(self, test: Callable[[ContactorBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def on_a_controller() -> None:
            async with bench_of(ContactorSide, missing=missing) as bench:
                if not missing:
                    await bench.prepare()
                await test(bench)

        run(on_a_controller())


class TestControlPilot(ControlPilotContract):
    def run(self, test: Callable[[ControlPilotBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def on_a_controller() -> None:
            async with bench_of(ControlPilotSide, missing=missing) as bench:
                await test(bench)

        run(on_a_controller())
