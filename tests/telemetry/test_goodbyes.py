"""How a connection's end is told: by the charger where its program ends in order, by the broker's will else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from tests.telemetry.charger import TOPICS, Scene, play


def states(story: Callable[[Scene], Awaitable[None]]) -> list[dict[str, Any]]:
    """What the broker took as `state` while the story ran and after, oldest first."""
    told: list[dict[str, Any]] = []

    async def heard(scene: Scene) -> None:
        scene.broker.watchers.append(
            lambda message: told.append(json.loads(message.payload)) if message.topic == TOPICS.state else None
        )
        await scene.linked()
        await story(scene)

    try:
        play(heard)
    except* OSError:
        pass  # what the story lets the program die of
    return told


def test_a_program_that_ends_in_order_says_so_itself() -> None:
    async def story(scene: Scene) -> None:
        await asyncio.sleep(1.0)

    born, ended = states(story)

    assert ended == {"online": False, "session": born["session"], "reason": "stopped"}


def test_a_connection_that_breaks_is_told_by_the_will_without_a_reason() -> None:
    async def story(scene: Scene) -> None:
        scene.broker.links["A-1"].hang_up()
        await asyncio.sleep(1.0)
        await scene.linked()

    born, broken, born_again, ended = states(story)

    assert broken == {"online": False, "session": born["session"]}
    assert ended == {"online": False, "session": born_again["session"], "reason": "stopped"}


def test_a_program_that_dies_says_no_goodbye_and_the_broker_tells_its_will_at_once() -> None:
    async def story(scene: Scene) -> None:
        raise OSError(28, "No space left on device")

    born, died = states(story)

    assert died == {"online": False, "session": born["session"]}
