"""From the start of the process to its BootNotification, beside the least client that sends the same message."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.central_system import CentralSystem
from benchmarks.child import PROGRAMS, silent
from benchmarks.figure import Effort, Figure, ratio_at_most
from benchmarks.importing import by_room, own_times_ms
from benchmarks.live import site
from benchmarks.process import work
from benchmarks.spread import paired_ratio, spread
from tools.processes import ROOT

ORDER = 1
MOST_TIMES_THE_FLOOR = 2.5
WISHED_TIMES_THE_FLOOR = 1.6
DEAREST = 8
REPORTS = 3
IMPORTS_FOR_S = 4.0
"""Long enough for a start that reports each of its imports."""


@dataclass(frozen=True, slots=True)
class Start:
    """One start: by the clock, and by the processor's time of the process."""

    wall_ms: float
    cpu_ms: float


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    return asyncio.run(_measure(effort, folder))


async def _measure(effort: Effort, folder: Path) -> list[Figure]:
    async with site(folder) as at:
        bare = ("-m", f"{PROGRAMS}.bare_client", at.system.url)
        agents, floors = [], []
        for _ in range(effort.rounds + 1):
            agents.append(await _start(at.system, at.command))
            floors.append(await _start(at.system, bare))
        dearest = await asyncio.to_thread(_dearest_imports, at.command, bare)
    # The first of each writes the byte code that the others find.
    agents, floors = agents[1:], floors[1:]
    return [
        Figure(
            name="start → BootNotification",
            value=median(one.wall_ms for one in agents),
            unit="ms",
            floor=median(one.wall_ms for one in floors),
            floor_is="a bare asyncio + websockets + json client that sends the same message, in turn with the agent",
            paired_ratio=paired_ratio([one.wall_ms for one in agents], [one.wall_ms for one in floors]),
            target=ratio_at_most(MOST_TIMES_THE_FLOOR),
            notes=(spread([one.wall_ms for one in agents], "ms", 0),),
        ),
        Figure(
            name="… processor time until then",
            value=median(one.cpu_ms for one in agents),
            unit="ms",
            floor=median(one.cpu_ms for one in floors),
            floor_is="the same client; other programs on the machine do not show here",
            paired_ratio=paired_ratio([one.cpu_ms for one in agents], [one.cpu_ms for one in floors]),
            target=ratio_at_most(MOST_TIMES_THE_FLOOR),
            notes=(f"between here and {WISHED_TIMES_THE_FLOOR} × stand the imports the client has not: {dearest}",),
        ),
    ]


async def _start(system: CentralSystem, command: tuple[str, ...]) -> Start:
    before, began = len(system.calls), time.monotonic()
    async with silent(*command) as process:
        call = await system.next("BootNotification", after=before)
        cpu_ms = work(process.pid).cpu_ms
        process.terminate()
        await process.wait()
    return Start((call.at - began) * 1000, cpu_ms)


def _dearest_imports(agent: tuple[str, ...], bare: tuple[str, ...]) -> str:
    rooms = by_room(_least_times_ms(agent), _least_times_ms(bare))
    return ", ".join(f"{room} {ms:.1f} ms ({modules})" for room, modules, ms in rooms[:DEAREST])


def _least_times_ms(command: tuple[str, ...]) -> dict[str, float]:
    """Of each module the shortest time of a few reports: the interpreter's stopwatch goes on while others run."""
    reports = [own_times_ms(_importtime(command)) for _ in range(REPORTS)]
    return {name: min(report.get(name, ms) for report in reports) for name, ms in reports[0].items()}


def _importtime(command: tuple[str, ...]) -> str:
    """The report of one start, which is ended when everything must be imported."""
    try:
        subprocess.run(
            [sys.executable, "-X", "importtime", *command],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=IMPORTS_FOR_S,
            check=False,
        )
    except subprocess.TimeoutExpired as ended:
        return (ended.stderr or b"").decode(errors="replace")
    raise ChildProcessError(f"{' '.join(command)} ended by itself")
