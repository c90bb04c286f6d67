"""Processor time and wake-ups of a minute at idle and of a minute of charging, meter and board polled."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from benchmarks.child import program
from benchmarks.figure import Effort, Figure, at_most
from benchmarks.live import charge, running_agent, site
from benchmarks.polling import CHARGING, IDLE, Polling
from benchmarks.process import Work, work

ORDER = 3
MOST_IDLE_MS = 100.0
MOST_WAKE_UPS = 5.0
FLOOR_IS = "a bare asyncio process with the same reads and writes on the same wires that understands nothing"


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    return asyncio.run(_measure(effort, folder))


async def _measure(effort: Effort, folder: Path) -> list[Figure]:
    async with asyncio.TaskGroup() as tasks:
        # Both at the same time, each in a world of its own, so that the machine is the same for both.
        agent = tasks.create_task(_agent(effort, folder / "agent"))
        floor = tasks.create_task(_floor(effort, folder / "floor"))
    idle, charging = agent.result()
    floor_idle, floor_charging = floor.result()
    minute = 60 / effort.window_s
    return [
        Figure(
            name="processor, idle minute",
            value=idle.cpu_ms * minute,
            unit="ms",
            floor=floor_idle.cpu_ms * minute,
            floor_is=FLOOR_IS,
            target=at_most(MOST_IDLE_MS),
            notes=(IDLE.per_s,),
        ),
        Figure(
            name="processor, charging minute",
            value=charging.cpu_ms * minute,
            unit="ms",
            floor=floor_charging.cpu_ms * minute,
            notes=(CHARGING.per_s,),
        ),
        _wake_ups("wake-ups beside polling, idle", idle, floor_idle, effort.window_s),
        _wake_ups("wake-ups beside polling, charging", charging, floor_charging, effort.window_s),
    ]


def _wake_ups(name: str, agent: Work, floor: Work, window_s: float) -> Figure:
    return Figure(
        name=name,
        value=(agent.sleeps - floor.sleeps) / window_s,
        unit="/s",
        target=at_most(MOST_WAKE_UPS),
        notes=(
            f"{agent.sleeps / window_s:.1f} of the agent less {floor.sleeps / window_s:.1f} of the floor, which is "
            "what polling alone wakes up for; both by the kernel's count of voluntary context switches",
        ),
    )


async def _agent(effort: Effort, folder: Path) -> tuple[Work, Work]:
    async with site(folder) as at, running_agent(at) as agent:
        idle = await _window(agent.pid, effort)
        await charge(at)
        return idle, await _window(agent.pid, effort)


async def _floor(effort: Effort, folder: Path) -> tuple[Work, Work]:
    return await _polled(IDLE, effort, folder / "idle"), await _polled(CHARGING, effort, folder / "charging")


async def _polled(polling: Polling, effort: Effort, folder: Path) -> Work:
    async with site(folder) as at, program("bare_reader", polling.plan(at.plan.world, at.system.url)) as reader:
        return await _window(reader.pid, effort)


async def _window(pid: int, effort: Effort) -> Work:
    """One window of `effort`, after things have settled for a sixth of it."""
    await asyncio.sleep(effort.window_s / 6)
    before = work(pid)
    await asyncio.sleep(effort.window_s)
    return work(pid).since(before)
