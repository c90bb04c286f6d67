"""The board under MicroPython in a process of its own: it charges, its hardware is honoured, it never outlives us."""

import asyncio
import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from firmware_sim.energy import EnergyRegisters, MemoryRegisters
from firmware_sim.ev import Car, CarTraits
from firmware_sim.firmware import FirmwareMissing
from firmware_sim.mains import Mains
from firmware_sim.micropython_board import MicropythonBoard, find_micropython
from firmware_sim.outlet import Outlet
from firmware_sim.pilot_circuit import Drive
from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import Timeline
from firmware_sim.unplug_trials import BenchHost

TOP = Path(__file__).parents[2]
MICROPYTHON = find_micropython() or Path("micropython")
pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(find_micropython() is None, reason="no micropython: its wheel exists for Linux on x86-64 only"),
]


class Bench:
    """One outlet with a board under MicroPython, in real time."""

    def __init__(self, folder: Path, micropython: Path = MICROPYTHON) -> None:
        loop = asyncio.get_running_loop()
        self.timeline = Timeline(loop)
        self.outlet = Outlet(
            1, self.timeline, Mains(), EnergyRegisters(self.timeline, MemoryRegisters(), "one", 0), tethered=True
        )
        self.path = folder / "board"
        self.board = MicropythonBoard(
            self.outlet,
            self.timeline,
            lambda received: SerialWire(loop, self.path, received, random.Random(0)),
            random.Random(1),
            micropython=micropython,
        )
        self._changed = asyncio.Event()
        self.outlet.settled = self._changed.set

    async def until(self, holds: Callable[[], bool], limit_s: float) -> float:
        """Seconds until `holds()`; raises TimeoutError."""
        start = self.timeline.loop.time()
        async with asyncio.timeout(limit_s):
            while not holds():
                self._changed.clear()
                await self._changed.wait()
        return self.timeline.loop.time() - start

    async def charge(self) -> None:
        """From a board that runs to closed contacts; the host must talk."""
        self.outlet.insert(Car(self.timeline, CarTraits(ready_delay_s=0.2), self.outlet.settle))
        await self.until(lambda: self.outlet.contactor.main_closed, 15)


@asynccontextmanager
async def powered(folder: Path) -> AsyncIterator[Bench]:
    bench = Bench(folder)
    try:
        await bench.until(bench.outlet.chain_ok, 5)
        yield bench
    finally:
        bench.board.close()


@asynccontextmanager
async def charging(folder: Path) -> AsyncIterator[Bench]:
    async with powered(folder) as bench, asyncio.TaskGroup() as tasks:
        talk = tasks.create_task(BenchHost(bench.path, 160).talk())
        await bench.charge()
        yield bench
        talk.cancel()


def is_gone(pid: int, within_s: float = 0) -> bool:
    """No process of that id runs any more; whether its parent has taken notice is not asked."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], within_s)[0])
    finally:
        os.close(process)


def test_a_car_is_charged_and_leaves(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charging(tmp_path) as bench:
            await bench.until(lambda: any(bench.outlet.phase_ma()), 5)
            assert bench.outlet.offered_a() == pytest.approx(16, abs=0.01)

            bench.outlet.remove()

            assert await bench.until(lambda: not bench.outlet.contactor.main_closed, 1) <= 0.1
            await bench.until(lambda: bench.outlet.generator.drive is Drive.X1, 1)

    asyncio.run(scenario())


def test_a_hung_interpreter_drops_the_chain_and_the_watchdog_resets_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charging(tmp_path) as bench:
            pid, boot_id = bench.board.pid, bench.board.boot_id
            assert pid is not None

            os.kill(pid, signal.SIGSTOP)

            # The charge pump's 50 ms and the contactor's 22 ms.
            assert await bench.until(lambda: not bench.outlet.contactor.main_closed, 1) <= 0.1
            assert not bench.outlet.chain_ok()
            await bench.until(bench.outlet.chain_ok, 3)
            assert bench.board.boots == 2
            assert bench.board.boot_id != boot_id
            assert is_gone(pid)

    asyncio.run(scenario())


def test_a_board_told_to_hang_stays_hung_until_it_is_reset(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with powered(tmp_path) as bench:
            bench.board.hang()
            await bench.until(lambda: not bench.outlet.chain_ok(), 1)
            await asyncio.sleep(0.7)
            assert (bench.board.is_running, bench.board.boots) == (False, 1)

            bench.board.reset("watchdog")

            await bench.until(bench.outlet.chain_ok, 3)
            assert (bench.board.is_running, bench.board.boots) == (True, 2)

    asyncio.run(scenario())


def test_a_board_that_is_closed_leaves_no_process(tmp_path: Path) -> None:
    async def scenario() -> int | None:
        async with powered(tmp_path) as bench:
            return bench.board.pid

    pid = asyncio.run(scenario())

    assert pid is not None
    assert is_gone(pid)


def test_an_interpreter_that_does_not_start_is_named(tmp_path: Path) -> None:
    async def scenario() -> None:
        with pytest.raises(FirmwareMissing, match="nowhere/micropython does not start: No such file"):
            Bench(tmp_path, Path("/nowhere/micropython"))

    asyncio.run(scenario())


WORLD = """
import asyncio, sys
from pathlib import Path
from tests.firmware.test_micropython_board import powered

async def main():
    async with powered(Path(sys.argv[1])) as bench:
        if sys.argv[2] == "hung":
            bench.board.hang()
        print(bench.board.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("state", ["running", "hung"])
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_no_end_of_the_world_leaves_a_process_behind(tmp_path: Path, ending: signal.Signals, state: str) -> None:
    command = [sys.executable, "-c", WORLD, str(tmp_path), state]
    with subprocess.Popen(
        command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as world:
        assert world.stdout is not None
        pid = int(world.stdout.readline())

        world.send_signal(ending)
        world.wait(10)

        assert is_gone(pid, within_s=5)
