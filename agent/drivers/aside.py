"""Reading what the kernel may take its time for: beside the loop, one at a time, within a bound.

A sensor's file blocks in the kernel while the sensor measures, and nothing can call such a read back. Each one runs in
a thread of its own; one that never ends is left behind, no second one is begun while it is there, and the end of the
program does not wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from threading import Thread
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


class StillBusy(Exception):
    """What was begun earlier, and took too long, has not ended yet."""


class Aside:
    """One owner, one thing at a time. Under a loop that knows no threads (virtual time) the work is done at once."""

    def __init__(self) -> None:
        self._threads = _OneDaemonEach()

    async def call(self, work: Callable[[], T], within_s: float) -> T:
        """What `work` returns or raises. Raises TimeoutError after `within_s`, and StillBusy."""
        if self._threads.is_busy:
            raise StillBusy
        async with asyncio.timeout(within_s):
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def call_next(self, work: Callable[[], T], within_s: float) -> T:
        """The same, but what was begun earlier is waited for first. Raises TimeoutError after `within_s` for both."""
        async with asyncio.timeout(within_s):
            await self._threads.rest()
            return await self.call(work, within_s)


class _OneDaemonEach(Executor):
    """Threads of a pool are waited for at the end of the program; a daemon is not."""

    def __init__(self) -> None:
        self._last: Future[Any] | None = None

    @property
    def is_busy(self) -> bool:
        return self._last is not None and not self._last.done()

    async def rest(self) -> None:
        """Until what was begun last has ended, in whatever way. Whoever waits no longer leaves it to itself."""
        if self._last is not None:
            await asyncio.gather(asyncio.wrap_future(self._last), return_exceptions=True)

    def submit(self, work: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        self._last = future
        Thread(target=_do, args=(partial(work, *args, **kwargs), future), name="aside", daemon=True).start()
        return future


def _do(work: Callable[[], T], future: Future[T]) -> None:
    with _Telling(future):
        future.set_result(work())


@dataclass(frozen=True, slots=True)
class _Telling:
    """Whatever fails belongs to who waits for it, our own mistakes included: in a thread nobody would hear of it."""

    future: Future[Any]

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is not None:
            self.future.set_exception(error)
        return True
