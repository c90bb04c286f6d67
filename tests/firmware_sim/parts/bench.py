"""A part on the virtual clock, and when it said that something changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from firmware_sim.timeline import US_PER_S, Timeline
from firmware_sim.virtual_loop import run

T = TypeVar("T")


class Watched:
    """`timeline` for the part; `changed` to hand to it."""

    def __init__(self) -> None:
        self.timeline = Timeline(asyncio.get_running_loop())
        self.changes_s: list[float] = []

    def changed(self) -> None:
        self.changes_s.append(self.now_s())

    def now_s(self) -> float:
        return self.timeline.now_us() / US_PER_S


def on_bench(story: Callable[[Watched], Awaitable[T]]) -> T:
    async def main() -> T:
        return await story(Watched())

    return run(main())
