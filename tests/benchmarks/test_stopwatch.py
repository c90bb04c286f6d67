"""Which callback it was, and when."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from benchmarks.stopwatch import Run, name_of, read, task_name
from firmware_sim import virtual_loop


async def inner() -> None:
    await asyncio.Event().wait()


async def outer() -> None:
    await inner()


def test_a_task_goes_by_its_coroutine_and_the_innermost_it_waits_in() -> None:
    async def look() -> tuple[str, str]:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(outer())
            await asyncio.sleep(0)
            names = task_name(task.get_coro()), name_of(task.cancel)
            task.cancel()
        return names

    assert virtual_loop.run(look()) == ("outer › Event.wait", "outer › Event.wait")


def test_a_function_goes_by_its_own_name() -> None:
    assert name_of(name_of) == "name_of"


def test_only_what_began_in_the_window_is_read(tmp_path: Path) -> None:
    file = tmp_path / "runs.json"
    file.write_text(
        json.dumps(
            [[9.9, 10, 5, 0, 0, ""], [10.0, 700, 50, 1, 2, "slow"], [19.9, 20, 5, 0, 0, ""], [20.0, 30, 5, 0, 0, ""]]
        )
    )

    assert read(file, 10.0, 20.0) == [Run(10.0, 700, 50, slept=1, interrupted=2, name="slow"), Run(19.9, 20, 5)]
