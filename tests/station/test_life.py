"""What comes and goes, how runs end, and where memory is going: the past that a verdict looks at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agent.bus import News
from agent.core.health.model import Flap
from agent.core.runs import RunEnd, RunReason
from agent.host.crashes import Left
from agent.station.life import Life
from agent.station.run_record import RunRecord
from agent.station.station import Ending
from tests.station.desk import ONE, Desk, at_desk

HOUR_S = 3600.0


@asynccontextmanager
async def living(desk: Desk, root: Path) -> AsyncIterator[Life]:
    life = Life(desk.station, root)
    tasks = [asyncio.create_task(work()) for work in (life.listen, life.watch_memory, desk.station.deeds.run)]
    await asyncio.sleep(0.1)
    await life.look()
    try:
        yield life
    finally:
        for task in tasks:
            task.cancel()


def holds(root: Path, pages: int) -> None:
    (root / "proc/self").mkdir(parents=True, exist_ok=True)
    (root / "proc/self/statm").write_text(f"9999 {pages} 1 1 0 1 0\n")


def test_what_comes_and_goes_is_counted_for_an_hour(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        async with living(desk, tmp_path) as life:
            for _ in range(5):
                desk.station.publish(News(name="meter.lost", at=desk.clock.now(), connector=ONE))
                desk.station.publish(
                    News(name="fault.raised", at=desk.clock.now(), connector=ONE, fields=(("id", "cp.unstable"),))
                )
                desk.station.tell("ocpp.disconnected", cause="it fell silent", queued=0)
                await asyncio.sleep(60.0)
            counted = {(flap.port, flap.what): flap.count for flap in life.flaps()}
            assert counted == {(1, "meter"): 5, (1, "fault cp.unstable"): 5, (None, "link"): 5}
            await asyncio.sleep(HOUR_S - 150.0)
            assert Flap(port=1, what="meter", count=2) in life.flaps()
            await asyncio.sleep(200.0)
            assert life.flaps() == ()

    at_desk(tmp_path, story)


def test_memory_that_grows_has_a_trend_and_memory_that_stays_has_none(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        holds(tmp_path, 10_000)
        async with living(desk, tmp_path) as life:
            await asyncio.sleep(3 * HOUR_S)
            assert life.memory_trend_kb_per_day() is None
            for hour in range(24):
                holds(tmp_path, 10_000 + 25 * hour)
                await asyncio.sleep(HOUR_S)
            assert life.memory_trend_kb_per_day() in range(2_200, 2_500)
            for _ in range(25):
                await asyncio.sleep(HOUR_S)
            assert life.memory_trend_kb_per_day() == 0

    at_desk(tmp_path, story)


def test_a_run_is_on_record_with_its_end_and_with_what_was_stuck(tmp_path: Path) -> None:
    async def first(desk: Desk) -> None:
        async with living(desk, tmp_path):
            desk.upkeep.record.stuck(("connector 1",))
            await asyncio.sleep(1.0)

    async def second(desk: Desk) -> None:
        async with living(desk, tmp_path) as life:
            desk.station.end(Ending.RESTART)
            await desk.upkeep.record.conclude()
            await life.look()
            assert [(one.reason, one.run.ended, one.run.stuck) for one in life.runs] == [
                (RunEnd.WATCHDOG, "restart asked", ""),
                (RunReason.FIRST, "", "connector 1"),
            ]
            assert life.runs[1].end is not None and life.runs[1].end.how is RunEnd.WATCHDOG

    at_desk(tmp_path, first)
    at_desk(tmp_path, second)


def test_a_full_disk_keeps_no_run_and_ends_nothing(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.is_full = True
        async with living(desk, tmp_path) as life:
            await desk.upkeep.record.conclude()
            assert life.runs == ()
            assert life.crash_loop() is None

    at_desk(tmp_path, story)


def test_a_clock_that_was_set_is_remembered(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        async with living(desk, tmp_path) as life:
            desk.station.tell("clock.set", by_s=-3600.5)
            await asyncio.sleep(1.0)
            assert life.clock_set is not None
            assert life.clock_set[1] == -3600.5

    at_desk(tmp_path, story)


def test_what_the_run_before_left_is_on_record_with_it_and_none_of_it_with_one_that_ended_in_order(
    tmp_path: Path,
) -> None:
    left = Left(headline="ended by SIGABRT in agent/x.py:1 (f)", result="watchdog")

    async def first(desk: Desk) -> None:
        async with living(desk, tmp_path):
            await desk.upkeep.record.conclude()

    async def second(desk: Desk) -> None:
        record = RunRecord(desk.station, left)
        await record.begin()
        desk.station.end(Ending.STOPPED)
        await record.conclude()

    async def third(desk: Desk) -> None:
        record = RunRecord(desk.station, left)
        await record.begin()
        life = Life(desk.station, tmp_path)
        await life.look()
        ends = [one.end for one in life.runs[1:]]
        assert [(end and end.how, one.run.crash) for end, one in zip(ends, life.runs[1:], strict=True)] == [
            (RunEnd.IN_ORDER, ""),
            (RunEnd.WATCHDOG, left.headline),
        ], "a run that nobody wanted to end did not end in order"
        assert ends[1] is not None and left.headline in ends[1].words

    for story in (first, second, third):
        at_desk(tmp_path, story)
