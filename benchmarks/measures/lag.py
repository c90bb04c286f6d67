"""The longest callbacks of the agent's loop, at idle and charging: by itself, and while a process burns a core."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.child import PROGRAMS, silent
from benchmarks.figure import Effort, Figure, at_most
from benchmarks.live import charge, site
from benchmarks.priority import may_take_priority, of_the_unit
from benchmarks.spread import quantile
from benchmarks.stopwatch import Run, read
from tools.processes import running

ORDER = 5
TAIL = 0.999
MOST_MS = 1.0
WINDOWS = 2
"""A calm agent has seven callbacks a second, so a tail needs time. Of fewer than 1,000 the tail is the longest."""
SLOWEST = 5
BURN = ("-c", "while True: pass")

Window = tuple[float, float]


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    return asyncio.run(_measure(effort, folder))


async def _measure(effort: Effort, folder: Path) -> list[Figure]:
    agent_file, floor_file = folder / "agent.json", folder / "floor.json"
    windows: dict[str, Window] = {}
    async with AsyncExitStack() as stack:
        at = await stack.enter_async_context(site(folder / "site"))
        log = folder / "agent.log"
        programs = {
            f"{PROGRAMS}.timed_agent": (str(at.plan.site_file), str(agent_file)),
            f"{PROGRAMS}.timed_timers": (str(floor_file),),
        }
        for module, arguments in programs.items():
            await stack.enter_async_context(running(module, module, *arguments, log=log))
        await at.system.next("StatusNotification", after=0, connectorId=1, status="Available")
        windows["idle"] = await _window(effort)
        async with silent(*BURN):
            windows["idle, a core burning"] = await _window(effort)
        await charge(at)
        windows["charging"] = await _window(effort)
        async with silent(*BURN):
            windows["charging, a core burning"] = await _window(effort)
    rows = []
    for name, window in windows.items():
        rows += _figures(name, read(agent_file, *window), read(floor_file, *window))
    return rows


async def _window(effort: Effort) -> Window:
    """Long enough, after the work of what came before is done."""
    await asyncio.sleep(effort.window_s / 6)
    began = time.monotonic()
    await asyncio.sleep(effort.window_s * WINDOWS)
    return began, time.monotonic()


def _figures(name: str, runs: Sequence[Run], floor: Sequence[Run]) -> list[Figure]:
    nice = of_the_unit() if may_take_priority() else 0
    priority = f"agent and floor at nice {nice}, the unit's is {of_the_unit()}; what burns a core at 0"
    return [
        Figure(
            name=f"callback p99.9, {name}",
            value=quantile([run.wall_us for run in runs], TAIL) / 1000,
            unit="ms",
            floor=quantile([run.wall_us for run in floor], TAIL) / 1000,
            floor_is="callbacks that do nothing but set their timer anew, in a loop beside the agent's",
            target=at_most(MOST_MS),
            notes=(
                f"of {len(runs)} callbacks; of fewer than 1,000 this is the longest one",
                priority,
                *_slowest(runs),
            ),
        ),
        Figure(
            name=f"… on the processor, {name}",
            value=quantile([run.cpu_us for run in runs], TAIL) / 1000,
            unit="ms",
            floor=quantile([run.cpu_us for run in floor], TAIL) / 1000,
            target=at_most(MOST_MS),
        ),
    ]


def _slowest(runs: Sequence[Run]) -> list[str]:
    """The longest by the clock, then the longest on the processor: the two are seldom the same."""
    by_clock = sorted(runs, key=lambda run: run.wall_us, reverse=True)[:SLOWEST]
    on_processor = sorted(runs, key=lambda run: run.cpu_us, reverse=True)[:SLOWEST]
    return ["longest by the clock:", *map(_told, by_clock), "longest on the processor:", *map(_told, on_processor)]


def _told(run: Run) -> str:
    times = f"{run.wall_us / 1000:.2f} ms by the clock, {run.cpu_us / 1000:.2f} on the processor"
    return f"  {times}, slept {run.slept}, interrupted {run.interrupted}: {run.name}"
