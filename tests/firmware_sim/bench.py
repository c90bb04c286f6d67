"""A world with a host on the pilot board's line: the least that makes a car charge, so that no agent is needed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from firmware_sim import board_file, verbs
from firmware_sim.energy import MemoryRegisters, RegisterStore
from firmware_sim.firmware import load_module
from firmware_sim.invariants import WorldRules
from firmware_sim.outlet import Outlet
from firmware_sim.rig import Rig, RigOptions
from firmware_sim.virtual_loop import run
from firmware_sim.world import World

T = TypeVar("T")

WISH_EVERY_S = 0.5


class Host:
    """Wishes `permit` and `offer_da` for ever, and keeps the statuses it hears."""

    def __init__(self, path: Path) -> None:
        self.permit = True
        self.offer_da = 160
        self.lock = False
        self.configuration: int | None = None
        self.statuses: list[dict[str, Any]] = []
        self.identities: list[list[Any]] = []
        self.damaged = 0
        self.received = bytearray()
        self._path = path
        self._pending = b""
        self._line: int | None = None
        self._sequence = 0
        self._messages, self._frames = load_module("messages"), load_module("frames")
        fields = next(fields for _, name, fields in self._messages.TABLE if name == "status")
        self._names = [field[0] for field in fields]

    async def talk(self) -> None:
        """Until cancelled; a line that hung up is opened again as soon as it is back."""
        try:
            while True:
                if self._line is None and self._path.exists():
                    self._open()
                if self._line is not None:
                    self._speak()
                await asyncio.sleep(WISH_EVERY_S)
        finally:
            self._close()

    def _speak(self) -> None:
        if not self._is_known():
            self._say(self._messages.IDENTIFY, (self._sequence % 1000, self._messages.table_hash()))
        self._sequence += 1
        asked = (self.permit, self.offer_da, self.lock, 0, self._plug(), True, True, False, self.configuration)
        self._say(self._messages.WISH, (self._sequence, *asked))

    def _plug(self) -> int:
        return int(self.status["insertions"]) if self.statuses else 0

    def _open(self) -> None:
        self._line = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        asyncio.get_running_loop().add_reader(self._line, self._readable)

    def _close(self) -> None:
        if self._line is not None:
            asyncio.get_running_loop().remove_reader(self._line)
            os.close(self._line)
            self._line = None

    def _readable(self) -> None:
        assert self._line is not None
        try:
            octets = os.read(self._line, 4096)
        except OSError:
            octets = b""
        if octets:
            self.hear(octets)
        else:
            self._close()

    def hear(self, octets: bytes) -> None:
        self.received += octets
        *pieces, self._pending = (self._pending + octets).split(b"\0")
        for piece in pieces:
            try:
                number, values = self._messages.unpack(self._frames.unframe(piece))
            except ValueError:
                self.damaged += 1
                continue
            if number == self._messages.STATUS:
                self.statuses.append(dict(zip(self._names, values, strict=True)))
            else:
                self.identities.append(values)

    def _is_known(self) -> bool:
        """The board that speaks now has told who it is; a restarted one must be asked again."""
        if not self.identities:
            return False
        return not self.statuses or int(self.identities[-1][5], 16) == self.status["boot_number"]

    @property
    def status(self) -> dict[str, Any]:
        return self.statuses[-1]

    @property
    def fault_codes(self) -> set[int]:
        return set(self.status["faults"])

    def _say(self, number: int, values: tuple[object, ...]) -> None:
        assert self._line is not None
        os.write(self._line, self._frames.frame(self._messages.pack(number, values)))


@dataclass(frozen=True, slots=True)
class Bench:
    rig: Rig
    host: Host
    rules: WorldRules

    @property
    def world(self) -> World:
        return self.rig.world

    @property
    def outlet(self) -> Outlet:
        return self.world.outlet(1)

    async def do(self, verb: str, **given: object) -> dict[str, Any]:
        return dict(await verbs.perform(self.world, verb, dict(given)))

    async def charging(self, **car: object) -> None:
        """A car has come, and draws what it may."""
        await self.do("plug_in", **car)
        await self.do("wait", connector=1, until="charging", timeout_s=30)
        await asyncio.sleep(3)


@asynccontextmanager
async def rig_of(
    folder: Path,
    *,
    board: str = "sim-single",
    seed: int = 1,
    registers: RegisterStore | None = None,
    socket: bool = False,
    **options: Any,
) -> AsyncIterator[Rig]:
    table = board_file.read(board_file.find(board))
    if socket:
        table["connector"][0]["outlet"] = "socket"
    given = RigOptions(directory=folder, seed=seed, registers=registers or MemoryRegisters(), **options)
    async with Rig(table, given) as rig:
        yield rig


@asynccontextmanager
async def bench(
    folder: Path, *, board: str = "sim-single", seed: int = 1, socket: bool = False, **options: Any
) -> AsyncIterator[Bench]:
    """A world, its rules watched, and a host at connector 1 that permits 16 A, and locks a socket."""
    async with rig_of(folder, board=board, seed=seed, socket=socket, **options) as rig:
        host = Host(rig.world.boards[1].wire.path)
        host.lock = socket
        rules = WorldRules(rig.world)
        talking = asyncio.get_running_loop().create_task(host.talk())
        try:
            yield Bench(rig, host, rules)
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)
        rules.look()
        assert rules.breaches == []


class Misbehaving:
    """A central system that notes what it is told to do."""

    def __init__(self) -> None:
        self.silent = False
        self.delay_s = 0.0
        self.told: list[str] = []

    def close_connections(self) -> None:
        self.told.append("close")

    def refuse(self, refused: bool) -> None:
        self.told.append(f"refuse {refused}")

    def be_hostile(self, frames: int) -> None:
        self.told.append(f"hostile {frames}")


def at_a_charge(folder: Path, story: Callable[[Bench], Awaitable[T]], *, socket: bool = False, **car: object) -> T:
    """The story, while a car draws."""

    async def main() -> T:
        async with bench(folder, socket=socket) as at:
            await at.charging(**car)
            return await story(at)

    return run(main())


def at_rest(folder: Path, story: Callable[[Bench], Awaitable[T]]) -> T:
    async def main() -> T:
        async with bench(folder) as at:
            await asyncio.sleep(1)
            return await story(at)

    return run(main())
