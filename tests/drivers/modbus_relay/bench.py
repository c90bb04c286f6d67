"""A relay board at the end of a line, with the agent's link to it and somebody who looks all the time."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from agent.drivers.buses import modbus_rtu
from agent.drivers.modbus.block import READ_HOLDING, Block
from agent.drivers.modbus.line import Device, Line, Unanswered
from agent.drivers.modbus_relay import link as relay_link
from agent.drivers.modbus_relay.link import RelayBoardLink
from agent.errors import DriverError
from firmware_sim.modbus_line import RtuLine
from firmware_sim.modbus_unit import Refusal, RegisterUnit, Table, Unit
from firmware_sim.relay_board import RelayBoard
from firmware_sim.relay_dialects import DIALECTS
from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run

ADDRESS, NEIGHBOUR, NOBODY = 5, 1, 77
BAUD = 9600
EVERYTHING = "test"


class Bench:
    """`board` is the device, `link` the agent's; `seen` what it told, the errors as their text."""

    def __init__(self, board: RelayBoard, neighbour: RegisterUnit, line: Line, link: RelayBoardLink) -> None:
        self.board = board
        self.neighbour = neighbour
        self.line = line
        self.link = link
        self.seen: list[object] = []

    @property
    def closed(self) -> list[int]:
        """Which contacts are."""
        return [place for place, relay in enumerate(self.board.relays, start=1) if relay.closed]

    async def close(self, channel: int) -> None:
        await self.link.order(channel, EVERYTHING, lambda: True)

    async def open(self, channel: int) -> None:
        await self.link.order(channel, EVERYTHING, lambda: False)

    async def nobody_answers(self) -> None:
        """The line is taken by a question to a device that is not there."""
        with suppress(Unanswered):
            await self.line.read(Device(unit=NOBODY), Block(READ_HOLDING, 0, 1))

    async def watch(self) -> None:
        """As whoever follows a driver does."""
        while True:
            try:
                async for looked in self.link.looks(EVERYTHING):
                    self.seen.append(looked)
            except DriverError as error:
                if self.seen[-1:] != [str(error)]:
                    self.seen.append(str(error))
            await asyncio.sleep(1.0)

    async def ask_neighbour(self, answered: list[float]) -> None:
        """Another device is read as fast as the line lets."""
        while True:
            try:
                await self.line.read(Device(unit=NEIGHBOUR), Block(READ_HOLDING, 0, 40))
                answered.append(asyncio.get_running_loop().time())
            except Unanswered:
                await asyncio.sleep(0.5)


class Registers:
    """Whatever is asked for is there, as in a meter."""

    def read(self, table: Table, address: int) -> int:
        return address

    def write(self, table: Table, address: int, value: int) -> None:
        raise Refusal


Story = Callable[[Bench], Awaitable[None]]


@asynccontextmanager
async def bench_of(
    family: str = "waveshare-inputs", *, first: int | None = None, of_board: int | None = None, echoes: bool = False
) -> AsyncIterator[Bench]:
    """`first` is what the board file says, `of_board` what is true where that differs."""
    timeline = Timeline(asyncio.get_running_loop())
    dialect = DIALECTS[family](first if of_board is None else of_board)
    board = RelayBoard(ADDRESS, dialect, 8, timeline, random.Random(1))
    neighbour = RegisterUnit(NEIGHBOUR, Registers(), random.Random(2))
    units: list[Unit] = [board, neighbour]
    rtu = RtuLine(timeline, units, BAUD)
    with tempfile.TemporaryDirectory() as folder:

        def received(octets: bytes) -> None:
            if echoes and rtu.wire is not None:
                rtu.wire.send(octets)
            rtu.received(octets)

        rtu.wire = SerialWire(timeline.loop, Path(folder) / "rs485", received, random.Random(3))
        line = modbus_rtu.create("rs485", modbus_rtu.Options(port=str(rtu.wire.path), baud=BAUD))
        options = relay_link.Options(bus="rs485", address=ADDRESS, family=family, first=first)
        link = relay_link.create("relays", options, {"rs485": line})
        await line.open()
        await link.open()
        try:
            yield Bench(board, neighbour, line, link)
        finally:
            await link.aclose()
            await line.aclose()
            rtu.wire.vanish()


def tell(story: Story, family: str = "waveshare-inputs", *, watched: bool = True, **how: object) -> None:
    """Run it with somebody who looks."""

    async def body() -> None:
        async with bench_of(family, **how) as bench:  # type: ignore[arg-type]
            watcher = asyncio.ensure_future(bench.watch()) if watched else None
            try:
                await story(bench)
            finally:
                if watcher is not None:
                    watcher.cancel()

    run(body())
