"""The drivers of every controller on Modbus keep the contracts of their interfaces, at the wire."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from agent.drivers.contract import ContactorBench, ContactorContract, ControlPilotBench, ControlPilotContract
from agent.drivers.watching import comes_true, until
from agent.drivers.wished_device import WishedContactor, WishedPilot
from firmware_sim.virtual_loop import run
from tests.drivers.modbus_evse.bench import EvseBench, bench_of


class ContactorSide(EvseBench):
    @property
    def driver(self) -> WishedContactor:
        return self.contactor

    async def prepare(self) -> None:
        """A permission means something to it only where there is a plug and an offer."""
        self.plug_in()
        await until(self.pilot.states(), lambda reading: reading.state.plugged)
        await self.pilot.offer(16)


class ControlPilotSide(EvseBench):
    @property
    def driver(self) -> WishedPilot:
        return self.pilot


class OfContactor(ContactorContract):
    board = ""

    def run(self, test: Callable[[ContactorBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def on_a_controller() -> None:
            async with bench_of(ContactorSide, self.board, missing=missing) as bench:
                if not missing:
                    await bench.prepare()
                await test(bench)

        run(on_a_controller())


class OfControlPilot(ControlPilotContract):
    board = ""

    def run(self, test: Callable[[ControlPilotBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def on_a_controller() -> None:
            async with bench_of(ControlPilotSide, self.board, missing=missing) as bench:
                if not missing:
                    # As delivered some give power from their start on; that ends with the agent's first word.
                    await bench.is_ready()
                    await comes_true(lambda: not bench.is_permitted())
                await test(bench)

        run(on_a_controller())


class TestContactorOfSimpleEvse(OfContactor):
    board = "sim-simple-evse"


class TestPilotOfSimpleEvse(OfControlPilot):
    board = "sim-simple-evse"


class TestContactorOfPhoenixSerial(OfContactor):
    board = "sim-phoenix-serial"


class TestPilotOfPhoenixSerial(OfControlPilot):
    board = "sim-phoenix-serial"


class TestContactorOfPhoenixEthernet(OfContactor):
    board = "sim-phoenix-ethernet"


class TestPilotOfPhoenixEthernet(OfControlPilot):
    board = "sim-phoenix-ethernet"


class TestContactorOfBender(OfContactor):
    board = "sim-bender"


class TestPilotOfBender(OfControlPilot):
    board = "sim-bender"
