"""The file for node_exporter: whole at every moment, readable, honest about an end, and quiet about a bad disk."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path, PosixPath
from threading import Event
from typing import Self

import pytest

from agent.config.metrics import MetricsConfig
from agent.station.textfile import CONCLUDES_WITHIN_S, TextFile
from agent.supervise import supervise
from firmware_sim.virtual_loop import run
from tests.core.exposition.reading import series

SLOW_S = 3.0
"""More than it may take beyond its bound here, and less than a write may take before the end."""
LOST_S = 30.0


def told(
    folder: Path, story: Callable[[asyncio.Task[None], Path], Awaitable[None]], *, ends_in_order: bool = True
) -> None:
    """Of a supervised file, up to the end of the program."""
    numbers = count(1)

    async def text() -> str:
        return f'evse_power_watts{{port="1"}} {next(numbers)}\n'

    async def whole() -> None:
        file = folder / "evse.prom"
        written = TextFile(MetricsConfig(textfile=file, every_s=60), text, lambda: ends_in_order)
        task = asyncio.ensure_future(supervise("text for Prometheus", written.run))
        await story(task, file)
        task.cancel()
        await asyncio.wait([task], timeout=10.0)
        assert task.cancelled()

    run(whole())


def values(file: Path) -> list[float]:
    return list(series(file.read_text()).values())


def modes(folder: Path) -> dict[str, int]:
    return {one.name: one.stat().st_mode & 0o777 for one in folder.iterdir()}


def test_it_is_written_every_minute_for_everybody_to_read_whatever_the_mask(tmp_path: Path) -> None:
    async def story(_task: asyncio.Task[None], file: Path) -> None:
        for number in (1, 2, 3):
            await asyncio.sleep(1.0)
            assert values(file) == [number]
            await asyncio.sleep(59.0)
        assert modes(tmp_path) == {"evse.prom": 0o644}

    before = os.umask(0o077)
    try:
        told(tmp_path, story)
    finally:
        os.umask(before)


def test_who_reads_it_meanwhile_has_the_whole_of_the_one_before(tmp_path: Path) -> None:
    async def story(_task: asyncio.Task[None], file: Path) -> None:
        await asyncio.sleep(1.0)
        with file.open() as opened:
            await asyncio.sleep(60.0)
            assert list(series(opened.read()).values()) == [1]
        assert values(file) == [2]

    told(tmp_path, story)


def test_after_an_end_in_order_it_says_that_the_program_is_gone_and_nothing_else(tmp_path: Path) -> None:
    async def story(task: asyncio.Task[None], file: Path) -> None:
        await asyncio.sleep(1.0)

    told(tmp_path, story)

    assert series((tmp_path / "evse.prom").read_text()) == {("evse_up", ()): 0}


class Share(PosixPath):
    """A file of a network that hangs when it is written for the `hangs_at`th time, until it `goes_on`."""

    hangs_at = 1

    def __init__(self, *_: object) -> None:
        self.goes_on, self.is_at_it = Event(), Event()
        self._begun = count(1)

    def with_name(self, name: str) -> Self:
        self.is_at_it.set()
        if next(self._begun) >= self.hangs_at:
            assert self.goes_on.wait(LOST_S)
        return super().with_name(name)


def ended_at(share: Share, ending: Callable[[], object] = lambda: None) -> None:
    """The end in order comes as the first text is written. Threads and their time are nothing for a virtual clock."""

    async def text() -> str:
        return 'evse_power_watts{port="1"} 7\n'

    async def whole() -> None:
        task = asyncio.ensure_future(TextFile(MetricsConfig(textfile=share, every_s=60), text, lambda: True).run())
        await asyncio.to_thread(share.is_at_it.wait, LOST_S)
        task.cancel()
        ending()
        done, _ = await asyncio.wait([task], timeout=CONCLUDES_WITHIN_S + SLOW_S)
        assert done == {task}

    try:
        asyncio.run(whole())
    finally:
        share.goes_on.set()


def test_an_end_in_the_middle_of_writing_has_the_last_word_all_the_same(tmp_path: Path) -> None:
    share = Share(tmp_path / "evse.prom")

    ended_at(share, lambda: asyncio.get_running_loop().call_later(0.05, share.goes_on.set))

    assert series((tmp_path / "evse.prom").read_text()) == {("evse_up", ()): 0}


@pytest.mark.parametrize("hangs_at", [1, 2], ids=["the text before", "the last word"])
def test_a_share_that_hangs_holds_up_the_end_for_a_second_and_no_longer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, hangs_at: int
) -> None:
    share = Share(tmp_path / "evse.prom")
    share.hangs_at = hangs_at

    ended_at(share)

    assert [vars(record)["error"] for record in caplog.records] == ["it took longer than 1 s"]


def test_after_any_other_end_the_last_figures_stand_and_their_age_tells(tmp_path: Path) -> None:
    async def story(task: asyncio.Task[None], file: Path) -> None:
        await asyncio.sleep(61.0)

    told(tmp_path, story, ends_in_order=False)

    assert values(tmp_path / "evse.prom") == [2]


def test_a_folder_that_went_holds_up_no_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()

    async def story(task: asyncio.Task[None], file: Path) -> None:
        await asyncio.sleep(1.0)
        shutil.rmtree(folder)

    told(folder, story)

    [said] = caplog.records
    assert (said.levelname, vars(said)["error"]) == ("WARNING", "No such file or directory")


def test_a_folder_that_is_not_there_is_told_once_and_written_to_when_it_comes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "gone"

    async def story(_task: asyncio.Task[None], file: Path) -> None:
        await asyncio.sleep(300.0)
        folder.mkdir()
        await asyncio.sleep(60.0)
        assert values(file) == [6]
        shutil.rmtree(folder)
        await asyncio.sleep(300.0)

    with caplog.at_level(logging.WARNING):
        told(folder, story)

    said = [record for record in caplog.records if record.message == "text for Prometheus was not written"]
    assert [vars(record)["error"] for record in said] == ["No such file or directory"] * 2
