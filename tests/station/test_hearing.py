"""What the connectors tell reaches whoever has to know."""

from __future__ import annotations

from pathlib import Path

from agent.bus import News
from agent.core.session.events import LimitChanged
from agent.supervise import Vital
from tests.station.desk import ONE, TWO, Desk, at_desk, plugged


def test_news_reach_every_listener_with_their_place(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        news = News(name="plug.inserted", at=desk.clock.now(), connector=TWO)

        desk.hearing.tell(news)

        assert desk.news() == [news]

    at_desk(tmp_path, story)


def test_without_a_central_system_nobody_is_told_and_nothing_fails(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.hearing.facts_recorded()
        desk.hearing.transaction_changed(ONE)

        assert desk.network.snapshot() is None
        assert not desk.network.is_online()

    at_desk(tmp_path, story)


def test_a_car_that_is_plugged_in_changes_the_share_of_the_other_connector(tmp_path: Path) -> None:
    import asyncio

    async def story(desk: Desk) -> None:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(desk.limits.run(Vital("limits", 90.0, 0.0)))
            await asyncio.sleep(1.0)
            plugged(desk.outlets[ONE])
            await asyncio.sleep(1.0)
            running.cancel()

        assert any(isinstance(event, LimitChanged) for event in desk.outlets[ONE].posted)

    at_desk(tmp_path, story)
