"""The start's look at its own memory and program."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from own_image import differs
from startup import memory_holds

HEAD = "pilot-board-image 1\nversion 0.2.0\nboard pilot-board\nplatform rp2\nepoch 0\ntable 2c64d94c\nkey 6fa1b2c3\n"


class StuckBit(bytearray):
    """Memory in which one bit of one byte never falls."""

    def __setitem__(self, place: object, value: object) -> None:
        stuck = isinstance(place, int) and place == 700 and isinstance(value, int)
        super().__setitem__(place, value | 0x08 if stuck else value)  # type: ignore[call-overload, operator]


class SharedByte(bytearray):
    """Memory whose addresses 100 and 612 are one byte: an address line that is broken."""

    def __setitem__(self, place: object, value: object) -> None:
        for each in (100, 612) if place in {100, 612} else (place,):
            super().__setitem__(each, value)  # type: ignore[call-overload]


def image(folder: Path) -> bytes:
    """A program of two files, and the text that names it."""
    files = {"board.py": b"x = 1\n" * 400, "main.py": b"import board\n"}
    text = HEAD
    for name, content in files.items():
        (folder / name).write_bytes(content)
        text += f"file {name} {len(content)} {hashlib.sha256(content).hexdigest()}\n"
    return text.encode()


def pieces(manifest: bytes, folder: Path) -> tuple[bool, int]:
    fed: list[None] = []
    return differs(manifest, str(folder), lambda: fed.append(None)), len(fed)


@pytest.mark.parametrize(("memory", "holds"), [(bytearray, True), (StuckBit, False), (SharedByte, False)])
def test_memory_that_cannot_hold_every_pattern_is_found(memory: type[bytearray], holds: bool) -> None:
    assert memory_holds(memory(1_024)) == holds


def test_a_program_as_its_manifest_says_is_the_one_and_the_watchdog_is_fed_meanwhile(tmp_path: Path) -> None:
    assert pieces(image(tmp_path), tmp_path) == (False, 6)


def test_without_a_manifest_there_is_nothing_to_compare(tmp_path: Path) -> None:
    assert not differs(b"", str(tmp_path), lambda: None)


@pytest.mark.parametrize("content", [b"import Board\n", b"import board\n\n", b""])
def test_another_content_differs(tmp_path: Path, content: bytes) -> None:
    manifest = image(tmp_path)
    (tmp_path / "main.py").write_bytes(content)

    assert differs(manifest, str(tmp_path), lambda: None)


def test_a_file_that_is_gone_differs(tmp_path: Path) -> None:
    manifest = image(tmp_path)
    (tmp_path / "board.py").unlink()

    assert differs(manifest, str(tmp_path), lambda: None)


@pytest.mark.parametrize("spoil", [lambda text: text[:-1], lambda text: text[3:], lambda text: b"\xff" + text])
def test_a_manifest_that_is_none_differs(tmp_path: Path, spoil: object) -> None:
    assert callable(spoil)

    assert differs(spoil(image(tmp_path)), str(tmp_path), lambda: None)
