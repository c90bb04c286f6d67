"""What a queue of weeks costs: memory, the boot, the first fact, telling it, the disk, and what is live meanwhile."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import backlog
from benchmarks.central_system import Tally
from benchmarks.child import silent
from benchmarks.commit import commits
from benchmarks.figure import Effort, Figure, at_most, ratio_at_least
from benchmarks.live import Site, site
from benchmarks.measures.replay import LEAST_SHARE, round_trip_of
from benchmarks.process import memory, peak_mb, work, written_bytes
from benchmarks.spread import spread

ORDER = 15
MOST_MB = 6.0
MOST_MS = 100.0
MOST_S_TO_THE_FIRST = 1.0
MOST_ROUND_TRIPS = 2.0
DISTANT_ANSWERS_AFTER_S = 0.05
LIVE_MESSAGES = 20
ALL_IS_LOADED_S = 5.0
"""In its first seconds the agent loads what messages that have not come yet will need: not measured here."""
SETTLED_S = 10.0
COMMITS = 60
LOOKS_EVERY_S = 0.05
TOLD_WITHIN_S = 900.0


@dataclass(frozen=True, slots=True)
class Boot:
    """From the start of the process on: its first word, and the first fact after it was accepted. `rss_mb` settled."""

    boot_ms: float
    rss_mb: float
    peak_mb: float
    first_fact_s: float | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The whole queue, told: the time from the first fact to the last, the process, and its files at their largest.

    `floor_s`: one round trip and one commit.
    """

    seconds: float
    floor_s: float
    cpu_ms: float
    rss_mb: float
    peak_mb: float
    written: int
    log_bytes: int


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    filled = folder / "filled"
    facts = asyncio.run(backlog.fill(filled, effort.backlog_facts))
    rounds = (effort.rounds + 1) // 2
    pairs = [
        asyncio.run(_pair(min(effort.settle_s, SETTLED_S), filled, folder / f"boot-{number}"))
        for number in range(rounds + 1)
    ]
    # The first of each writes the byte code that the others find.
    without, full = [one for one, _ in pairs[1:]], [one for _, one in pairs[1:]]
    yield from _boot_figures(facts, without, full)
    yield _live_figure(asyncio.run(_live(filled, folder / "live")))
    yield from _told_figures(facts, filled, asyncio.run(_told(facts, filled, folder / "told")), without, folder)


def _boot_figures(facts: int, without: Sequence[Boot], full: Sequence[Boot]) -> Iterable[Figure]:
    later_ms = [one.boot_ms - other.boot_ms for one, other in zip(full, without, strict=True)]
    more_mb = [one.rss_mb - other.rss_mb for one, other in zip(full, without, strict=True)]
    first_s = [one.first_fact_s for one in full if one.first_fact_s is not None]
    yield Figure(
        name=f"{facts:,} queued: BootNotification later by",
        value=median(later_ms),
        unit="ms",
        target=at_most(MOST_MS),
        notes=(
            spread(later_ms, "ms"),
            f"{spread([one.boot_ms for one in full], 'ms')} with the queue, in turn with an empty one",
        ),
    )
    yield Figure(
        name="… Accepted → first fact",
        value=max(first_s),
        unit="s",
        target=at_most(MOST_S_TO_THE_FIRST),
        notes=(f"the slowest; {spread(first_s, 's', 2)}; a random wait of up to 1 s is meant (ReplayStartsWithin)",),
    )
    yield Figure(
        name="… RSS more than with none",
        value=median(more_mb),
        unit="MB",
        target=at_most(MOST_MB),
        notes=(spread(more_mb, "MB"), "while the queue is told, at the same time after the boot"),
    )


def _live_figure(waits_s: Sequence[float]) -> Figure:
    trips = [wait_s / DISTANT_ANSWERS_AFTER_S for wait_s in waits_s]
    return Figure(
        name="… a live message meanwhile, slowest",
        value=max(trips),
        unit="round trips",
        target=at_most(MOST_ROUND_TRIPS),
        notes=(f"TriggerMessage → StatusNotification, answers after 50 ms: {spread(trips, 'round trips', 2)}",),
    )


