"""Answers that are watched as they come: one for each key, and the newest counts. Whoever has left holds no place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.control.remote.conversation import Tell

STREAM = "live"
"""The verb that is only watched: it changes nothing, and what was missed of it nobody wants."""
MOST = 8
"""Keys that watch at once, and streams that another has ended and that have not noticed yet."""


class Streams:
    """Known by the ids of their orders."""

    def __init__(self) -> None:
        self._newest: dict[str, str] = {}
        self._running: set[str] = set()

    @property
    def has_room(self) -> bool:
        return len(self._running) < MOST

    def __contains__(self, id: str) -> bool:
        return id in self._running

    def begin(self, key: str, id: str) -> None:
        """The one before of this key ends with its next word."""
        self._newest[key] = id
        self._running.add(id)

    def end(self, key: str, id: str) -> None:
        self._running.discard(id)
        if self._newest.get(key) == id:
            del self._newest[key]

    def told(self, key: str, id: str, tell: Tell) -> Tell:
        """`tell`; of a stream, as long as it is the newest of its key, and it raises ConnectionError after that."""

        async def told(body: Mapping[str, Any]) -> None:
            if id in self._running and self._newest.get(key) != id:
                raise ConnectionError(f"this {STREAM} ended, because the same key began another one")
            await tell(body)

        return told
