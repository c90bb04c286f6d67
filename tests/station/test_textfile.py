"""The file for node_exporter: whole at every moment, readable, honest about an end, and quiet about a bad disk."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

import pytest

from agent.config.metrics import MetricsConfig
from agent.station.textfile import TextFile
from agent.supervise import supervise
from firmware_sim.virtual_loop import run
from tests.core.exposition.reading import series


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
