"""How long the contacts stay closed after a plug was pulled under load: one board, car and host per trial.

A fresh board each time, for the switching rate is limited. Under the virtual loop with the CPython board, in real
time with the MicroPython one: the same trial.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from firmware_sim.energy import EnergyRegisters, MemoryRegisters
from firmware_sim.ev import Car, CarTraits
from firmware_sim.firmware import load_module
from firmware_sim.mains import Mains
from firmware_sim.outlet import Outlet
from firmware_sim.pilot_board import OpenWire
from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import US_PER_S, Timeline
from firmware_sim.world import Board

MakeBoard = Callable[[Outlet, Timeline, OpenWire, random.Random], Board]

Beside = Callable[[int], AbstractContextManager[None]]

LIMIT_MS = 100.0
"""IEC 61851-1 sequence 2.2, as recalled in pilot.md 5."""

CLOSES_WITHIN_S = 60.0
OPENS_WITHIN_S = 10.0
WISH_EVERY_S = 0.5
FIRST_PLUG = 1
"""Each trial has a board of its own, which has counted no other."""
MOST_CHATTER_S = 0.02
"""A plug on its way out bounces for 1…20 ms (pilot.md 8.3)."""


class BenchHost:
    """The least that a host must say: the table's name, then one wish again and again."""

    def __init__(self, path: Path, offer_da: int) -> None:
        self._messages, self._frames = load_module("messages"), load_module("frames")
        self._path = path
        self._offer_da = offer_da

    async def talk(self) -> None:
        """Until cancelled."""
        line = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            self._say(line, self._messages.IDENTIFY, (1, self._messages.table_hash()))
            for sequence in range(1_000_000):
                wish = (sequence, True, self._offer_da, False, 4, FIRST_PLUG, True, True, False, None)
                self._say(line, self._messages.WISH, wish)
                await asyncio.sleep(WISH_EVERY_S)
        finally:
            os.close(line)

    def _say(self, line: int, number: int, values: tuple[object, ...]) -> None:
        os.write(line, self._frames.frame(self._messages.pack(number, values)))


class Trial:
    """One charge that ends with the plug being pulled. `chance` draws the car, the moment and how the plug bounces."""

    def __init__(self, make_board: MakeBoard, path: Path, chance: random.Random) -> None:
        self._timeline = Timeline(asyncio.get_running_loop())
        self._chance = chance
        registers = EnergyRegisters(self._timeline, MemoryRegisters(), "trial", 0)
        self._outlet = Outlet(1, self._timeline, Mains(), registers, tethered=True)
        self._moved = asyncio.Event()
        self._outlet.settled = self._moved.set
        open_wire = lambda received: SerialWire(self._timeline.loop, path, received, chance)  # noqa: E731
        self._board = make_board(self._outlet, self._timeline, open_wire, chance)
        self._host = BenchHost(path, chance.choice((60, 100, 160, 320)))

    async def run(self, beside: Callable[[], AbstractContextManager[None]]) -> float:
        """Milliseconds from the first break of the pilot to open contacts. Raises TimeoutError where nothing closes."""
        async with asyncio.TaskGroup() as tasks:
            try:
                talk = tasks.create_task(self._host.talk())
                await self._until_closed()
                await asyncio.sleep(self._chance.uniform(0.5, 3.0))
                with beside():
                    opened_after_ms = await self._pull_plug()
                talk.cancel()
            finally:
                self._board.close()
        return opened_after_ms

    async def _until_closed(self) -> None:
        traits = CarTraits(ready_delay_s=self._chance.uniform(0.1, 1.0), draw_delay_s=self._chance.uniform(0.1, 1.0))
        self._outlet.insert(Car(self._timeline, traits, self._outlet.settle))
        await self._until(closed=True, timeout_s=CLOSES_WITHIN_S)

    async def _pull_plug(self) -> float:
        started_us = self._timeline.now_us()
        await self._chatter()
        self._outlet.remove()
        await self._until(closed=False, timeout_s=OPENS_WITHIN_S)
        return (self._timeline.now_us() - started_us) * 1000 / US_PER_S

    async def _chatter(self) -> None:
        lasts_s = self._chance.choice((0.0, self._chance.uniform(0.001, MOST_CHATTER_S)))
        ends_us = self._timeline.now_us() + lasts_s * US_PER_S
        while self._timeline.now_us() < ends_us:
            self._break_pilot(not self._outlet.faults.wire_open)
            await asyncio.sleep(self._chance.uniform(0.0005, 0.005))
        self._break_pilot(False)

    def _break_pilot(self, broken: bool) -> None:
        self._outlet.faults.wire_open = broken
        self._outlet.settle()

    async def _until(self, *, closed: bool, timeout_s: float) -> None:
        async with asyncio.timeout(timeout_s):
            while self._outlet.contactor.main_closed != closed:
                self._moved.clear()
                await self._moved.wait()


def _nothing_beside(_number: int) -> AbstractContextManager[None]:
    return nullcontext()


async def unplug_trials(
    make_board: MakeBoard, count: int, *, at_once: int = 1, seed: int = 0, beside: Beside = _nothing_beside
) -> list[float]:
    """`count` trials, `at_once` side by side; the milliseconds of each, in order.

    `beside` is entered with a trial's number while its plug is pulled, for whoever watches the machine meanwhile.
    """
    free = asyncio.Semaphore(at_once)
    with TemporaryDirectory(prefix="unplug") as folder:

        async def one(number: int) -> float:
            async with free:
                chance = random.Random(f"{seed} {number}")
                await asyncio.sleep(chance.uniform(0, 0.05))
                return await Trial(make_board, Path(folder) / f"board{number}", chance).run(partial(beside, number))

        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(one(number)) for number in range(count)]
        return [task.result() for task in running]
