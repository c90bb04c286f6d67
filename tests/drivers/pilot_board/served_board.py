"""The whole firmware on fake pins behind a real pseudo-terminal, polled in virtual time: what the real link talks to.

Unlike the simulated charger it has storage, samples and slots of its own, and its pins are the test's to set.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from answers import UNKNOWN
from board import Board
from fake_hal import FakeHal
from kind import CAPTURE, METERING, STORAGE, UPDATE, Kind
from memory_slots import MemorySlots
from readings import Reader

from agent.drivers.pilot_board.link import Options, PilotLink
from agent.drivers.pilot_board.service import PilotBoardService
from firmware_sim.serial_wire import SerialWire
from firmware_sim.virtual_loop import run

POLL_S = 0.005
BOOT_S = 0.3
NAME = "pilot_board on pilot"
HAS = STORAGE | CAPTURE | METERING | UPDATE


class ServedHal(FakeHal):
    """Keeps what its predecessor kept, and has a waveform to show."""

    def samples(self) -> tuple[int, bytes]:
        high, low = 3_452, 657
        codes = ([high] * 27 + [low] * 73) * 100
        return 10, b"".join(code.to_bytes(2, "little") for code in codes)


Program = tuple[str, str]
"""Message table and version; "" for our own."""
OURS: Program = ("", "")


class ServedBoard:
    """A board that restarts when its firmware asks for it. `loses` and `doubles` count writes of the board to come.

    `programs` are those of its starts in turn, the last of them for all further ones.
    """

    def __init__(
        self, path: Path, kept: dict[str, bytes], slots: MemorySlots, has: int, programs: Sequence[Program]
    ) -> None:
        loop = asyncio.get_running_loop()
        self.loses = 0
        self.doubles = 0
        self.boots = 0
        self.knows_no: set[str] = set()
        """Words of ASKS that this board answers "unknown"."""
        self.kept = kept
        self.slots = slots
        self._has = has
        self._programs = programs
        self._wire = SerialWire(loop, path, self._received, random.Random(7))
        self._loop = loop
        self.start()
        self._timer = loop.call_later(POLL_S, self._poll)

    def start(self, reset_cause: str = "power") -> None:
        self.boots += 1
        self._started_s = self._loop.time()
        self.hal = ServedHal(boot_id=f"{self.boots:08x}", reset_cause=reset_cause, kind=Kind(has=self._has))
        self.hal.kept = self.kept
        self.hal.slots = self.slots
        self.hal.pins.current_ma = (0, 0, 0)
        self.board = Board(self.hal)
        table_hash, version = self._programs[min(self.boots, len(self._programs)) - 1]
        self.board.link._table_hash = table_hash or self.board.link._table_hash
        self.board.link._identity.firmware_version = version or self.board.link._identity.firmware_version

        self._forget(self.board.requests._reader)

    def _forget(self, reader: Reader) -> None:
        block = reader.block

        def known(what: str, number: int, now: int) -> tuple[int, bytes] | int:
            return UNKNOWN if what in self.knows_no else block(what, number, now)

        reader.block = known  # type: ignore[method-assign]

    def close(self) -> None:
        self._timer.cancel()
        self._wire.vanish()

    def pull_out(self) -> None:
        self._wire.vanish()

    def _received(self, octets: bytes) -> None:
        self.hal.to_board += octets

    def _poll(self) -> None:
        if self.hal.restarts:
            self._timer = self._loop.call_later(BOOT_S, self._start_again)
            return
        self.hal.now = round((self._loop.time() - self._started_s) * 1000)
        self.board.poll()
        self._send(bytes(self.hal.from_board))
        self.hal.from_board.clear()
        self._timer = self._loop.call_later(POLL_S, self._poll)

    def _send(self, octets: bytes) -> None:
        if octets and self.loses:
            self.loses -= 1
        elif octets and self.doubles:
            self.doubles -= 1
            self._wire.send(octets * 2)
        else:
            self._wire.send(octets)

    def _start_again(self) -> None:
        self.start("soft")
        self._poll()


class Served:
    """A board, the link to it, and the service over both."""

    def __init__(self, board: ServedBoard, link: PilotLink) -> None:
        self.board = board
        self.link = link
        self.service = PilotBoardService(NAME, link)


@asynccontextmanager
async def served(
    kept: dict[str, bytes], slots: MemorySlots, has: int, programs: Sequence[Program], configuration: str | None
) -> AsyncIterator[Served]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pilot"
        board = ServedBoard(path, kept, slots, has, programs)
        link = PilotLink("pilot", Options(port=str(path), configuration=configuration))
        await link.open()
        try:
            async with asyncio.timeout(10):
                while link.said() is None and (link.identity() is None or programs[0] == OURS):
                    await link.level.change()
            yield Served(board, link)
        finally:
            await link.aclose()
            board.close()


def at_a_board(
    test: Callable[[Served], Awaitable[None]],
    kept: dict[str, bytes] | None = None,
    slots: MemorySlots | None = None,
    has: int = HAS,
    programs: Sequence[Program] = (OURS,),
    *,
    configuration: str | None = None,
) -> None:
    async def body() -> None:
        async with served({} if kept is None else kept, slots or MemorySlots(), has, programs, configuration) as at:
            await test(at)

    run(body())
