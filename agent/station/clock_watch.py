"""Notices that the wall clock was set while the program runs: what rests on it is found anew, and a log says so.

Time servers move a clock that is a little wrong by its pace; one that is very wrong they set, and so does a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from agent.security.events import SecurityEvent
from agent.station.station import Station

LOOKS_EVERY_S = 5.0
SET_FROM_S = 10.0
"""Less than this is a correction that nobody needs to hear of."""


async def watch_clock(station: Station, *when_set: Callable[[], None]) -> None:
    """Look for ever; `when_set` are those to whom the time of day matters."""
    before = station.clock.now()
    while True:
        await asyncio.sleep(LOOKS_EVERY_S)
        now = station.clock.now()
        by_s = now.wall_clock_set_by_s(before)
        is_set = abs(by_s) >= SET_FROM_S
        if is_set:
            station.tell("clock.set", by_s=round(by_s, 1))
            station.note_security(
                SecurityEvent.SETTING_SYSTEM_TIME, f"the clock of the controller was set by {by_s:+.0f} s"
            )
        if is_set or (before.utc_ms is None and now.utc_ms is not None):
            for tell in when_set:
                tell()
        before = now
