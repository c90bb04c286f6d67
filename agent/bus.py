"""News for everybody who listens: journal, watch, telemetry. Never commands, never state."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from agent.core.identity import ConnectorId
from agent.core.time import Instant
from agent.values import frozen

QUEUE_LENGTH = 512


@frozen(kw_only=True)
class News:
    """One thing that happened. `name` is `<subject>.<past participle>`; the fields' names carry their units."""

    name: str
    at: Instant
    connector: ConnectorId | None = None
    fields: tuple[tuple[str, str | int | float | bool | None], ...] = ()


class Reader:
    """One listener's bounded queue. A slow listener loses its own oldest items, and `lost` counts them."""

    def __init__(self, length: int) -> None:
        self._items: deque[News] = deque(maxlen=length)
        self._arrived = asyncio.Event()
        self.lost = 0

    def put(self, news: News) -> None:
        """Append; drops the oldest when full."""
        self.lost += len(self._items) == self._items.maxlen
        self._items.append(news)
        self._arrived.set()

    async def arrived(self) -> None:
        """Wait until something is there to drain."""
        await self._arrived.wait()

    def drain(self) -> list[News]:
        """Everything that waits, without waiting."""
        items = list(self._items)
        self._items.clear()
        self._arrived.clear()
        return items

    async def __aiter__(self) -> AsyncIterator[News]:
        while True:
            await self._arrived.wait()
            for news in self.drain():
                yield news


class Bus:
    """Typed fan-out. Telling never waits and never fails."""

    def __init__(self) -> None:
        self._readers: list[Reader] = []

    def tell(self, news: News) -> None:
        """Hand `news` to every listener."""
        for reader in self._readers:
            reader.put(news)

    def listener(self, length: int = QUEUE_LENGTH) -> Reader:
        """One for as long as the program runs; it hears what is told from now on."""
        reader = Reader(length)
        self._readers.append(reader)
        return reader

    @contextmanager
    def reader(self, length: int = QUEUE_LENGTH) -> Iterator[Reader]:
        """A listener for as long as the block runs; it hears what is told from now on."""
        reader = Reader(length)
        self._readers.append(reader)
        try:
            yield reader
        finally:
            self._readers.remove(reader)
