"""Waiting for what a driver tells, as the contracts do it: always within a bound."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from agent.errors import DriverUnavailable

REPORTS_WITHIN_S = 5.0
"""What happened at a device is told within this time, its silence included."""
RETURNS_WITHIN_S = 15.0

Item = TypeVar("Item")


async def first(items: AsyncIterator[Item]) -> Item:
    """The first item, soon."""
    return await until(items, lambda _: True)


async def until(items: AsyncIterator[Item], holds: Callable[[Item], bool]) -> Item:
    """The first item that `holds` accepts, within the time a device may take for it."""
    async with asyncio.timeout(RETURNS_WITHIN_S):
        async for item in items:
            if holds(item):
                return item
    raise AssertionError("the reports ended")


async def becomes_unavailable(items: AsyncIterator[Item]) -> str:
    """Why, once the iteration ends with DriverUnavailable."""
    try:
        async with asyncio.timeout(REPORTS_WITHIN_S):
            async for _ in items:
                pass
    except DriverUnavailable as error:
        return error.what
    raise AssertionError("the reports ended")


async def refused(operation: Awaitable[object]) -> bool:
    """Whether it raised DriverUnavailable."""
    try:
        await operation
    except DriverUnavailable:
        return True
    return False


async def comes_true(holds: Callable[[], bool]) -> None:
    """Wait for something at the device, looked at every now and then."""
    async with asyncio.timeout(REPORTS_WITHIN_S):
        while not holds():  # noqa: ASYNC110 - a device has no event to wait for
            await asyncio.sleep(0.01)
