"""A whole update over a real wire: the loader, two slots and the board under MicroPython in a process of its own."""

from __future__ import annotations

import ast
import asyncio
import os
import random
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from frames import frame, unframe
from kind import CAPTURE, UPDATE
from messages import (
    ANSWER,
    ASK,
    ASKS,
    BLOCK,
    IDENTIFY,
    IDENTITY,
    PUT,
    PUTS,
    RESULTS,
    STATUS,
    WISH,
    pack,
    table_hash,
    unpack,
)
from update import HEADER_BYTES, key_id

from firmware_sim.energy import EnergyRegisters, MemoryRegisters
from firmware_sim.firmware import FIRMWARE
from firmware_sim.mains import Mains
from firmware_sim.micropython_board import MicropythonBoard, find_micropython
from firmware_sim.outlet import Outlet
from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import Timeline
from tests.firmware.images import PUBLIC, blocks, image_of, signed
from tools.firmware_image.build import build, lay_out
from tools.firmware_image.layout import Image

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(find_micropython() is None, reason="no micropython: its wheel exists for Linux on x86-64 only"),
]
BROKEN = image_of({"main.py": b"raise ValueError\n"}, version="0.3.0", platform="linux")
SILENT = image_of({"main.py": b"import time\ntime.sleep(2)\n"}, version="0.4.0", platform="linux")
"""Runs and ends: what a watchdog makes of a program that does nothing."""


class WireHost:
    """Talks to the board over its wire, and asks again until it is answered."""

    def __init__(self, path: Path) -> None:
        self._line = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self._pending = b""
        self._request = 0
        self.wishes = False

    def close(self) -> None:
        os.close(self._line)

    async def ask(self, number: int, *values: object, answers: tuple[int, ...]) -> list[Any]:
        """The fields of the answer to one request, repeated every second."""
        self._request += 1
        for _ in range(60):
            self._say(number, (self._request, *values))
            for _ in range(200):
                for heard, fields in self._hear():
                    if heard in answers and fields[0] == self._request:
                        return fields
                await asyncio.sleep(0.005)
        raise TimeoutError

    async def identity(self) -> list[Any]:
        return await self.ask(IDENTIFY, table_hash(), answers=(IDENTITY,))

    async def update(self) -> Mapping[str, str]:
        """What the board tells about its update."""
        fields = await self.ask(ASK, ASKS.index("update"), 0, answers=(BLOCK, ANSWER))
        pairs = (word.partition("=") for word in fields[4].decode().split(" "))
        return {name: value for name, _, value in pairs}

    async def put(self, what: str, number: int, content: bytes) -> str:
        while True:
            fields = await self.ask(PUT, PUTS.index(what), number, content, answers=(ANSWER,))
            if RESULTS[fields[1]] != "busy":
                return RESULTS[fields[1]]

    async def send(self, image: Image) -> str:
        octets = image.packed()
        answer = await self.put("image_begin", 0, octets[:HEADER_BYTES])
        for number, block in enumerate(blocks(octets)):
            if answer == "done":
                answer = await self.put("image", number, block)
        return await self.put("image_end", 0, b"") if answer == "done" else answer

    async def until(self, version: str, boot_id: str) -> None:
        """Until another start of the board names this version."""
        async with asyncio.timeout(30):
            while True:
                fields = await self.identity()
                if fields[4] == version and fields[5] != boot_id:
                    return
                await asyncio.sleep(0.1)

    def wish(self) -> None:
        """No power, but a sign of life."""
        self._request += 1
        self._say(WISH, (self._request, False, 0, False, 0, 0, True, True, False, None))

    def _say(self, number: int, values: tuple[object, ...]) -> None:
        os.write(self._line, frame(pack(number, values)))

    def _hear(self) -> list[tuple[int, list[Any]]]:
        try:
            self._pending += os.read(self._line, 65_536)
        except BlockingIOError:
            return []
        *pieces, self._pending = self._pending.split(b"\x00")
        return [message for piece in pieces if piece and (message := unpack(unframe(piece)))[0] != STATUS]


