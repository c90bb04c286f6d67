"""A present value, and everybody who waits for its next change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

T = TypeVar("T")
State = TypeVar("State")
Told = TypeVar("Told")


class Level(Generic[T]):
    """Who follows it gets the value of now, then each one that differs. A slow follower misses what lay between."""

    def __init__(self, value: T) -> None:
        self.value = value
        """Changed by `set` only."""
        self._waiters: list[asyncio.Future[None]] = []

    def set(self, value: T) -> None:
        """Tell the followers, unless it is the value of before."""
        if value == self.value:
            return
        self.value = value
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def follow(self) -> AsyncIterator[T]:
        """Every value from now on, for ever."""
        return _Follower(self)

    async def change(self) -> None:
        """Until the next `set` of another value."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)


class _Follower(AsyncIterator[T]):
    """Not a generator: there is nothing to finish when its reader goes away."""

    def __init__(self, level: Level[T]) -> None:
        self._level = level
        self._told: list[T] = []

    async def __anext__(self) -> T:
        while [self._level.value] == self._told:
            await self._level.change()
        self._told = [self._level.value]
        return self._level.value


async def changes(
    level: Level[T], present: Callable[[T], State | None], part: Callable[[State], Told]
) -> AsyncIterator[Told]:
    """A part of what is there, each time it is another than before.

    `present` makes of a value what is there, None for nothing yet; what it raises ends the iteration.
    """
    told: list[Told] = []
    async for value in level.follow():
        state = present(value)
        if state is not None and [part(state)] != told:
            told = [part(state)]
            yield told[0]
