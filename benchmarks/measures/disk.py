"""What reaches the disk in an hour at idle and in an hour of charging, commits flushed, the log included."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from agent import logs
from benchmarks import simulated
from benchmarks.commit import commits
from benchmarks.figure import Effort, Figure, at_most
from benchmarks.process import written_bytes
from firmware_sim import virtual_loop
from tools.simulate.clock import EPOCH_MS
from tools.simulate.run import Stage

ORDER = 4
HOUR_S = 3600.0
MOST_IDLE_KB = 64.0
MOST_CHARGING_KB = 1024.0
KB = 1024
FLOOR_COMMITS = 200
OF_THE_AGENT = ("agent", "websockets.client", "pymodbus", "asyncio", "py.warnings")


@dataclass(frozen=True, slots=True)
class Written:
    """In one window: what the store sent to the disk in how many commits, and the bytes of the log."""

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
    idle, charging = virtual_loop.run(_measure(effort, folder))
    floor = commits(folder, FLOOR_COMMITS).bytes
    return [
        _figure("disk, idle hour", idle, floor, MOST_IDLE_KB, effort),
        _figure("disk, charging hour", charging, floor, MOST_CHARGING_KB, effort),
    ]


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
            f"{written.commits / hours:.0f} commits, {written.store / KB / hours:.1f} kB of the store and "
            f"{written.log / KB / hours:.1f} kB of log text; what a journal adds to the text is not counted",
        ),
    )


async def _measure(effort: Effort, folder: Path) -> tuple[Written, Written]:
    log = VirtualLog()
    async with simulated.charger(folder, flush=True) as stage:
        idle = await _window(stage, log, effort.simulated_s)
        before = _now(stage, log)
        await simulated.plug_in(stage)
        await simulated.show_card(stage)
        await asyncio.sleep(effort.simulated_s)
        await simulated.leave(stage)
        return idle, _since(before, _now(stage, log))


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
