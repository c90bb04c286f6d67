"""A present value and its followers."""

from __future__ import annotations

import asyncio

import pytest

from agent.drivers.level import Level, changes
from firmware_sim.virtual_loop import run


def test_the_present_value_comes_first_and_then_each_that_differs() -> None:
    async def follow() -> list[int]:
        level = Level(1)
        loop = asyncio.get_running_loop()
        for at, value in enumerate([1, 2, 2, 3], 1):
            loop.call_later(at, level.set, value)
        told = []
        async for value in level.follow():
            told.append(value)
            if value == 3:
                break
        return told

    assert run(follow()) == [1, 2, 3]


def test_a_slow_follower_gets_the_newest_and_misses_what_lay_between() -> None:
    async def follow() -> list[int]:
        level = Level(1)
        told = []
        async for value in level.follow():
            told.append(value)
            if value == 4:
                break
            for newer in (2, 3, 4):
                level.set(newer)
        return told

    assert run(follow()) == [1, 4]


def test_a_value_that_went_and_came_back_is_no_news() -> None:
    async def follow() -> int:
        level = Level(1)
        follower = level.follow()
        await anext(follower)
        loop = asyncio.get_running_loop()
        loop.call_later(1, level.set, 2)
        loop.call_later(1, level.set, 1)
        loop.call_later(2, level.set, 3)
        return await anext(follower)

    assert run(follow()) == 3


def test_every_follower_is_told() -> None:
    async def follow() -> list[int]:
        level = Level(0)

        async def second() -> int:
            follower = level.follow()
            await anext(follower)
            return await anext(follower)

        async with asyncio.TaskGroup() as tasks:
            followers = [tasks.create_task(second()) for _ in range(5)]
            asyncio.get_running_loop().call_later(1, level.set, 7)
        return [follower.result() for follower in followers]

    assert run(follow()) == [7] * 5


def test_a_follower_that_is_cancelled_leaves_nothing_behind() -> None:
    async def follow() -> int:
        level = Level(0)
        follower = level.follow()
        await anext(follower)
        for _ in range(3):
            try:
                async with asyncio.timeout(1):
                    await anext(follower)
            except TimeoutError:
                continue
        return len(level._waiters)

    assert run(follow()) == 0


def test_setting_the_same_value_wakes_nobody() -> None:
    async def follow() -> int:
        level = Level(0)
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(level.change())
            await asyncio.sleep(1)
            level.set(0)
            still_waiting = len(level._waiters)
            waiting.cancel()
        return still_waiting

    assert run(follow()) == 1


def test_a_part_is_told_where_it_changed_and_not_where_nothing_is_there_or_something_else_did() -> None:
    def present(value: tuple[str, int] | None) -> tuple[str, int] | None:
        return value

    async def follow() -> list[str]:
        level: Level[tuple[str, int] | None] = Level(None)
        loop = asyncio.get_running_loop()
        for at, value in enumerate([("open", 1), ("open", 2), None, ("open", 3), ("closed", 3)], 1):
            loop.call_later(at, level.set, value)
        told = []
        async for part in changes(level, present, lambda state: state[0]):
            told.append(part)
            if part == "closed":
                break
        return told

    assert run(follow()) == ["open", "closed"]


def test_what_is_away_ends_the_changes_with_its_error() -> None:
    def present(value: int) -> int:
        if value == 0:
            raise LookupError("away")
        return value

    async def follow() -> list[int]:
        level = Level(1)
        asyncio.get_running_loop().call_later(1, level.set, 0)
        return [part async for part in changes(level, present, lambda state: state)]

    with pytest.raises(LookupError, match="away"):
        run(follow())
