"""What the disk refused is written when it takes it again: the last word of each thing, and not more than fits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from agent.errors import StoreError
from agent.station.unwritten import AGAIN_EVERY_S, KEPT_AT_MOST, Unwritten
from tests.station.desk import Desk, at_desk


class Disk:
    """`took` is what is written, in order."""

    def __init__(self) -> None:
        self.is_full = True
        self.took: list[str] = []
        self.asked = 0

    def writing(self, word: str) -> Callable[[], Awaitable[None]]:
        async def write() -> None:
            self.asked += 1
            if self.is_full:
                raise StoreError("the disk is full")
            self.took.append(word)

        return write


def at_disk(folder: Path, story: Callable[[Unwritten, Disk], Awaitable[None]]) -> None:
    async def told(desk: Desk) -> None:
        doing = asyncio.create_task(desk.station.deeds.run())
        await story(Unwritten(desk.station), Disk())
        doing.cancel()

    at_desk(folder, told)


async def looked_at(unwritten: Unwritten, for_s: float) -> None:
    for _ in range(round(for_s / 5.0)):
        await asyncio.sleep(5.0)
        unwritten.look()
    await asyncio.sleep(0.1)


def test_a_later_word_of_a_thing_replaces_the_one_that_was_refused(tmp_path: Path) -> None:
    async def story(unwritten: Unwritten, disk: Disk) -> None:
        for key, word in (("a", "a began"), ("b", "b ended"), ("a", "a ended")):
            unwritten.do(word, key, disk.writing(word))
        await asyncio.sleep(1.0)
        disk.is_full = False
        await looked_at(unwritten, AGAIN_EVERY_S)
        assert disk.took == ["b ended", "a ended"]
        await looked_at(unwritten, 2 * AGAIN_EVERY_S)
        assert len(disk.took) == 2, "once"

    at_disk(tmp_path, story)


def test_a_disk_that_stays_full_is_asked_now_and_then_and_what_waits_is_bounded(tmp_path: Path) -> None:
    async def story(unwritten: Unwritten, disk: Disk) -> None:
        for number in range(KEPT_AT_MOST + 3):
            unwritten.do("end", number, disk.writing(f"{number}"))
        await asyncio.sleep(1.0)
        disk.asked = 0
        await looked_at(unwritten, 4 * AGAIN_EVERY_S)
        assert disk.asked == 4, "with one word at a time"
        disk.is_full = False
        await looked_at(unwritten, AGAIN_EVERY_S)
        assert {int(word) for word in disk.took} == set(range(3, KEPT_AT_MOST + 3)), "the oldest are gone"

    at_disk(tmp_path, story)
