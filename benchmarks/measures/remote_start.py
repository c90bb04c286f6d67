"""From RemoteStartTransaction to StartTransaction on the wire; between them the start is durably recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from benchmarks.child import result_of
from benchmarks.commit import commits
from benchmarks.figure import Effort, Figure, at_most
from benchmarks.live import CARD, Site, running_agent, site
from benchmarks.spread import spread

ORDER = 8
COMMITS = 30
"""After each trial: a disk has good and bad minutes."""
ROUND_TRIPS = 200
MOST_MS_BESIDE_COMMITS = 3.0
NEVER_READY_S = 3600.0
"""The car asks for no power, so the contactor stays open: the board limits how often it closes."""
METER_CYCLES_S = 2.5
"""With the plug in, the meter is read each second: from then on there is a fresh register to start with."""


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    took_ms, commits_ms, round_trip_ms = asyncio.run(_measure(effort.trials, folder / "real"))
    commit_ms = median(commits_ms)
    yield Figure(
        name="remote start → StartTransaction",
        value=median(took_ms),
        unit="ms",
        floor=round_trip_ms + commit_ms,
        floor_is=f"one round trip ({round_trip_ms:.2f} ms) and one commit ({commit_ms:.2f} ms)",
        target=at_most(
            MOST_MS_BESIDE_COMMITS + 2 * commit_ms, why=f"{MOST_MS_BESIDE_COMMITS:g} ms + two commits of this run"
        ),
        notes=(spread(took_ms, "ms"),),
    )


async def _measure(trials: int, folder: Path) -> tuple[list[float], list[float], float]:
    took_ms, commits_ms = [], []
    async with site(folder) as at, running_agent(at):
        for _ in range(trials):
            took_ms.append(await _trial(at))
            commits_ms.append(commits(folder, COMMITS).ms)
        round_trips_s = await result_of("echo", at.system.url, str(ROUND_TRIPS))
    return took_ms, commits_ms, median(round_trips_s) * 1000


async def _trial(at: Site) -> float:
    system, before = at.system, len(at.system.calls)
    await at.ask_world.ask("plug_in", connector=1, ready_delay_s=NEVER_READY_S)
    await system.next("StatusNotification", after=before, connectorId=1, status="Preparing")
    await asyncio.sleep(METER_CYCLES_S)
    ordered = await system.order("RemoteStartTransaction", idTag=CARD[:20], connectorId=1)
    started = await system.next("StartTransaction", after=before)
    await at.ask_world.ask("plug_out", connector=1)
    await system.next("StatusNotification", after=before, connectorId=1, status="Available")
    return (started.at - ordered) * 1000
