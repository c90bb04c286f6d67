"""A simulated charger for drivers: a board of one connector, its wires in a folder of their own, under virtual time."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agent.core.time import Instant
from firmware_sim import board_file
from firmware_sim.energy import MemoryRegisters
from firmware_sim.ev import Car, CarTraits
from firmware_sim.rig import Rig, RigOptions
from firmware_sim.serial_wire import SerialWire
from firmware_sim.token_reader import TokenReader

FIRST_WH = 10_000


class LoopClock:
    """The virtual loop's time."""

    def now(self) -> Instant:
        return Instant(asyncio.get_running_loop().time())


class Charger:
    """The rig of `sim-single`, by what tests want of it."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.world = rig.world
        self.outlet = rig.world.outlets[1]
        self.board = rig.world.boards[1]
        self.meter = rig.world.meters[1]

    def port(self, bus: str) -> str:
        """Where the wire of this bus is."""
        return str(self.rig.board["bus"][bus]["port"])

    @property
    def reader(self) -> TokenReader:
        reader = self.world.readers[0]
        assert isinstance(reader, TokenReader)
        return reader

    @property
    def reader_port(self) -> str:
        return str(self.rig.board["token_reader"]["port"])

    @property
    def meter_wire(self) -> SerialWire:
        return self.world.meter_wires[1]

    def plug_in(self, traits: CarTraits | None = None) -> None:
        self.outlet.insert(Car(self.world.timeline, traits or CarTraits(), self.outlet.settle))

    def plug_out(self) -> None:
        self.outlet.remove()


@asynccontextmanager
async def charger(meter: str = "eastron-sdm630", name: str = "sim-single") -> AsyncIterator[Charger]:
    """A fresh one; `meter` is the model behind the Modbus line, `name` the board."""
    board = board_file.read(board_file.find(name))
    board["connector"][0]["meter"]["map"] = meter
    with tempfile.TemporaryDirectory() as folder:
        options = RigOptions(directory=Path(folder), seed=7, meter_wh=FIRST_WH, registers=MemoryRegisters())
        async with Rig(board, options) as rig:
            yield Charger(rig)
