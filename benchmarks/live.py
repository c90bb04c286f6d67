"""A charger in real processes for a measure: the simulated world, our own central system, and the agent when asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.central_system import CentralSystem, central_system
from tools.json_lines import JsonLines
from tools.processes import Child
from tools.station import StationPlan, agent, site_text, world

READY_TIMEOUT_S = 30.0
CARD = "04A1B2C3D4CAFE"
SETTINGS: dict[str, int | str] = {"MeterValueSampleInterval": 60, "ClockAlignedDataInterval": 0}


@dataclass(frozen=True, slots=True)
class Site:
    """World and central system, running; `ask_world` speaks to the world's control socket."""

    plan: StationPlan
    system: CentralSystem
    ask_world: JsonLines

    @property
    def command(self) -> tuple[str, ...]:
        """The arguments of Python with which a service would start the agent."""
        return ("-m", "agent", "run", "--config", str(self.plan.site_file))


@asynccontextmanager
async def site(folder: Path, board: str = "sim-single") -> AsyncIterator[Site]:
    """The board's world in `folder` and a site file that leads to a central system; raises ChildFailed."""
    plan = StationPlan(folder=folder, board=board, micropython="never", settings=SETTINGS)
    for needed in (plan.world, folder / "state"):
        needed.mkdir(parents=True)
    async with central_system() as system, world(plan) as simulated:
        await simulated.ready(READY_TIMEOUT_S)
        plan.site_file.write_text(site_text(plan, system.url))
        connection = await JsonLines.connected(plan.world / "control.sock")
        try:
            yield Site(plan, system, connection)
        finally:
            connection.close()


@asynccontextmanager
async def running_agent(of: Site) -> AsyncIterator[Child]:
    """The agent, booted and with its connectors reported."""
    before = len(of.system.calls)
    async with agent(of.plan) as child:
        await of.system.next("BootNotification", after=before)
        await of.system.next("StatusNotification", after=before, connectorId=1, status="Available")
        yield child


async def charge(of: Site, *, current_a: float = 16.0, card: str = CARD) -> None:
    """Plug a car in at connector 1, show a card, and wait until power flows."""
    before = len(of.system.calls)
    await of.ask_world.ask("plug_in", connector=1, current_a=current_a, ready_delay_s=0.3, draw_delay_s=0.2)
    await of.system.next("StatusNotification", after=before, connectorId=1, status="Preparing")
    await of.ask_world.ask("swipe", token=card)
    await of.ask_world.ask("wait", connector=1, until="charging", timeout_s=30)
