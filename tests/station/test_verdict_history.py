"""The looks that put verdicts on record; whole chargers have them in tests/simulation/test_verdict_history.py."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from agent.bus import News
from agent.core.health.model import Defect, Judgement, Verdict
from agent.core.time import Instant
from agent.station.verdict_history import ELEMENTS_EVERY, LOOKS_EVERY_S, VerdictHistory
from agent.station.verdicts import Verdicts
from tests.station.desk import EPOCH_MS, ONE, TWO, Desk, at_desk

WELL = Judgement(verdict=Verdict.OK)


class Seen:
    """What the ports are judged, as the test says; counts who looks at what else."""

    def __init__(self) -> None:
        self.now: dict[int, Judgement] = {1: WELL, 2: WELL}
        self.looks = self.elements = self.files = 0

    def judgements(self) -> dict[int, Judgement]:
        self.looks += 1
        return self.now

    async def look_at_elements(self) -> None:
        self.elements += 1

    async def look_at_files(self) -> None:
        self.files += 1


def welded(since: Instant | None) -> Judgement:
    defect = Defect(key="fault.contactor.welded", verdict=Verdict.DOWN, text="x" * 300, since=since)
    return Judgement(verdict=Verdict.DOWN, defects=(defect,))


async def looked(desk: Desk, seen: Seen, course: Callable[[float], None], seconds: float) -> VerdictHistory:
    """After so long; `course` is called with each second of it."""
    history = VerdictHistory(desk.station, lambda: cast("Verdicts", seen))
    running = asyncio.ensure_future(history.run())
    with desk.station.bus.reader() as reader:
        for second in range(round(seconds)):
            course(second)
            await asyncio.sleep(1.0)
        running.cancel()
        await desk.store.logs.journal.flush(reader)
    return history


@pytest.mark.parametrize("apart_s", [0.0, 0.0006, 0.009])
def test_a_change_goes_on_record_with_how_long_its_reason_had_stood(tmp_path: Path, apart_s: float) -> None:
    """Dated to the millisecond as the reason is, though two clocks are not read in the same instant."""

    async def story(desk: Desk) -> None:
        desk.clock.told(EPOCH_MS)
        seen, began = Seen(), list[Instant]()

        def course(second: float) -> None:
            if second == 200:
                now = desk.clock.now()
                began.append(replace(now, monotonic_s=now.monotonic_s + apart_s))
                seen.now = {1: welded(began[0]), 2: WELL}

        history = await looked(desk, seen, course, 260.0)

        *_, broken = await history.changes(10, port=1)
        (row, before) = await history.told(10, port=1)
        assert broken.at.plus(-(broken.stood_s or 0.0)).utc_ms == began[0].utc_ms
        assert (row["verdict"], row["reason"], len(row["what"])) == ("down", "fault.contactor.welded", 200)
        assert row["since"] == before["until"]
        assert [one["port"] for one in await history.told(10)] == [1, 2, 1]

    at_desk(tmp_path, story)


@pytest.mark.parametrize("since", [None, Instant(5.0, None, "another boot")])
def test_a_reason_that_nobody_can_date_is_dated_by_the_look_that_found_it(
    tmp_path: Path, since: Instant | None
) -> None:
    async def story(desk: Desk) -> None:
        seen = Seen()

        def course(second: float) -> None:
            if second == 200:
                seen.now = {1: welded(since), 2: WELL}

        history = await looked(desk, seen, course, 260.0)

        *_, broken = await history.changes(10, port=1)
        assert broken.stood_s == LOOKS_EVERY_S

    at_desk(tmp_path, story)


def test_readers_and_files_are_looked_at_with_every_fourth_look(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        seen = Seen()

        await looked(desk, seen, lambda _: None, 10 * LOOKS_EVERY_S + 1.0)

        assert (seen.looks, seen.elements, seen.files) == (10, 3, 3)
        assert ELEMENTS_EVERY == 4

    at_desk(tmp_path, story)


def test_while_the_store_does_not_say_what_was_told_last_nothing_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(desk: Desk) -> None:
        seen = Seen()
        seen.now = {1: welded(None), 2: welded(None)}
        history = VerdictHistory(desk.station, lambda: cast("Verdicts", seen))
        desk.store.writer.drop()
        running = asyncio.ensure_future(history.run())
        await asyncio.sleep(4 * LOOKS_EVERY_S + 1.0)

        assert (seen.looks, desk.news(), running.done()) == (0, [], False)
        running.cancel()

    with caplog.at_level(logging.WARNING):
        at_desk(tmp_path, story)

    said = [record for record in caplog.records if record.message == "verdicts on record could not be read"]
    assert len(said) == 4


def test_a_row_of_another_release_or_of_no_port_is_passed_over(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        with desk.station.bus.reader() as reader:
            for port, word in ((ONE, "asleep"), (None, "down"), (TWO, "down")):
                fields = (("verdict", word), ("reason", "r"), ("what", "w"))
                news = News(name="verdict.changed", at=desk.clock.now(), connector=port, fields=fields)
                desk.station.bus.tell(news)
            await desk.store.logs.journal.flush(reader)

        (kept,) = await VerdictHistory(desk.station, lambda: cast("Verdicts", Seen())).changes(10)

        assert (kept.port, kept.standing.verdict, kept.stood_s, kept.unkept) == (2, Verdict.DOWN, None, 0)

    at_desk(tmp_path, story)
