"""Memory at idle, with one connector and with two."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from benchmarks.child import PROGRAMS, output_of, program
from benchmarks.figure import Effort, Figure, at_most
from benchmarks.live import running_agent, site
from benchmarks.process import Memory, memory
from benchmarks.spread import spread

ORDER = 2
ROUNDS = 3
MOST_MB = 45.0
MOST_MB_FOR_THE_SECOND = 0.5
FLOOR_IS = "a bare interpreter holding the same modules of the standard library and of others"


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    return asyncio.run(_measure(effort, folder))


async def _measure(effort: Effort, folder: Path) -> list[Figure]:
    ones, twos, floors = [], [], []
    for number in range(min(ROUNDS, effort.rounds)):
        async with asyncio.TaskGroup() as tasks:
            one = tasks.create_task(_idle("sim-single", folder / f"one-{number}", effort.settle_s))
            two = tasks.create_task(_idle("sim-dual", folder / f"two-{number}", effort.settle_s))
        ones.append(one.result()[0])
        twos.append(two.result()[0])
        floors.append(two.result()[1])
    return _figures(ones, twos, floors)


async def _idle(board: str, folder: Path, settle_s: float) -> tuple[Memory, Memory]:
    """Of the agent and of its floor, both in the same world."""
    async with site(folder, board) as at, running_agent(at) as agent:
        names = await output_of("-m", f"{PROGRAMS}.imported", str(at.plan.site_file))
        async with program("holder", given=names) as holder:
            await asyncio.sleep(settle_s)
            return memory(agent.pid), memory(holder.pid)


def _figures(ones: list[Memory], twos: list[Memory], floors: list[Memory]) -> list[Figure]:
    second = [two.rss_mb - one.rss_mb for one, two in zip(ones, twos, strict=True)]
    floor_rss_mb = median(floor.rss_mb for floor in floors)
    floor_pss_mb = median(floor.pss_mb for floor in floors)
    shared = "PSS shares the interpreter with the simulator and the other agents of this run"
    return [
        Figure(
            name="RSS, one connector",
            value=median(one.rss_mb for one in ones),
            unit="MB",
            floor=floor_rss_mb,
            floor_is=FLOOR_IS,
            target=at_most(MOST_MB),
        ),
        Figure(
            name="RSS, two connectors",
            value=median(two.rss_mb for two in twos),
            unit="MB",
            floor=floor_rss_mb,
            target=at_most(MOST_MB),
            notes=(spread([two.rss_mb for two in twos], "MB"),),
        ),
        Figure(
            name="RSS of the second connector",
            value=median(second),
            unit="MB",
            target=at_most(MOST_MB_FOR_THE_SECOND),
            notes=(spread(second, "MB", 2),),
        ),
        Figure(
            name="PSS, one connector",
            value=median(one.pss_mb for one in ones),
            unit="MB",
            floor=floor_pss_mb,
            notes=(shared,),
        ),
        Figure(
            name="PSS, two connectors",
            value=median(two.pss_mb for two in twos),
            unit="MB",
            floor=floor_pss_mb,
        ),
    ]
