"""A connector's inbox: events in order, and the wait for the next one or for the core's wake time."""

from __future__ import annotations

import asyncio
from collections import deque

from agent.core.session.events import SessionEvent, Tick

LONGEST = 1000
"""A flood must not eat the memory. Ordinary events come a few a second and the watchdog ends a stuck connector long
before so many wait; beyond this the newest one is dropped, whatever it is, and told as `report.dropped`."""


class Inbox:
    """Single reader, many writers, all in one loop."""

    def __init__(self) -> None:
        self._events: deque[SessionEvent] = deque()
        self._arrived = asyncio.Event()
        self._dropped = 0

    def post(self, event: SessionEvent) -> None:
        """Append an event."""
        if len(self._events) >= LONGEST:
            self._dropped += 1
            return
        self._events.append(event)
        self._arrived.set()

    def post_first(self, event: SessionEvent) -> None:
        """Put an event in front of all that wait: the outcome of what was just done is older than they are."""
        self._events.appendleft(event)
        self._arrived.set()

    def take_dropped(self) -> int:
        """How many events were dropped since the last call."""
        dropped, self._dropped = self._dropped, 0
        return dropped

    async def next_event(self, wake_at: float | None) -> SessionEvent:
        """The next event, or Tick once the loop's time reaches `wake_at`."""
        if self._events:
            return self._events.popleft()
        loop = asyncio.get_running_loop()
        self._arrived.clear()
        timer = None if wake_at is None else loop.call_at(max(wake_at, loop.time()), self._arrived.set)
        try:
            await self._arrived.wait()
        finally:
            if timer is not None:
                timer.cancel()
        return self._events.popleft() if self._events else Tick()
