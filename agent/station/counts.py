"""What is counted from the program's start on, for Prometheus: none of it is on record as a number that only rises.

The journal, the outages and the attempts on record lose their oldest rows, so that a sum over them would fall one day;
whoever computes increases would take that for a new start, and count everything once more. These begin at 0 with each
start, which such a reader knows how to take.
"""

from __future__ import annotations

from collections import Counter

from agent.bus import Bus, News
from agent.core.exposition.histogram import Histogram
from agent.core.visits.model import Outcome

Port = int | None
LAG_BOUNDS_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
START_BOUNDS_S = (5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 300.0)
RESULTS = (Outcome.SUCCESS, Outcome.FAILED, Outcome.EXCLUDED)


class Counts:
    """One object a run; it hears what is told from its making on."""

    def __init__(self, bus: Bus) -> None:
        self._heard = bus.listener()
        self.faults: Counter[tuple[Port, str]] = Counter()
        """By port and id."""
        self.sessions: Counter[tuple[Port, Outcome]] = Counter()
        """Attempts that are over, by port and one of RESULTS."""
        self.outages_s: dict[tuple[Port, str, bool], float] = {}
        """Of outages that ended, by port, class of the cause, and whether it does not count for uptime."""
        self.starts = Histogram(START_BOUNDS_S)
        self.lag = Histogram(LAG_BOUNDS_S)

    async def run(self) -> None:
        """Count, for ever."""
        async for news in self._heard:
            self._count(news)

    def _count(self, news: News) -> None:
        port = None if news.connector is None else int(news.connector)
        fields = dict(news.fields)
        match news.name:
            case "fault.raised":
                self.faults[port, str(fields.get("id"))] += 1
            case "session.recorded":
                self.sessions[port, _result(fields.get("start"), fields.get("end"))] += 1
                if isinstance(seconds := fields.get("charge_start_s"), int | float):
                    self.starts.observe(seconds)
            case "outage.ended":
                self._outage(port, fields.get("class"), fields.get("lasted_s"), fields.get("excluded_s"))
            case _:
                pass

    def _outage(self, port: Port, of: object, lasted_s: object, excluded_s: object) -> None:
        if not isinstance(lasted_s, int | float):
            return  # Over a restart without a clock nobody knows how long.
        out_s = float(excluded_s) if isinstance(excluded_s, int | float) else 0.0
        for is_excluded, seconds in ((True, out_s), (False, max(0.0, lasted_s - out_s))):
            key = port, str(of), is_excluded
            self.outages_s[key] = self.outages_s.get(key, 0.0) + seconds


def _result(start: object, end: object) -> Outcome:
    if start == Outcome.EXCLUDED.value:
        return Outcome.EXCLUDED
    return Outcome.SUCCESS if start == end == Outcome.SUCCESS.value else Outcome.FAILED
