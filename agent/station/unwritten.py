"""Words that the disk refused, kept in memory and written when it takes them again.

For an end of something whose begin is on record: without it that would last on record until the next start.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable

from agent.errors import StoreError
from agent.station.station import Station

Write = Callable[[], Awaitable[None]]
AGAIN_EVERY_S = 300.0
"""A disk that stalled is back by then; a full one is seldom made room on within minutes."""
KEPT_AT_MOST = 256
"""The oldest go: a fault that comes and goes while the disk is full must not fill the memory."""


class Unwritten:
    """One object a run. Everything happens in deeds of the station, one after the other."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._refused: dict[Hashable, Write] = {}
        self._tried_s = station.clock.now().monotonic_s

    def do(self, name: str, key: Hashable, write: Write) -> None:
        """Have it written soon; `key` is what it tells of: a later word replaces one that was refused."""
        self._station.deeds.do(name, lambda: self._write(key, write))

    def look(self) -> None:
        """Now and then: whether there is something to write again."""
        now_s = self._station.clock.now().monotonic_s
        if self._refused and now_s - self._tried_s >= AGAIN_EVERY_S:
            self._tried_s = now_s
            self._station.deeds.do("what the disk refused", self._again)

    async def _again(self) -> None:
        for key, write in tuple(self._refused.items()):
            await self._write(key, write)

    async def _write(self, key: Hashable, write: Write) -> None:
        self._refused.pop(key, None)
        try:
            await write()
        except StoreError:
            while len(self._refused) >= KEPT_AT_MOST:
                del self._refused[next(iter(self._refused))]
            self._refused[key] = write
            raise
