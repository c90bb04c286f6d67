"""The runs of the program, this one's memory from hour to hour, and what comes and goes: the past of a verdict."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from agent.bus import News
from agent.core.crash_loop import CrashLoop, crash_loop
from agent.core.health.trend import slope_per_day
from agent.core.runs import ToldRun, told
from agent.core.time import Instant
from agent.errors import StoreError
from agent.host.process import ROOT, resident_kb
from agent.station.station import Station

if TYPE_CHECKING:
    from agent.core.health.model import Flap

log = logging.getLogger(__name__)

SAMPLES_EVERY_S = 3600.0
FIRST_SAMPLE_AFTER_S = 600.0
"""What a start takes for a moment is no memory that is kept."""
SAMPLES_KEPT = 25
"""A day of hours, both ends."""
RUNS_TOLD = 10
FLAPS_WITHIN_S = 3600.0
COMINGS_KEPT = 500
"""Within an hour; more of them change no verdict."""
COMINGS = {"meter.lost": "meter", "ocpp.disconnected": "link", "sensor.lost": "sensor", "board.restarted": "board"}
"""What is told when something goes that should be there, and what it is called; faults by their id."""


class Life:
    """One object a run. `runs` is what was on record when it was looked at last, the newest first."""

    def __init__(self, station: Station, root: Path = ROOT) -> None:
        self._station, self._root = station, root
        self._memory_kb: deque[tuple[float, float]] = deque(maxlen=SAMPLES_KEPT)
        self._comings: deque[tuple[float, int | None, str]] = deque(maxlen=COMINGS_KEPT)
        self.clock_set: tuple[Instant, float] | None = None
        """When the wall clock was set last in this run, and by how many seconds."""
        self.runs: tuple[ToldRun, ...] = ()

    async def look(self) -> None:
        """Read the runs anew."""
        try:
            runs = await self._station.store.upkeep.runs.newest(RUNS_TOLD + 1)
        except StoreError as error:
            log.warning("runs could not be read", extra={"error": str(error)})
        else:
            told_of = told([run for run, _ in runs], [began for _, began in runs])
            self.runs = tuple(told_of)[:RUNS_TOLD]

    async def watch_memory(self) -> None:
        """A sample each hour, in memory alone, for ever."""
        await asyncio.sleep(FIRST_SAMPLE_AFTER_S)
        while True:
            now_s, held_kb = self._station.clock.now().monotonic_s, resident_kb(self._root)
            if held_kb is not None:
                self._memory_kb.append((now_s, float(held_kb)))
            await asyncio.sleep(SAMPLES_EVERY_S)

    async def listen(self) -> None:
        """To the bus, for ever."""
        with self._station.bus.reader() as reader:
            async for news in reader:
                self._hear(news)

    # What is told of it.

    def memory_trend_kb_per_day(self) -> int | None:
        """Over the last day; None before there are hours enough."""
        slope = slope_per_day(tuple(self._memory_kb))
        return None if slope is None else round(slope)

    def crash_loop(self) -> CrashLoop | None:
        """Of the runs that were looked at."""
        return crash_loop(self.runs, self._station.clock.now())

    def flaps(self) -> tuple[Flap, ...]:
        """How often each thing went within the last hour; of those that went more than once."""
        from agent.core.health.model import Flap

        counts: dict[tuple[int | None, str], int] = {}
        for port, what in self._recent():
            counts[port, what] = counts.get((port, what), 0) + 1
        return tuple(Flap(port=port, what=what, count=count) for (port, what), count in counts.items() if count > 1)

    def _recent(self) -> Iterator[tuple[int | None, str]]:
        now_s = self._station.clock.now().monotonic_s
        return ((port, what) for at_s, port, what in self._comings if now_s - at_s <= FLAPS_WITHIN_S)

    def _hear(self, news: News) -> None:
        fields = dict(news.fields)
        if news.name == "clock.set":
            self.clock_set = news.at, float(fields.get("by_s") or 0.0)
        what = f"fault {fields.get('id')}" if news.name == "fault.raised" else COMINGS.get(news.name)
        if what is not None:
            port = None if news.connector is None else int(news.connector)
            self._comings.append((news.at.monotonic_s, port, what))
