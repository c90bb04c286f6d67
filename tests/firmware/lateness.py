"""How late the machine itself was while something ran in real time: what a trial shows then is not the firmware's.

Two witnesses: the timers of this process, and how long each of its children waited for a processor, by the kernel.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOOKS_EVERY_S = 0.004


class Lateness:
    """`during_ms`, by number: what came too late in the time of that one alone, all of it."""

    def __init__(self) -> None:
        self.during_ms: dict[int, float] = {}
        self._open: set[int] = set()
        self._waited_ns: dict[str, int] = {}

    @contextmanager
    def during(self, number: int) -> Iterator[None]:
        """The time of `number`."""
        self.during_ms[number] = 0.0
        self._open.add(number)
        try:
            yield
        finally:
            self._open.discard(number)

    async def watch(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LOOKS_EVERY_S
            await asyncio.sleep(LOOKS_EVERY_S)
            late_ms = max((loop.time() - due) * 1000, self._children_waited_ms())
            for number in self._open:
                self.during_ms[number] += late_ms

    def _children_waited_ms(self) -> float:
        waited_ns = {child: waited for child in _children() if (waited := _waited_ns(child)) is not None}
        longest_ns = max((now - self._waited_ns.get(child, now) for child, now in waited_ns.items()), default=0)
        self._waited_ns = waited_ns
        return longest_ns / 1e6


def _children() -> list[str]:
    """Nobody, where the kernel does not tell."""
    with suppress(OSError):
        return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return []


def _waited_ns(child: str) -> int | None:
    """None for one that is gone."""
    with suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{child}/schedstat").read_text().split()[1])
    return None
