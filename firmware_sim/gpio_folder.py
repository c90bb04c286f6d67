"""A GPIO chip as a folder: what its two sides, which may live in two processes, find there.

    chip.json     what the chip calls itself, and the names of its lines
    pads          two octets for each line: its level as the outside makes it (FLOATING where nothing does), and
                  whether the pad is stuck, so that whoever drives it does not move it
    lines/N       locked by whoever holds line N, and telling who and how
    door          a socket: each connection is one request of lines, and ends with it, as a file of the kernel does

Levels lie in shared memory, so that nobody waits for the other side to read one. Over a connection goes first what is
asked for, then each level that is set, and the other way each edge.
"""

from __future__ import annotations

import mmap
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHIP, PADS, LINES, DOOR = "chip.json", "pads", "lines", "door"
LOW, HIGH, FLOATING = 0, 1, 2

EVENT = struct.Struct("<QHBII")
"""Nanoseconds, line, whether it rises, number among all of the request, number among the line's own."""
SETTING = struct.Struct("<HB")
"""Line, physical level."""
MOST_OCTETS = 65_536


class Pads:
    """The levels of all lines, in memory that both sides share."""

    def __init__(self, folder: Path) -> None:
        descriptor = os.open(folder / PADS, os.O_RDWR)
        try:
            self._memory = mmap.mmap(descriptor, 0)
        finally:
            os.close(descriptor)

    def level(self, line: int) -> int:
        return self._memory[2 * line]

    def set_level(self, line: int, level: int) -> None:
        self._memory[2 * line] = level

    def is_stuck(self, line: int) -> bool:
        return bool(self._memory[2 * line + 1])

    def set_stuck(self, line: int, stuck: bool) -> None:
        self._memory[2 * line + 1] = stuck

    def close(self) -> None:
        self._memory.close()


@contextmanager
def door_address(folder: Path) -> Iterator[str]:
    """The path of the door in a form that is short enough for a socket, however deep the folder lies."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{DOOR}"
    finally:
        os.close(descriptor)


def open_socket() -> socket.socket:
    """One that keeps messages whole and never waits."""
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    opened.setblocking(False)
    return opened
