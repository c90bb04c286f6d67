"""The clock that jumps."""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from firmware_sim.virtual_loop import NothingScheduled, TimeStandsStill, VirtualLoop, run


def test_a_day_of_sleep_takes_no_time() -> None:
    async def main() -> float:
        await asyncio.sleep(86_400)
        return asyncio.get_running_loop().time()

    started = time.monotonic()

    assert run(main(), start=5.0) == pytest.approx(86_405)
    assert time.monotonic() - started < 5


def test_timers_run_in_the_order_of_their_times() -> None:
    async def main() -> list[tuple[str, float]]:
        seen: list[tuple[str, float]] = []
        loop = asyncio.get_running_loop()
        for name, delay_s in (("late", 3.0), ("early", 1.0), ("middle", 2.0)):
            loop.call_later(delay_s, lambda name: seen.append((name, loop.time())), name)
        await asyncio.sleep(4)
        return seen

    assert run(main()) == [("early", 1.0), ("middle", 2.0), ("late", 3.0)]


def test_a_time_out_strikes_at_its_virtual_moment() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(7):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(7)


def test_a_byte_on_its_way_holds_the_clock() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        reading, writing = os.pipe()
        arrived = loop.create_future()
        loop.add_reader(reading, lambda: arrived.set_result(loop.time()))
        loop.call_later(1, lambda: None)
        os.write(writing, b"x")
        at_s: float = await arrived
        loop.remove_reader(reading)
        os.close(reading)
        os.close(writing)
        return at_s

    assert run(main()) == 0.0


def test_a_task_that_asks_for_its_turn_again_and_again_still_hears_its_wire() -> None:
    async def main() -> int:
        loop = asyncio.get_running_loop()
        reading, writing = os.pipe()
        heard: list[bytes] = []
        loop.add_reader(reading, lambda: heard.append(os.read(reading, 10)))
        os.write(writing, b"x")
        turns = 0
        while not heard:
            turns += 1
            await asyncio.sleep(0)
        loop.remove_reader(reading)
        os.close(reading)
        os.close(writing)
        return turns

    assert run(main()) < 20


def test_threads_are_refused() -> None:
    async def main() -> None:
        await asyncio.to_thread(time.monotonic)

    with pytest.raises(RuntimeError, match="no threads under the virtual clock"):
        run(main())


def test_work_for_an_executor_of_somebodys_own_is_done_at_once_in_no_time() -> None:
    async def main() -> tuple[int, float]:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor() as pool:
            ident = await loop.run_in_executor(pool, threading.get_ident)
            with pytest.raises(ZeroDivisionError):
                await loop.run_in_executor(pool, lambda: 1 // 0)
        return ident, loop.time()

    assert run(main()) == (threading.get_ident(), 0.0)


def test_name_resolution_is_refused_since_it_needs_a_thread() -> None:
    async def main() -> None:
        await asyncio.open_connection("localhost", 1)

    with pytest.raises(RuntimeError, match="no threads under the virtual clock"):
        run(main())


def test_tasks_that_keep_each_other_busy_at_one_instant_are_found() -> None:
    async def main() -> None:
        for _ in itertools.count():
            await asyncio.sleep(0)

    loop = VirtualLoop(turns_without_time=1_000)
    try:
        with pytest.raises(TimeStandsStill, match=r"1001 loop turns at 0\.000000 s"):
            loop.run_until_complete(main())
    finally:
        loop.close()


def test_waiting_for_what_can_never_happen_is_found() -> None:
    async def main() -> None:
        await asyncio.sleep(2)
        await asyncio.Event().wait()

    with pytest.raises(NothingScheduled, match=r"at 2\.000000 s every task waits"):
        run(main())
