"""The simulated reader that types: what its pipe carries."""

from __future__ import annotations

import asyncio
import os
import struct
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.keyboard_reader import EventPipe, KeyboardReader
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run


def keys_of(folder: Path, token: str, *, keypad: bool = False, **kind: Any) -> list[int]:
    """The codes of the keys that go down when that card is shown."""

    async def present() -> bytes:
        wire = EventPipe(folder / "reader")
        reader = KeyboardReader(Timeline(asyncio.get_running_loop()), wire, **kind)
        reader.keypad = keypad
        charger = os.open(wire.path, os.O_RDONLY | os.O_NONBLOCK)
        reader.present(token)
        await asyncio.sleep(1)
        heard = os.read(charger, 65_536)
        wire.vanish()
        assert os.read(charger, 1) == b""
        os.close(charger)
        return heard

    events = list(struct.iter_unpack("llHHi", run(present())))
    assert all(value == 0 for _, _, kind, _, value in events if kind == 0)
    return [code for _, _, kind, code, value in events if (kind, value) == (1, 1)]


def test_hexadecimal_digits_are_typed_with_shift_and_enter(tmp_path: Path) -> None:
    assert keys_of(tmp_path, "04A1") == [11, 5, 42, 30, 2, 28]


def test_the_decimal_of_the_reversed_octets_is_filled_with_zeros(tmp_path: Path) -> None:
    # 0x000A01 backwards is 0x010A00, 68096.
    typed = keys_of(tmp_path, "000A01", decimal_digits=8, last_first=True)

    assert typed == [11, 11, 11, 7, 9, 11, 10, 7, 28]


def test_the_keypad_has_keys_of_its_own(tmp_path: Path) -> None:
    assert keys_of(tmp_path, "0123", keypad=True) == [82, 79, 80, 81, 96]


def test_a_number_that_it_cannot_print_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has more than the 8 digits that it types"):
        keys_of(tmp_path, "FFFFFFFF", decimal_digits=8)


def test_an_unplugged_reader_and_a_cut_cable_type_to_nobody(tmp_path: Path) -> None:
    async def type_away() -> None:
        wire = EventPipe(tmp_path / "reader")
        charger = os.open(wire.path, os.O_RDONLY | os.O_NONBLOCK)
        for mark, value in (("is_cut", True), ("is_cut", False), ("has_charger", False), ("has_charger", True)):
            setattr(wire, mark, value)
            wire.send(b"x" * 24)
        assert len(os.read(charger, 100)) == 48
        wire.vanish()
        wire.send(b"x" * 24)
        assert not wire.path.exists()
        wire.appear()
        assert wire.path.is_fifo()
        os.close(charger)
        wire.vanish()

    run(type_away())
