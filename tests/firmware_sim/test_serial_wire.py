"""A line as a pseudo-terminal, under the virtual clock."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

from firmware_sim.serial_wire import SerialWire
from firmware_sim.virtual_loop import run


class Line:
    """A wire and somebody who has its path open."""

    def __init__(self, path: Path, seed: int = 1) -> None:
        self.at_device = bytearray()
        self.at_charger = bytearray()
        self.hung_up = False
        self._loop = asyncio.get_running_loop()
        self.wire = SerialWire(self._loop, path, self.at_device.extend, random.Random(seed))
        self.open()

    def open(self) -> None:
        self._charger = os.open(self.wire.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self._loop.add_reader(self._charger, self._hear)

    def say(self, octets: bytes) -> None:
        os.write(self._charger, octets)

    def close(self) -> None:
        self._loop.remove_reader(self._charger)
        os.close(self._charger)

    def _hear(self) -> None:
        try:
            octets = os.read(self._charger, 4096)
        except OSError:
            octets = b""
        if not octets:
            self.hung_up = True
            self._loop.remove_reader(self._charger)
        self.at_charger += octets


def on_line(folder: Path, story: Callable[[Line], Awaitable[None]]) -> Line:
    async def main() -> Line:
        line = Line(folder / "wire")
        try:
            await story(line)
            await asyncio.sleep(0.001)
        finally:
            line.close()
            line.wire.vanish()
        return line

    return run(main())


ALL_OCTETS = bytes(range(256))


def test_every_octet_passes_unchanged_both_ways(tmp_path: Path) -> None:
    async def story(line: Line) -> None:
        line.wire.send(ALL_OCTETS)
        line.say(ALL_OCTETS)

    line = on_line(tmp_path, story)

    assert line.at_charger == ALL_OCTETS
    assert line.at_device == ALL_OCTETS


def test_thousands_of_frames_arrive_before_the_clock_moves(tmp_path: Path) -> None:
    async def story(line: Line) -> None:
        for number in range(2_000):
            line.wire.send(bytes((number % 256,)) * 60)
            line.say(b"ok")
            await asyncio.sleep(0.2)
            assert len(line.at_charger) == 60 * (number + 1)
            assert len(line.at_device) == 2 * (number + 1)

    on_line(tmp_path, story)


def test_noise_flips_single_bits_at_about_its_rate_and_the_same_ones_for_the_same_seed(tmp_path: Path) -> None:
    async def story(line: Line) -> None:
        line.wire.flip_rate = 0.1
        for _ in range(10):
            line.wire.send(bytes(256))
            await asyncio.sleep(0.01)

    first, second = on_line(tmp_path, story), on_line(tmp_path, story)
    flipped = [octet for octet in first.at_charger if octet]

    assert first.at_charger == second.at_charger
    assert 150 < len(flipped) < 380
    assert all(octet & (octet - 1) == 0 for octet in flipped)


def test_a_cut_line_carries_nothing_and_stays_open(tmp_path: Path) -> None:
    async def story(line: Line) -> None:
        line.wire.is_cut = True
        line.wire.send(b"lost")
        line.say(b"lost")
        await asyncio.sleep(1)
        line.wire.is_cut = False
        line.wire.send(b"up")
        line.say(b"down")

    line = on_line(tmp_path, story)

    assert (bytes(line.at_charger), bytes(line.at_device), line.hung_up) == (b"up", b"down", False)


def test_a_pulled_adapter_hangs_up_and_takes_its_path_along(tmp_path: Path) -> None:
    async def story(line: Line) -> None:
        line.wire.vanish()
        await asyncio.sleep(0.01)
        assert not line.wire.path.is_symlink()
        line.wire.send(b"into the void")

    assert on_line(tmp_path, story).hung_up


def test_an_adapter_that_comes_back_has_its_old_path(tmp_path: Path) -> None:
    async def story(line: Line) -> None:
        line.wire.vanish()
        await asyncio.sleep(0.01)
        line.wire.appear()
        line.close()
        line.open()
        line.wire.send(b"again")
        line.say(b"and back")

    line = on_line(tmp_path, story)

    assert (bytes(line.at_charger), bytes(line.at_device)) == (b"again", b"and back")


def test_what_nobody_reads_is_lost_and_counted_and_blocks_nobody(tmp_path: Path) -> None:
    async def main() -> int:
        loop = asyncio.get_running_loop()
        wire = SerialWire(loop, tmp_path / "wire", lambda _octets: None, random.Random(1))
        for _ in range(100):
            wire.send(bytes(1000))
        wire.vanish()
        return wire.lost_octets

    assert 0 < run(main()) <= 100_000


def test_a_path_left_by_a_killed_world_is_replaced(tmp_path: Path) -> None:
    async def main() -> bool:
        (tmp_path / "wire").symlink_to("/dev/pts/nobody")
        wire = SerialWire(asyncio.get_running_loop(), tmp_path / "wire", lambda _octets: None, random.Random(1))
        leads_somewhere = wire.path.resolve().is_char_device()
        wire.vanish()
        return leads_somewhere

    assert run(main())
