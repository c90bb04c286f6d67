"""Frames are taken at once, written in batches, bounded, and shown to whoever looks with nothing missing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from agent.station.wire_trace import (
    BATCH_S,
    BATCHES_AT_MOST,
    BLOCK_CHARACTERS,
    FOLLOWED_AT_MOST,
    LONGEST_FRAME,
    MOST_WAITING_CHARACTERS,
    MOST_WAITING_FRAMES,
    PAGE_BATCHES,
    PAGE_CHARACTERS,
    WireTrace,
)
from agent.store.wire_trace import GAP
from firmware_sim.virtual_loop import run
from tests.ocpp_client.plain import LoopClock

HEARTBEAT, ANSWER = '[2,"1","Heartbeat",{}]', '[3,"1",{"currentTime":"2026-12-01T00:00:00Z"}]'


def bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def written_after(folder: Path, *waits_s: float, frames: Sequence[str]) -> list[int]:
    """Bytes on the disk after each of these waits from the first frame on."""

    async def main() -> list[int]:
        trace, found = WireTrace(folder, LoopClock(), inline=True), []
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(trace.run())
            for frame in frames:
                trace.on_frame("sent", frame)
            for wait_s in waits_s:
                await asyncio.sleep(wait_s)
                found.append(bytes_in(folder))
            running.cancel()
        return found

    return run(main())


def test_little_is_written_once_an_hour(tmp_path: Path) -> None:
    before, after = written_after(tmp_path, BATCHES_AT_MOST * BATCH_S - 1, 2.0, frames=[HEARTBEAT])

    assert before == 0
    assert after > 0


def test_a_page_of_text_is_written_after_a_quarter_of_an_hour(tmp_path: Path) -> None:
    page = [HEARTBEAT] * (PAGE_CHARACTERS // len(HEARTBEAT) + 1)

    before, after = written_after(tmp_path, PAGE_BATCHES * BATCH_S - 1, 2.0, frames=page)

    assert before == 0
    assert after > 0


def test_what_fills_a_block_is_written_sooner(tmp_path: Path) -> None:
    before, after = written_after(tmp_path, BATCH_S - 1, 2.0, frames=["x" * 4096] * (BLOCK_CHARACTERS // 4096))

    assert before == 0
    assert after > 0


def test_who_looks_sees_what_was_not_written_yet_and_what_an_earlier_program_wrote(tmp_path: Path) -> None:
    async def main() -> list[tuple[str, str, float | None]]:
        earlier = WireTrace(tmp_path, LoopClock(), inline=True)
        earlier.on_frame("sent", HEARTBEAT)
        await earlier.conclude()
        trace = WireTrace(tmp_path, LoopClock(), inline=True)
        trace.on_frame("sent", HEARTBEAT)
        await asyncio.sleep(0.25)
        trace.on_frame("received", ANSWER)
        return [(frame.direction, frame.text, frame.latency_s) for frame in await trace.newest(10)]

    assert run(main()) == [("sent", HEARTBEAT, None), ("sent", HEARTBEAT, None), ("received", ANSWER, 0.25)]


def test_a_burst_costs_a_bounded_write_and_says_what_is_missing(tmp_path: Path) -> None:
    async def main() -> list[tuple[str, str]]:
        trace = WireTrace(tmp_path, LoopClock(), inline=True)
        for number in range(10_000):
            trace.on_frame("sent", f"{number:06d}" + "x" * 100)
        await trace.flush()
        return [(frame.direction, frame.text) for frame in await trace.newest(10_000)]

    (direction, missing), *frames = run(main())

    assert direction == GAP
    assert int(missing) + len(frames) == 10_000
    assert frames[-1][1].startswith("009999")
    assert bytes_in(tmp_path) < 1.5 * MOST_WAITING_CHARACTERS


def test_a_flood_of_empty_frames_costs_a_bounded_memory_and_says_what_is_missing(tmp_path: Path) -> None:
    async def main() -> list[tuple[str, str]]:
        trace = WireTrace(tmp_path, LoopClock(), inline=True)
        for _ in range(MOST_WAITING_FRAMES + 7):
            trace.on_frame("received", "")
        return [(frame.direction, frame.text) for frame in await trace.newest(2 * MOST_WAITING_FRAMES)]

    assert run(main()) == [(GAP, "7"), *[("received", "")] * MOST_WAITING_FRAMES]


def test_a_long_frame_is_cut_and_says_so(tmp_path: Path) -> None:
    async def main() -> str:
        trace = WireTrace(tmp_path, LoopClock(), inline=True)
        trace.on_frame("received", "x" * 1_000_000)
        return (await trace.newest(1))[0].text

    assert run(main()) == "x" * LONGEST_FRAME + "… (1000000 characters in all)"


def test_a_disk_that_refuses_costs_the_trace_and_nothing_else(tmp_path: Path) -> None:
    async def main() -> list[str]:
        trace = WireTrace(tmp_path / "gone", LoopClock(), inline=True)
        trace.on_frame("sent", HEARTBEAT)
        await trace.flush()
        (tmp_path / "gone").mkdir()
        trace.on_frame("sent", ANSWER)
        return [frame.text for frame in await trace.newest(10)]

    assert run(main()) == [ANSWER]


def test_a_follower_hears_what_comes_and_loses_its_own_oldest(tmp_path: Path) -> None:
    async def main() -> list[str]:
        trace = WireTrace(tmp_path, LoopClock(), inline=True)
        trace.on_frame("sent", "before")
        with trace.follower() as follower:
            for number in range(FOLLOWED_AT_MOST + 2):
                trace.on_frame("sent", str(number))
            await follower.arrived()
            heard = [frame.text for frame in follower.drain()]
        trace.on_frame("sent", "after")
        return heard + [frame.text for frame in follower.drain()]

    assert run(main()) == [str(number) for number in range(2, FOLLOWED_AT_MOST + 2)]


def test_a_real_run_writes_in_a_thread_and_in_order(tmp_path: Path) -> None:
    async def main() -> list[str]:
        trace = WireTrace(tmp_path, LoopClock())
        for number in range(20):
            trace.on_frame("sent", str(number))
            await trace.flush()
        found = [frame.text for frame in await trace.newest(100)]
        await trace.conclude()
        return found

    assert asyncio.run(main()) == [str(number) for number in range(20)]
