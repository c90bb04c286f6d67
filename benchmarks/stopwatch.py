"""Times every callback of an event loop: what runs longer than a millisecond keeps everything else waiting."""

from __future__ import annotations

import asyncio
import json
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAMED_FROM_US = 100
"""Shorter ones are counted without a name."""


@dataclass(frozen=True, slots=True)
class Run:
    """One callback: when it began (monotonic, s), how long it took by the clock and on the processor, and its name.

    `slept` counts how often it gave the processor up to wait for something, `interrupted` how often that was taken from
    it: the first is the callback's own doing.
    """

    at_s: float
    wall_us: int
    cpu_us: int
    slept: int = 0
    interrupted: int = 0
    name: str = ""


class Stopwatch:
    """Put into the loop class of this process; it stays until the process ends."""

    def __init__(self) -> None:
        self._runs: list[tuple[float, int, int, int, int, str]] = []

    def start(self) -> None:
        """From now on every callback is timed."""
        run, keep = asyncio.Handle._run, self._runs.append

        def timed(handle: Any) -> None:
            callback = handle._callback
            name = name_of(callback)
            before = resource.getrusage(resource.RUSAGE_THREAD)
            cpu, began = time.thread_time_ns(), time.monotonic_ns()
            run(handle)
            wall_us = (time.monotonic_ns() - began) // 1000
            cpu_us = (time.thread_time_ns() - cpu) // 1000
            after = resource.getrusage(resource.RUSAGE_THREAD)
            slept, interrupted = after.ru_nvcsw - before.ru_nvcsw, after.ru_nivcsw - before.ru_nivcsw
            keep((began / 1e9, wall_us, cpu_us, slept, interrupted, name if wall_us >= NAMED_FROM_US else ""))

        setattr(asyncio.Handle, "_run", timed)  # noqa: B010 mypy is right that a method is none to assign to

    def write(self, file: Path) -> None:
        """All of it, for `read`."""
        file.write_text(json.dumps(self._runs))


def read(file: Path, since_s: float, until_s: float) -> list[Run]:
    """The callbacks that began in a window of the monotonic clock."""
    return [Run(*row) for row in json.loads(file.read_text()) if since_s <= row[0] < until_s]


def name_of(callback: Callable[..., Any]) -> str:
    """Of a task, its coroutine and the innermost one it waits in; otherwise of the function."""
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        return task_name(owner.get_coro())
    return getattr(callback, "__qualname__", None) or type(callback).__name__


def task_name(coroutine: Any) -> str:
    """`Connector.run › Inbox.next_event`; one that waits in nothing of ours has one name only."""
    outer = inner = coroutine
    while getattr(inner, "cr_await", None) is not None and hasattr(inner.cr_await, "cr_code"):
        inner = inner.cr_await
    name: str = outer.__qualname__
    return name if inner is outer else f"{name} › {inner.__qualname__}"
