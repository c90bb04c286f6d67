"""The composite schedule: what a connector, or the whole station, may draw from now on (ocpp16.md section 9).

Counted in are the profiles and what else is known to limit, taken to stay as it is: hardware, breakers, cable, heat.
Not counted in is how several connectors share the supply, which changes with the cars: the supply itself is.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from itertools import islice
from operator import itemgetter

from agent.core.identity import ConnectorId
from agent.core.schedule.compose import (
    Profiles,
    RunningCharge,
    ScheduledLimit,
    can_be_placed,
    connector_limit,
    for_connector,
    for_station,
    station_limit,
)
from agent.core.schedule.timeline import PIECES_A_TURN, Line, Said, Turns, Window, lowest, painted, together
from agent.values import frozen

MOST_S = 86_400
"""The longest window; whoever asks for more is told of so much."""
MOST_PERIODS = 2500
"""A schedule with more is told up to there: what it costs to write an answer is bounded like everything else."""

NO_TIME: Window = (0, 0)


@frozen(kw_only=True)
class Standing:
    """What limits one connector beside the profiles, and its charge, if any. `current_a` in amperes a phase."""

    current_a: float
    running: RunningCharge | None = None


@frozen(kw_only=True)
class Circumstances:
    """Everything a composite schedule is made of; equal ones give equal lines. `supply_a`: what all have together."""

    profiles: Profiles
    connectors: Mapping[ConnectorId, Standing]
    supply_a: float
    supply_phases: int = 3


@frozen
class ComposedPeriod:
    """From `start_s` after the beginning on, `current_a` amperes on each of so many phases.

    `profile_id` is the profile that says so; None: something else limits more.
    """

    start_s: int
    current_a: float
    phases: int
    profile_id: int | None

    @property
    def said(self) -> Said:
        return self.current_a, self.phases, self.profile_id


@frozen(kw_only=True)
class CompositeSchedule:
    """`start_ms` is UTC milliseconds; None while the clock is not trusted: one period then, of the strictest limit."""

    start_ms: int | None
    duration_s: int
    periods: tuple[ComposedPeriod, ...]


def line_of(circumstances: Circumstances, connector: ConnectorId | None, window: Window) -> Turns[Line]:
    """What may be drawn over the window; `connector` None is the station: all connectors together.

    NO_TIME is the window of a clock that is not trusted: a line of one piece, the strictest that may hold.
    """
    phases = circumstances.supply_phases
    bound: Said = circumstances.supply_a, phases, None
    if connector is None and len(circumstances.connectors) > 1:
        own = yield from _sum_line(circumstances, window)
    else:
        connector = next(iter(circumstances.connectors)) if connector is None else connector
        own = yield from _own_line(circumstances, connector, window)
        bound = min(bound[0], circumstances.connectors[connector].current_a), phases, None
    if window == NO_TIME:
        station = [(0, _said(station_limit(circumstances.profiles, None, supply_phases=phases), phases))]
    else:
        station = yield from painted(for_station(circumstances.profiles), None, window, phases)
    return (yield from lowest(own, station, bound))


def _sum_line(circumstances: Circumstances, window: Window) -> Turns[Line]:
    lines = []
    for connector, standing in circumstances.connectors.items():
        own = yield from _own_line(circumstances, connector, window)
        bound = standing.current_a, circumstances.supply_phases, None
        lines.append((yield from lowest(own, own, bound)))
    return (yield from together(lines))


def _own_line(circumstances: Circumstances, connector: ConnectorId, window: Window) -> Turns[Line]:
    """What the connector's own profiles leave."""
    profiles, phases = circumstances.profiles, circumstances.supply_phases
    running = circumstances.connectors[connector].running
    concerned = for_connector(profiles, connector, running)
    if window == NO_TIME or not can_be_placed(concerned, running):
        limit = connector_limit(profiles, connector, running, None, supply_phases=phases)
        return [(window[0], _said(limit, phases))]
    started_ms = running.started_ms if running is not None else None
    return (yield from painted(concerned, started_ms, window, phases))


def _said(limit: ScheduledLimit, phases: int) -> Said:
    return math.inf if limit.current_a is None else limit.current_a, phases, limit.profile_id


def cut(line: Line, from_ms: int | None, duration_s: int) -> Turns[CompositeSchedule]:
    """The schedule of a window that lies in the line's: what is equal to its neighbour is one, up to MOST_PERIODS.

    `from_ms` None is that of a clock which is not trusted, and of a line of no time.
    """
    began_ms = from_ms or 0
    place = bisect_right(line, began_ms, key=itemgetter(0)) - 1
    told: list[ComposedPeriod] = []
    before: Said | None = None
    for number, (at_ms, said) in enumerate(islice(line, place, None), 1):
        if number % PIECES_A_TURN == 0:
            yield
        start_s = (at_ms - began_ms) // 1000 if at_ms > began_ms else 0
        if start_s >= duration_s:
            break
        if told and told[-1].start_s == start_s:
            told.pop()  # Two changes within a second: what holds at its end counts.
            before = told[-1].said if told else None
        if said == before:
            continue
        if len(told) == MOST_PERIODS:
            duration_s = start_s
            break
        before = said
        told.append(ComposedPeriod(start_s, *said))
    return CompositeSchedule(start_ms=from_ms, duration_s=duration_s, periods=tuple(told))
