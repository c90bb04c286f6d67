"""What a connector hears of its readers: each token, a long absence once, the return once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from agent.connector.sources import follow_tokens
from agent.core.session.events import DriverLost, DriverReturned, SessionEvent, TokenPresented
from firmware_sim.virtual_loop import run
from tests.connector.fakes import CARD, FakeReader


def heard(story: Callable[[FakeReader], Awaitable[None]]) -> list[SessionEvent]:
    async def told() -> list[SessionEvent]:
        reader, events = FakeReader(), list[SessionEvent]()
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(follow_tokens(reader, events.append))
            await story(reader)
            following.cancel()
        return events

    return run(told())


def test_every_token_is_passed_on() -> None:
    async def story(reader: FakeReader) -> None:
        reader.shown.put_nowait(CARD)
        await asyncio.sleep(5)
        reader.shown.put_nowait(CARD)
        await asyncio.sleep(5)

    assert heard(story) == [TokenPresented(CARD), TokenPresented(CARD)]


def test_a_reader_that_is_away_for_long_is_told_once_and_its_return_once() -> None:
    async def story(reader: FakeReader) -> None:
        reader.away = True
        await asyncio.sleep(200)
        reader.away = False
        await asyncio.sleep(200)

    lost, returned = heard(story)

    assert lost == DriverLost(interface="token_reader", detail="no such port")
    assert returned == DriverReturned("token_reader")


def test_a_short_absence_is_no_news() -> None:
    async def story(reader: FakeReader) -> None:
        for _ in range(10):
            reader.away = True
            await asyncio.sleep(10)
            reader.away = False
            await asyncio.sleep(10)

    assert heard(story) == []
