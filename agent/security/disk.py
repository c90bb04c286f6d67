"""Where work on private files is done: in a thread of its own, since a card may stall for seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Disk:
    """One thread, made when it is first needed; what is handed to it is done in that order."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    async def do(self, work: Callable[[], T]) -> T:
        """Run `work` there. Raises what it raises."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, "certificates")
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """What runs is finished, what waits is dropped; the next work makes another thread."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)