def _told_figures(facts: int, filled: Path, told: Told, without: Sequence[Boot], folder: Path) -> Iterable[Figure]:
    peak_mb = median(one.peak_mb for one in without)
    yield Figure(
        name="… all of it told",
        value=facts / told.seconds,
        unit="facts/s",
        floor=1 / told.floor_s,
        floor_is="1 / (round trip + commit), as for a replay",
        target=ratio_at_least(LEAST_SHARE),
        notes=(
            f"{told.seconds:,.0f} s, each once and in order, to a central system that answers at once",
            f"then {told.rss_mb:.1f} MB; the peak was {told.peak_mb - peak_mb:.1f} MB above that of an empty queue",
        ),
    )
    yield Figure(name="… processor time a fact", value=told.cpu_ms / facts, unit="ms")
    yield Figure(
        name="… written a fact told",
        value=told.written / facts,
        unit="bytes",
        floor=commits(folder, COMMITS).bytes,
        floor_is="one commit of one 512-byte page",
        notes=(
            f"the file holds {_bytes(filled) / facts:.0f} bytes a fact; its log grew to {told.log_bytes / 1e6:.1f} MB",
        ),
    )


async def _pair(settle_s: float, filled: Path, folder: Path) -> tuple[Boot, Boot]:
    return await _boot(None, settle_s, folder / "without"), await _boot(filled, settle_s, folder / "full")


async def _boot(filled: Path | None, settle_s: float, folder: Path) -> Boot:
    async with _site(filled, folder) as at:
        tally = at.system.tally = Tally()
        began = time.monotonic()
        async with silent(*at.command) as process:
            boot = await at.system.next("BootNotification", after=0)
            await asyncio.sleep(settle_s)
            return Boot(
                boot_ms=(boot.at - began) * 1000,
                rss_mb=memory(process.pid).rss_mb,
                peak_mb=peak_mb(process.pid),
                first_fact_s=None if tally.first_at is None else tally.first_at - boot.at,
            )


async def _live(filled: Path, folder: Path) -> list[float]:
    """From an order to its message, at another moment of a round trip each time."""
    async with _site(filled, folder) as at:
        tally = at.system.tally = Tally()
        at.system.delay_s = DISTANT_ANSWERS_AFTER_S
        waits_s = []
        async with silent(*at.command):
            await _until(lambda: tally.first_at is not None)
            await asyncio.sleep(ALL_IS_LOADED_S)
            for number in range(LIVE_MESSAGES):
                await asyncio.sleep(DISTANT_ANSWERS_AFTER_S * (2 + number / LIVE_MESSAGES))
                before = len(at.system.calls)
                began = await at.system.order("TriggerMessage", requestedMessage="StatusNotification", connectorId=1)
                status = await at.system.next("StatusNotification", after=before)
                waits_s.append(status.at - began)
        return waits_s


async def _told(facts: int, filled: Path, folder: Path) -> Told:
    async with _site(filled, folder) as at:
        tally = at.system.tally = Tally()
        log, log_bytes = folder / "state" / "agent.db-wal", 0
        commit_ms = commits(folder, COMMITS).ms
        async with silent(*at.command) as process:
            await _until(lambda: tally.first_at is not None)
            before, wrote = work(process.pid), written_bytes(process.pid)
            async with asyncio.timeout(TOLD_WITHIN_S):
                while tally.counts.total() < facts:
                    await asyncio.sleep(LOOKS_EVERY_S)
                    log_bytes = max(log_bytes, log.stat().st_size)
            used, written = work(process.pid).since(before), written_bytes(process.pid) - wrote
            told = memory(process.pid).rss_mb, peak_mb(process.pid)
        at.system.tally = None
        floor_s = await round_trip_of(at.system.url, tally.sample) + commit_ms / 1000
    if tally.repeated or tally.counts.total() != facts:
        raise ValueError(f"{facts} facts were queued, {tally.counts.total()} told, {tally.repeated} of them again")
    assert tally.first_at is not None
    return Told(tally.last_at - tally.first_at, floor_s, used.cpu_ms, *told, written, log_bytes)


@asynccontextmanager
async def _site(filled: Path | None, folder: Path) -> AsyncIterator[Site]:
    async with site(folder) as at:
        if filled is not None:
            shutil.copytree(filled, folder / "state", dirs_exist_ok=True)
        yield at


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(TOLD_WITHIN_S):
        while not condition():  # noqa: ASYNC110 - as above
            await asyncio.sleep(LOOKS_EVERY_S)


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())