@contextmanager
def switched_on(folder: Path) -> Iterator[MicropythonBoard]:
    """A board whose file system is `folder`; its wire is the file "wire" beside it."""
    loop = asyncio.get_running_loop()
    timeline = Timeline(loop)
    outlet = Outlet(1, timeline, Mains(), EnergyRegisters(timeline, MemoryRegisters(), "one", 0), tethered=True)
    path = folder.parent / "wire"
    board = MicropythonBoard(
        outlet,
        timeline,
        lambda received: SerialWire(loop, path, received, random.Random(0)),
        random.Random(os.urandom(8)),
        micropython=find_micropython() or Path(),
        folder=folder,
    )
    try:
        yield board
    finally:
        board.close()


@asynccontextmanager
async def powered(folder: Path) -> AsyncIterator[tuple[MicropythonBoard, WireHost]]:
    """The same, and a host on its wire."""
    with switched_on(folder) as board:
        host = WireHost(folder.parent / "wire")
        try:
            yield board, host
        finally:
            host.close()


def program(folder: Path, version: str, *, speaks_another_table: bool = False, has_comments: bool = True) -> Image:
    """Our own program, under another version's name; one that speaks another table has one more word for its lights.

    Without its comments it is the same program, and sooner sent.
    """
    shutil.copytree(FIRMWARE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    board = folder / "board.py"
    text = board.read_text()
    assert 'FIRMWARE_VERSION = "0.1.0"' in text
    board.write_text(text.replace('FIRMWARE_VERSION = "0.1.0"', f'FIRMWARE_VERSION = "{version}"'))
    if speaks_another_table:
        messages = folder / "messages.py"
        text = messages.read_text()
        assert '"offline", "update",' in text
        messages.write_text(text.replace('"offline", "update",', '"offline", "update", "party",'))
    if not has_comments:
        for module in folder.rglob("*.py"):
            module.write_text(without_comments(module.read_text()))
    return signed(build(folder, "linux", 0, key_id(PUBLIC)))


def without_comments(source: str) -> str:
    """Nor what a module, a class, a function or a name says of itself."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [each for each in node.body if not is_said_of_itself(each)] or [ast.Pass()]
    return ast.unparse(tree) + "\n"


def is_said_of_itself(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def delivered(tmp_path: Path, version: str = "0.1.0", *, speaks_another_table: bool = False) -> Path:
    image = program(tmp_path / "old", version, speaks_another_table=speaks_another_table)
    lay_out(image, PUBLIC, tmp_path / "flash")
    return tmp_path / "flash"


def test_a_board_takes_a_new_program_confirms_it_and_keeps_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        folder = delivered(tmp_path)
        async with powered(folder) as (board, host):
            _, _, _, _, version, boot_id, capabilities = await host.identity()
            assert (version, capabilities & UPDATE) == ("0.1.0", UPDATE)

            assert await host.send(program(tmp_path / "new", "0.2.0")) == "done"
            await host.until("0.2.0", boot_id)
            assert board.kept["boots"] == b"\x01", "a restart that was ordered is no short life"

            assert (await host.update())["state"] == "trial"
            host.wish()
            assert (await host.update())["state"] == "confirmed"
            board.reset()
            await host.until("0.2.0", "")
            told = await host.update()
            assert (told["running"], told["other"]) == ("0.2.0", "0.1.0")

    asyncio.run(scenario())


def test_a_board_without_captures_says_so_and_lives_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with powered(delivered(tmp_path)) as (board, host):
            assert (await host.identity())[6] & CAPTURE == 0

            refused = await host.ask(ASK, ASKS.index("capture"), 0, answers=(BLOCK, ANSWER))

            assert RESULTS[refused[1]] == "unknown"
            assert (await host.update())["running"] == "0.1.0"
            assert board.boots == 1

    asyncio.run(scenario())


@pytest.mark.parametrize("image", [BROKEN, SILENT], ids=["raises", "ends"])
def test_a_program_that_fails_is_followed_by_the_one_before(tmp_path: Path, image: Image) -> None:
    async def scenario() -> None:
        async with powered(delivered(tmp_path)) as (_, host):
            boot_id = (await host.identity())[5]

            assert await host.send(image) == "done"
            await host.until("0.1.0", boot_id)

            told = await host.update()
            assert (told["state"], told["running"]) == ("fell_back", "0.1.0")

    asyncio.run(scenario())


def test_a_board_refuses_a_forged_image_and_runs_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with powered(delivered(tmp_path)) as (board, host):
            await host.identity()
            forged = Image(BROKEN.manifest, BROKEN.content, bytes(64))

            assert await host.send(forged) == "bad_signature"

            assert board.boots == 1
            assert (await host.update())["reason"] == "signature"

    asyncio.run(scenario())
