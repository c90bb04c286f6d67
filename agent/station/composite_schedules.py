"""What may be drawn from now on, for whoever asks: worked out in turns with everything else, once for all askers."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from agent.core.identity import ConnectorId
from agent.core.limits import LimitSource
from agent.core.schedule.composite import (
    MOST_S,
    NO_TIME,
    Circumstances,
    CompositeSchedule,
    Standing,
    cut,
    line_of,
)
from agent.core.schedule.timeline import Line, Turns
from agent.core.session.model import Session
from agent.core.time import Instant
from agent.station.current_limits import running_charge
from agent.station.station import Station
from agent.values import frozen

SPARE_S = 3600
"""A line is drawn so much longer than it was asked for, so that whoever asks again within that time has it at once."""
CHANGING = frozenset({LimitSource.SUPPLY, LimitSource.CHARGE_POINT_MAX, LimitSource.NETWORK})
"""Limits that the composer works out itself; all others are taken to stay as they are."""

T = TypeVar("T")


@frozen
class _Drawn:
    """A line and what it was drawn from."""

    circumstances: Circumstances
    from_ms: int
    until_ms: int
    line: Line

    def serves(self, circumstances: Circumstances, from_ms: int, until_ms: int) -> bool:
        """Whether it is the line that would be drawn for this. The profiles are the very ones, not only equal ones."""
        return (
            self.from_ms <= from_ms
            and until_ms <= self.until_ms
            and self.circumstances.profiles is circumstances.profiles
            and self.circumstances == circumstances
        )


class CompositeSchedules:
    """One object a run; keeps the last line of each connector and of the station."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._drawn: dict[ConnectorId | None, _Drawn] = {}

    async def of(self, connector: ConnectorId | None, duration_s: int) -> CompositeSchedule:
        """What `connector`, or (None) the whole station, may draw in the next `duration_s` seconds, MOST_S at most."""
        now, duration_s = self._station.clock.now(), min(duration_s, MOST_S)
        circumstances = self._circumstances(now)
        if now.utc_ms is None:
            line = await in_turns(line_of(circumstances, connector, NO_TIME))
            return await in_turns(cut(line, None, duration_s))
        drawn = self._drawn.get(connector)
        until_ms = now.utc_ms + duration_s * 1000
        if drawn is None or not drawn.serves(circumstances, now.utc_ms, until_ms):
            window = (now.utc_ms, until_ms + SPARE_S * 1000)
            line = await in_turns(line_of(circumstances, connector, window))
            self._drawn[connector] = drawn = _Drawn(circumstances, *window, line)
        return await in_turns(cut(drawn.line, now.utc_ms, duration_s))

    def _circumstances(self, now: Instant) -> Circumstances:
        config = self._station.config
        return Circumstances(
            profiles=self._station.store.profiles.all(),
            connectors={session.connector: _standing(session, now) for session in self._station.sessions()},
            supply_a=config.site.supply_current_a,
            supply_phases=config.phases,
        )


def _standing(session: Session, now: Instant) -> Standing:
    lasting = [entry.current_a for entry in session.limits.entries if entry.source not in CHANGING]
    return Standing(current_a=min(lasting, default=0.0), running=running_charge(session, now))


async def in_turns(work: Turns[T]) -> T:
    """Its result, with everybody else's turn at each of its pauses."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result
        await asyncio.sleep(0)
