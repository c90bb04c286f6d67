"""`python -m tools.demo`: ends with 0 when three witnesses agree on the energy, 1 when not, 130 on Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from tools.at_least_one import at_least_one
from tools.demo.screen import Screen
from tools.demo.story import CHARGE_S, Energies, Story, StoryBroken
from tools.json_lines import Refused
from tools.processes import TAIL_LINES, ChildFailed, end_in_order_when_told, leaves
from tools.station import StationPlan, agent, bench

EXIT_INTERRUPTED = 130
SETTINGS: dict[str, int | str] = {"MeterValueSampleInterval": 5}
"""Often enough to see meter values go by."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools.demo", description="One charge in real processes, told as it happens.")
    parser.add_argument(
        "--micropython", default="auto", help="who runs the pilot board's firmware, as `evse-sim run` has it"
    )
    parser.add_argument("--keep", action="store_true", help="keep the folder with logs and databases")
    parser.add_argument(
        "--charge-s", type=at_least_one, default=CHARGE_S, help="each of the two parts of the charge (%(default)g)"
    )
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="evse-demo-"))
    screen = Screen(sys.stdout)
    try:
        plan = StationPlan(folder=folder, micropython=given.micropython, settings=SETTINGS)
        code = asyncio.run(show(plan, screen, given.charge_s))
    except (KeyboardInterrupt, asyncio.CancelledError):
        screen.rest()
        screen.fact("Stopped; all programs of the demonstration have ended.")
        code = EXIT_INTERRUPTED
    if given.keep or code == 1:
        screen.fact(f"Logs and databases: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)


async def show(plan: StationPlan, screen: Screen, charge_s: float = CHARGE_S) -> int:
    """The demonstration; returns the exit code. A failure is explained with the ends of the logs."""
    end_in_order_when_told()
    failed: list[BaseException] = []
    try:
        return conclude(await perform(plan, screen, charge_s), screen)
    except* (StoryBroken, ChildFailed, Refused, ConnectionError) as failures:
        failed.extend(leaves(failures))
    screen.rest()
    for failure in failed:
        screen.bad(f"The demonstration failed: {failure}")
    show_tails(plan.folder, screen)
    return 1


async def perform(plan: StationPlan, screen: Screen, charge_s: float) -> Energies:
    """Starts the three programs, tells the story and stops them again."""
    screen.headline("Three programs start: central system, simulated world, charger agent")
    async with bench(plan, on_message=screen.message) as running:
        world = await running.ask_world.ask("status")
        screen.fact(f"   pilot board firmware runs on {world['connectors'][0]['board']['firmware']}")
        async with agent(plan) as charger, asyncio.TaskGroup() as tasks:
            story = Story(running, screen, charge_s)
            programs = (running.csms, running.world, charger)
            beside = [tasks.create_task(work) for work in (story.watch(), *(child.must_live() for child in programs))]
            energies = await story.tell()
            for task in beside:
                task.cancel()
        screen.rest()
        return energies


def conclude(energies: Energies, screen: Screen) -> int:
    """The closing summary and the exit code."""
    screen.headline("Energy of this charge, by three witnesses")
    screen.fact(f"   meter, difference of its register  {energies.meter_wh:6} Wh")
    screen.fact(f"   ledger of the agent                {energies.ledger_wh:6} Wh")
    screen.fact(f"   central system                     {energies.network_wh:6} Wh")
    if energies.are_equal and energies.meter_wh > 0:
        screen.good("   equal")
        return 0
    screen.bad("   NOT equal" if energies.meter_wh > 0 else "   no energy was delivered")
    return 1


def show_tails(folder: Path, screen: Screen) -> None:
    """The last lines of every program's log."""
    for log in sorted(folder.glob("*.log")):
        screen.headline(f"Last lines of {log.name}")
        for line in log.read_text(errors="replace").splitlines()[-TAIL_LINES:] or ["(empty)"]:
            screen.message(line)


if __name__ == "__main__":
    main()
