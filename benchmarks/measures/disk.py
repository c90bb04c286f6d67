"""What reaches the disk in an hour at idle and in an hour of charging, commits flushed, the log included.

Virtual time is over before the kernel writes back what nobody flushed, and what is changed twice until then would count
once. So every half minute all is written back, as it is on a charger. What lies in memory there does here.
"""

from __future__ import annotations

import asyncio
import io
import logging
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

from agent import logs
from benchmarks import simulated
from benchmarks.commit import commits
from benchmarks.figure import Effort, Figure, at_most
from benchmarks.process import written_bytes
from firmware_sim import virtual_loop
from tools.simulate.clock import EPOCH_MS
from tools.simulate.room import in_memory
from tools.simulate.run import Stage

ORDER = 4
HOUR_S = 3600.0
IDLE_HOURS = 6
"""What is written every six hours is in one of them."""
WRITTEN_BACK_S = 30.0
"""vm.dirty_expire_centisecs: how long the kernel keeps what nobody flushes."""
MOST_IDLE_KB = 64.0
MOST_CHARGING_KB = 1024.0
KB = 1024
FLOOR_COMMITS = 200
OF_THE_AGENT = ("agent", "websockets.client", "pymodbus", "asyncio", "py.warnings")


@dataclass(frozen=True, slots=True)
class Written:
    """In one window: what went to the disk and in how many commits of the store, and the bytes of the log."""

    store: int
    commits: int
    log: int


class VirtualLog:
    """The log as the service writes it, with the virtual time, so that what repeats within a minute is counted."""

    def __init__(self) -> None:
        self._text = io.StringIO()
        logs.setup(logging.INFO, self._text)
        logging.getLogger().handlers[0].addFilter(self._is_the_agents)

    def bytes(self) -> int:
        return len(self._text.getvalue().encode())

    @staticmethod
    def _is_the_agents(record: logging.LogRecord) -> bool:
        record.created = EPOCH_MS / 1000 + asyncio.get_running_loop().time()
        return record.name.startswith(OF_THE_AGENT)


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    # What is in /run on a charger.
    with in_memory("evse-disk-") as run:
        idle, charging = virtual_loop.run(_measure(effort, folder, run))
    floor = commits(folder, FLOOR_COMMITS).bytes
    return [
        _idle_figure(idle, floor, effort),
        _figure("disk, charging hour", charging, floor, MOST_CHARGING_KB, effort),
    ]


def _idle_figure(hours: Sequence[Written], floor_bytes: float, effort: Effort) -> Figure:
    """The worst of them."""
    worst = max(hours, key=lambda one: one.store + one.log)
    figure = _figure("disk, idle hour", worst, floor_bytes, MOST_IDLE_KB, effort)
    kilobytes = sorted((one.store + one.log) / KB * HOUR_S / effort.simulated_s for one in hours)
    all_of_them = f"the most of {len(hours)} hours: {', '.join(f'{one:.0f}' for one in kilobytes)} kB"
    return replace(figure, notes=(*figure.notes, f"{all_of_them}, {mean(kilobytes):.0f} kB in the mean"))


def _figure(name: str, written: Written, floor_bytes: float, most_kb: float, effort: Effort) -> Figure:
    hours = effort.simulated_s / HOUR_S
    return Figure(
        name=name,
        value=(written.store + written.log) / KB / hours,
        unit="kB",
        floor=written.commits * floor_bytes / KB / hours,
        floor_is="as many flushed commits of one page of 512 bytes, of which the kernel counts 4 kB blocks",
        target=at_most(most_kb),
        notes=(
            f"{written.commits / hours:.0f} commits, {written.store / KB / hours:.1f} kB of all files and "
            f"{written.log / KB / hours:.1f} kB of log text; what a journal adds to the text is not counted",
        ),
    )


async def _measure(effort: Effort, folder: Path, run: Path) -> tuple[list[Written], Written]:
    log, storage = VirtualLog(), folder / "storage"
    async with simulated.charger(run, flush=True, storage=storage) as stage, _written_back(storage):
        idle = [await _window(stage, log, effort.simulated_s) for _ in range(IDLE_HOURS)]
        before = _now(stage, log)
        await simulated.plug_in(stage)
        await simulated.show_card(stage)
        await asyncio.sleep(effort.simulated_s)
        await simulated.leave(stage)
        return idle, _since(before, _now(stage, log))


@asynccontextmanager
async def _written_back(folder: Path) -> AsyncIterator[None]:
    """As long as the block runs, what changed in `folder` does not stay in memory for longer than on a charger."""

    async def for_ever() -> None:
        while True:
            await asyncio.sleep(WRITTEN_BACK_S)
            _write_back(folder)

    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(for_ever())
        yield
        writing.cancel()


def _write_back(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())


async def _window(stage: Stage, log: VirtualLog, length_s: float) -> Written:
    before = _now(stage, log)
    await asyncio.sleep(length_s)
    return _since(before, _now(stage, log))


def _now(stage: Stage, log: VirtualLog) -> Written:
    # World and central system keep everything in memory, so what this process writes is the agent's.
    assert stage.charger.agent is not None
    return Written(written_bytes(), stage.charger.agent.station.store.writer.commits, log.bytes())


def _since(before: Written, after: Written) -> Written:
    return Written(after.store - before.store, after.commits - before.commits, after.log - before.log)
