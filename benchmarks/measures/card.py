"""From a card to the closed contactor, with a central system that answers at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from benchmarks import simulated
from benchmarks.child import result_of
from benchmarks.commit import commits
from benchmarks.figure import Effort, Figure
from benchmarks.live import CARD, Site, running_agent, site
from benchmarks.spread import spread
from firmware_sim import virtual_loop

ORDER = 7
COMMITS = 200
ROUND_TRIPS = 200
DRAW_DELAY_S = 1.0
MOST_TRIALS = 9
"""The board closes ten times in ten minutes and no more."""
RESTS_S = 5.5
"""The board keeps its contactor open for 5 s after its own start and each opening; that is none of the card's time."""


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    trials = min(effort.trials, MOST_TRIALS)
    (folder / "virtual").mkdir()
    waits_ms = virtual_loop.run(_in_virtual_time(trials, folder / "virtual"))
    took_ms, round_trip_ms = asyncio.run(_in_real_time(trials, folder / "real"))
    commit_ms = commits(folder, COMMITS).ms
    yield Figure(
        name="card → contactor closed",
        value=median(took_ms),
        unit="ms",
        floor=median(waits_ms) + round_trip_ms + 2 * commit_ms,
        floor_is=(
            f"the waits of car and board, {median(waits_ms):.1f} ms by the virtual clock where software takes no time, "
            f"one round trip ({round_trip_ms:.2f} ms) and two commits ({commit_ms:.2f} ms each)"
        ),
        notes=(spread(took_ms, "ms"), f"the car waits {simulated.READY_DELAY_S * 1000:.0f} ms of it"),
    )


async def _in_virtual_time(trials: int, folder: Path) -> list[float]:
    took_ms = []
    async with simulated.charger(folder) as stage:
        for _ in range(trials):
            await simulated.plug_in(stage)
            took_ms.append(await simulated.show_card(stage) * 1000)
            await simulated.leave(stage)
    return took_ms


async def _in_real_time(trials: int, folder: Path) -> tuple[list[float], float]:
    async with site(folder) as at, running_agent(at):
        took_ms = [await _rested_trial(at) for _ in range(trials)]
        round_trips_s = await result_of("echo", at.system.url, str(ROUND_TRIPS))
    return took_ms, median(round_trips_s) * 1000


async def _rested_trial(at: Site) -> float:
    await asyncio.sleep(RESTS_S)
    return await _trial(at)


async def _trial(at: Site) -> float:
    before = len(at.system.calls)
    await at.ask_world.ask("plug_in", connector=1, ready_delay_s=simulated.READY_DELAY_S, draw_delay_s=DRAW_DELAY_S)
    await at.system.next("StatusNotification", after=before, connectorId=1, status="Preparing")
    began = time.monotonic()
    await at.ask_world.ask("swipe", token=CARD)
    await at.ask_world.ask("wait", connector=1, until="closed", timeout_s=30)
    took_ms = (time.monotonic() - began) * 1000
    await at.ask_world.ask("plug_out", connector=1)
    await at.system.next("StatusNotification", after=before, connectorId=1, status="Available")
    return took_ms
