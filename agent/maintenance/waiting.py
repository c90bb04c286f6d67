"""Work that may be called off in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def unless(called_off: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """The result of `work`; None where it was called off first. `work` raises nothing."""
    async with asyncio.TaskGroup() as tasks:
        working, watching = tasks.create_task(work), tasks.create_task(called_off.wait())
        try:
            await asyncio.wait((working, watching), return_when=asyncio.FIRST_COMPLETED)
        finally:
            watching.cancel()
            is_done = working.done()
            if not is_done:
                working.cancel()
    return working.result() if is_done else None


async def wait_for(event: asyncio.Event, at_most_s: float | None) -> None:
    """Until `event`, or for so long."""
    try:
        async with asyncio.timeout(at_most_s):
            await event.wait()
    except TimeoutError:
        return
