"""A board that is flashed: the agent's link and service, a real wire, the loader, two releases of the firmware under
MicroPython in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.drivers.board_service import FlashOutcome
from agent.drivers.pilot_board.levels import Absence
from agent.drivers.pilot_board.link import Options, PilotLink
from agent.drivers.pilot_board.messages import TABLE_HASH
from agent.drivers.pilot_board.service import PilotBoardService
from agent.errors import DriverRejected
from firmware_sim.micropython_board import find_micropython
from tests.firmware.images import image_of
from tests.firmware.test_update_process import delivered, program, switched_on

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(find_micropython() is None, reason="no micropython: its wheel exists for Linux on x86-64 only"),
]
BROKEN = image_of({"main.py": b"raise ValueError\n"}, version="0.3.0", platform="linux").packed()


class Told:
    """The progress, as it was told."""

    def __init__(self, image: bytes) -> None:
        self.image = image
        self.bytes: list[int] = []

    async def supply(self, at: int, length: int) -> bytes:
        return self.image[at : at + length]

    async def progress(self, done: int, total: int) -> None:
        assert total == len(self.image)
        self.bytes.append(done)


class Workshop:
    """A board, the agent's link to it, and what a person with tools has."""

    def __init__(self, link: PilotLink) -> None:
        self.link = link
        self.service = PilotBoardService("pilot_board on pilot", link)

    async def flash(self, image: bytes) -> FlashOutcome:
        told = Told(image)
        async with asyncio.timeout(150):
            outcome = await self.service.flash(len(image), told.supply, told.progress)
        assert told.bytes == sorted(told.bytes)
        assert told.bytes[-1] == len(image)
        return outcome


@asynccontextmanager
async def workshop(folder: Path) -> AsyncIterator[Workshop]:
    """Once the board has said who it is."""
    with switched_on(folder):
        link = PilotLink("pilot", Options(port=str(folder.parent / "wire")))
        await link.open()
        try:
            async with asyncio.timeout(20):
                while link.identity() is None:
                    await link.level.change()
            yield Workshop(link)
        finally:
            await link.aclose()


def of_an_earlier_release(tmp_path: Path) -> Path:
    """As it was delivered."""
    return delivered(tmp_path, "0.0.9", speaks_another_table=True)


def test_a_firmware_is_flashed_confirmed_and_kept(tmp_path: Path) -> None:
    async def story() -> None:
        image = program(tmp_path / "new", "0.2.0", has_comments=False).packed()
        async with workshop(delivered(tmp_path)) as at:
            assert await at.flash(image) == FlashOutcome(before="0.1.0", after="0.2.0", stayed=True)

            update = (await at.service.describe()).update
            assert (update["state"], update["running"], update["other"]) == ("confirmed", "0.2.0", "0.1.0")

    asyncio.run(story())


def test_a_firmware_that_does_not_come_up_falls_back_and_the_board_is_there_as_before(tmp_path: Path) -> None:
    async def story() -> None:
        async with workshop(delivered(tmp_path)) as at:
            assert await at.flash(BROKEN) == FlashOutcome(before="0.1.0", after="0.1.0", stayed=False)

            assert (await at.service.describe()).update["state"] == "fell_back"

    asyncio.run(story())


def test_a_board_of_an_earlier_release_is_refused_flashed_and_understood(tmp_path: Path) -> None:
    async def story() -> None:
        image = program(tmp_path / "new", "0.2.0", has_comments=False).packed()
        async with workshop(of_an_earlier_release(tmp_path)) as at:
            level = at.link.level.value
            assert isinstance(level, Absence)
            assert level.why.endswith(f"agent needs {TABLE_HASH}; run `evsectl board flash`")
            with pytest.raises(DriverRejected, match="run `evsectl board flash`"):
                await at.service.describe()

            assert await at.flash(image) == FlashOutcome(before="0.0.9", after="0.2.0", stayed=True)

            assert (await at.service.describe()).update["state"] == "confirmed"

    asyncio.run(story())


def test_an_earlier_release_that_gets_a_broken_firmware_is_refused_as_before(tmp_path: Path) -> None:
    async def story() -> None:
        async with workshop(of_an_earlier_release(tmp_path)) as at:
            assert await at.flash(BROKEN) == FlashOutcome(before="0.0.9", after="0.0.9", stayed=False)

            assert isinstance(at.link.level.value, Absence)

    asyncio.run(story())
