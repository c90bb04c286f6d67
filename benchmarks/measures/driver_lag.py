"""The longest callback of the loop with each kind of device: charging, while that is away, and when it is back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.child import PROGRAMS
from benchmarks.figure import Effort, Figure, at_most
from benchmarks.live import Site, charge, site
from benchmarks.stopwatch import Run, read
from tools.processes import running

ORDER = 14
MOST_MS = 5.0
CARD = "04A1B2C3"
"""Short enough for a reader that types."""
SETTLES_S = 6.0
"""Until what the agent loads late is loaded: that is no driver's doing, and `start` and `lag` are about it."""
CHARGES_S = 8.0
AWAY_S = 8.0
"""Attempts to open a device are at most 5 s apart."""
BACK_S = 7.0
SLOWEST = 3

Trouble = tuple[str, Mapping[str, str]]
BOARDS: Mapping[str, Trouble] = {
    "sim-single": ("link_gone", {}),
    "sim-gpio": ("chip_gone", {}),
    "sim-cabinet": ("chip_gone", {}),
    "sim-motor-lock": ("chip_gone", {}),
    "sim-modbus-relay": ("relay_silent", {}),
    "sim-simple-evse": ("evse_silent", {}),
    "sim-openevse": ("link_gone", {}),
    "sim-keyboard": ("link_gone", {"wire": "reader"}),
    "sim-pn532": ("link_gone", {"wire": "reader"}),
    "sim-sml": ("meter_silent", {}),
}
"""What takes the device of a board away."""


def measure(_effort: Effort, folder: Path) -> Iterable[Figure]:
    for board in BOARDS:
        yield _figure(board, asyncio.run(_callbacks(board, folder / board)))


async def _callbacks(board: str, folder: Path) -> list[Run]:
    """Those of one charge, once everything is loaded."""
    result = folder / "callbacks.json"
    async with site(folder / "site", board) as at:
        arguments = (str(at.plan.site_file), str(result))
        async with running("agent", f"{PROGRAMS}.timed_agent", *arguments, log=folder / "agent.log"):
            await at.system.next("StatusNotification", after=0, connectorId=1, status="Available")
            await asyncio.sleep(SETTLES_S)
            began = time.monotonic()
            await charge(at, card=CARD)
            await asyncio.sleep(CHARGES_S)
            await _lose_and_find(at, *BOARDS[board])
            ended = time.monotonic()
    return read(result, began, ended)


async def _lose_and_find(at: Site, trouble: str, where: Mapping[str, str]) -> None:
    await at.ask_world.ask("fault", name=trouble, connector=1, **where)
    await asyncio.sleep(AWAY_S)
    await at.ask_world.ask("heal")
    await asyncio.sleep(BACK_S)


def _figure(board: str, runs: Sequence[Run]) -> Figure:
    by_processor = sorted(runs, key=lambda run: run.cpu_us, reverse=True)
    by_clock = max(runs, key=lambda run: run.wall_us)
    about = f"{BOARDS[board][0]} takes the device away for {AWAY_S:.0f} s"
    slept = f"slept {by_clock.slept}, interrupted {by_clock.interrupted}"
    return Figure(
        name=f"longest callback on the processor, {board}",
        value=by_processor[0].cpu_us / 1000,
        unit="ms",
        target=at_most(MOST_MS),
        notes=(
            f"of {len(runs)} callbacks of a charge in which {about}",
            *(f"  {run.cpu_us / 1000:.2f} ms: {run.name}" for run in by_processor[:SLOWEST]),
            f"by the clock {by_clock.wall_us / 1000:.2f} ms, {slept}: {by_clock.name}",
        ),
    )
