"""Waits for the session to show what came of a request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from agent.bus import Reader

T = TypeVar("T")

LOOKS_EVERY_S = 1.0
"""News is told for every outcome we know; this is for one we forgot."""


async def follow(reader: Reader, within_s: float, outcome: Callable[[], T | None]) -> T:
    """The first outcome there is, asked after each piece of news. Raises TimeoutError, with a sentence."""
    try:
        async with asyncio.timeout(within_s):
            while (found := outcome()) is None:
                reader.drain()
                await _news_or(reader, LOOKS_EVERY_S)
    except TimeoutError as error:
        raise TimeoutError(f"nothing came of it within {within_s:g} s; see: evsectl explain") from error
    return found


async def _news_or(reader: Reader, longest_s: float) -> None:
    try:
        async with asyncio.timeout(longest_s):
            await reader.arrived()
    except TimeoutError:
        return
