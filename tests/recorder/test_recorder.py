"""When a recording reaches the disk, and what it costs until then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from agent.core.quantities import MeterSample
from agent.core.session.events import FaultObserved, MeterSampled, SessionEvent, Tick
from agent.core.session.model import SessionSettings
from agent.core.session.step import initial, step
from agent.recorder.frames import FrameKind, frames
from agent.recorder.reading import Recording
from agent.recorder.recorder import URGENT_AN_HOUR, Recorder
from firmware_sim import virtual_loop
from tests.recorder.recorded import CONNECTOR, Keys, played
from tools.simulate.clock import VirtualClock

Story = Callable[["Charger"], Awaitable[None]]


class Charger:
    """One connector on the virtual clock, with a recorder that runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = VirtualClock()
        self.recorder = Recorder(folder, version="1.2.3", draw_key=lambda: "0" * 64, inline=True)
        self.turn = 0
        self.session = initial(CONNECTOR, SessionSettings(), self.clock.now())

    def feed(self, event: SessionEvent) -> None:
        before, now = self.session, self.clock.now()
        decided = step(before, event, now, Keys())
        self.session = decided.session
        self.recorder.took(before, event, now, decided)

    async def passes(self, seconds: float) -> None:
        for _ in range(int(seconds / 5)):
            await asyncio.sleep(5)
            self.feed(Tick())
            self.feed(MeterSampled(sample=self._reading()))
        await asyncio.sleep(seconds % 5)

    def _reading(self) -> MeterSample:
        self.turn += 1
        return MeterSample(
            at=self.clock.now(), register_wh=500, power_w=0.0, voltages_v=(230 + self.turn % 7 / 10, None, None)
        )

    def size(self) -> int:
        return sum(file.stat().st_size for file in self.folder.glob("steps-*"))

    def blocks(self) -> int:
        files = [file.read_bytes() for file in self.folder.glob("steps-*")]
        return len([one for octets in files for one in frames(octets) if one.kind is FrameKind.BLOCK])


def tell(folder: Path, story: Story) -> None:
    async def told() -> None:
        charger = Charger(folder)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(charger.recorder.run())
            await story(charger)
            running.cancel()

    virtual_loop.run(told())


def test_an_idle_hour_is_one_block(tmp_path: Path) -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(3700)
        before = charger.blocks()
        size = charger.size()
        await charger.passes(3 * 3600)
        assert charger.blocks() - before == 3
        assert charger.size() - size < 3 * 4096

    tell(tmp_path, story)


@pytest.mark.parametrize(("id", "blocks"), [("cp.diode", 1), ("mains.phase_loss", 0)])
def test_a_grave_fault_is_on_the_disk_at_once_and_what_follows_it_soon(tmp_path: Path, id: str, blocks: int) -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(20)
        assert charger.blocks() == 0
        charger.feed(FaultObserved(id=id, present=True))
        await asyncio.sleep(0.01)
        assert charger.blocks() == blocks
        charger.feed(FaultObserved(id=id, present=False))
        await charger.passes(10)
        assert charger.blocks() == 2 * blocks

    tell(tmp_path, story)


def test_a_fault_that_comes_and_goes_does_not_wear_the_flash(tmp_path: Path) -> None:
    async def story(charger: Charger) -> None:
        for _ in range(150):
            await charger.passes(20)
            charger.feed(FaultObserved(id="temp.board_stop", present=True))
            await asyncio.sleep(4)
            charger.feed(FaultObserved(id="temp.board_stop", present=False))
        assert 2 * URGENT_AN_HOUR <= charger.blocks() <= 2 * URGENT_AN_HOUR + 15

    tell(tmp_path, story)


def test_a_step_in_which_the_core_fails_is_the_last_of_its_recording(tmp_path: Path) -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(20)
        charger.recorder.took(charger.session, Tick(), charger.clock.now(), None)
        await charger.recorder.conclude()

        last = played(Recording(file.read_bytes() for file in charger.folder.glob("steps-*")))[-1]
        assert last.recorded.check is None
        assert last.differs == ("failure",)

    tell(tmp_path, story)


def test_a_flood_is_written_before_it_eats_the_memory(tmp_path: Path) -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(5)
        for number in range(2_000):
            evidence = (("what", f"{number:0200}"),)
            charger.feed(FaultObserved(id="mains.phase_loss", present=number % 2 == 0, evidence=evidence))
            if number % 20 == 0:
                await asyncio.sleep(0.1)
        assert charger.blocks() == 1

    tell(tmp_path, story)


def test_a_disk_that_refuses_costs_a_warning_and_what_was_to_be_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(20)
        charger.feed(FaultObserved(id="cp.diode", present=True))
        (tmp_path / "steps-00000001.rec").mkdir()
        await charger.passes(20)
        assert charger.recorder.problem
        (tmp_path / "steps-00000001.rec").rmdir()
        charger.feed(FaultObserved(id="cp.diode", present=False))
        await charger.recorder.conclude()
        assert charger.recorder.problem == ""
        assert charger.blocks() == 1

    with caplog.at_level(logging.WARNING):
        tell(tmp_path, story)
    assert [record.message for record in caplog.records] == ["the recording was not written"]


def test_nothing_is_left_after_it_was_erased(tmp_path: Path) -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(400)
        assert await charger.recorder.files()
        await charger.recorder.erase()

    tell(tmp_path, story)
    assert list(tmp_path.iterdir()) == []
