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
    can_be_placed,
    connector_limit,
    for_connector,
    for_station,
    station_limit,
)
from agent.core.schedule.timeline import Line, Said, Turns, Window, joined, painted, strictest, together
from agent.values import frozen

MOST_S = 86_400
"""The longest window; whoever asks for more is told of so much."""
MOST_PERIODS = 1000
"""A schedule with more is told up to there: what it costs to write an answer is bounded like everything else."""


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


@frozen(kw_only=True)
class ComposedPeriod:
    """From `start_s` after the beginning on, `current_a` amperes on each of so many phases.

    `profile_id` is the profile that says so; None: something else limits more.
    """

    start_s: int
    current_a: float
    phases: int
    profile_id: int | None


@frozen(kw_only=True)
class CompositeSchedule:
    """`start_ms` is UTC milliseconds; None while the clock is not trusted: one period then, of the strictest limit."""

    start_ms: int | None
    duration_s: int
    periods: tuple[ComposedPeriod, ...]


def line_of(circumstances: Circumstances, connector: ConnectorId | None, window: Window) -> Turns[Line]:
    """What may be drawn over the window; `connector` None is the station: all connectors together."""
    chosen = circumstances.connectors if connector is None else (connector,)
    lines = []
    for one in chosen:
        lines.append((yield from _own_line(circumstances, one, window)))
    own = (yield from joined(lines, together)) if len(lines) > 1 else lines[0]
    station = yield from painted(for_station(circumstances.profiles), None, window, circumstances.supply_phases)
    supply: Line = [(window[0], (circumstances.supply_a, circumstances.supply_phases, None))]
    return (yield from joined([supply, own, station], strictest))


def _own_line(circumstances: Circumstances, connector: ConnectorId, window: Window) -> Turns[Line]:
    standing, phases = circumstances.connectors[connector], circumstances.supply_phases
    running = standing.running
    concerned = for_connector(circumstances.profiles, connector, running)
    if can_be_placed(concerned, running):
        started_ms = running.started_ms if running is not None else None
        line = yield from painted(concerned, started_ms, window, phases)
    else:
        line = [(window[0], _blind(circumstances, connector))]
    rest: Line = [(window[0], (standing.current_a, phases, None))]
    return (yield from joined([rest, line], strictest))


def _blind(circumstances: Circumstances, connector: ConnectorId | None) -> Said:
    """What the profiles leave while nobody knows which of their periods it is."""
    profiles, phases = circumstances.profiles, circumstances.supply_phases
    if connector is None:
        limit = station_limit(profiles, None, supply_phases=phases)
    else:
        running = circumstances.connectors[connector].running
        limit = connector_limit(profiles, connector, running, None, supply_phases=phases)
    return math.inf if limit.current_a is None else limit.current_a, phases, limit.profile_id


def without_time(circumstances: Circumstances, connector: ConnectorId | None, duration_s: int) -> CompositeSchedule:
    """While the clock is not trusted: one period, of the strictest that may hold."""
    chosen = circumstances.connectors if connector is None else (connector,)
    phases = circumstances.supply_phases
    own = [
        strictest([(circumstances.connectors[one].current_a, phases, None), _blind(circumstances, one)])
        for one in chosen
    ]
    supply = (circumstances.supply_a, phases, None)
    current_a, over, profile_id = strictest([supply, together(own), _blind(circumstances, None)])
    period = _period((0, (current_a, over, profile_id)))
    return CompositeSchedule(start_ms=None, duration_s=duration_s, periods=(period,))


def cut(line: Line, from_ms: int, duration_s: int) -> CompositeSchedule:
    """The schedule of a window that lies in the line's: what is equal to its neighbour is one, up to MOST_PERIODS."""
    place = bisect_right(line, from_ms, key=itemgetter(0)) - 1
    told: Line = []
    for at_ms, said in islice(line, place, None):
        start_s = max(0, at_ms - from_ms) // 1000
        if start_s >= duration_s:
            break
        if told and told[-1][0] == start_s:
            told.pop()  # Two changes within a second: what holds at its end counts.
        if told and told[-1][1] == said:
            continue
        if len(told) == MOST_PERIODS:
            duration_s = start_s
            break
        told.append((start_s, said))
    return CompositeSchedule(start_ms=from_ms, duration_s=duration_s, periods=tuple(map(_period, told)))


def _period(told: tuple[int, Said]) -> ComposedPeriod:
    start_s, (current_a, phases, profile_id) = told
    return ComposedPeriod(start_s=start_s, current_a=current_a, phases=phases, profile_id=profile_id)
