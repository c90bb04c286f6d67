"""The folder of a running world: one world at a time, and nothing left of a killed one."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "world.lock"
CONTROL_SOCKET = "control.sock"
TERMINALS = Path("/dev/pts")


class DirectoryTaken(RuntimeError):
    """Another world runs in this folder; the text says which process."""


@contextmanager
def taken(directory: Path) -> Iterator[None]:
    """The folder is ours for as long as the block runs; the kernel gives it back when we are killed.

    Raises DirectoryTaken, and OSError where the folder cannot be made or written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise DirectoryTaken(_whose(directory, lock.read().strip())) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        _sweep(directory)
        yield


def _whose(directory: Path, process: str) -> str:
    whose = f"process {process}" if process else "another process"
    return f"{directory}: a world runs here already ({whose}); stop it, or name another --dir"


def _sweep(directory: Path) -> None:
    """Take away the wires of a killed world: by now they may lead to somebody else's terminal."""
    for entry in directory.iterdir():
        if entry.is_symlink() and entry.readlink().is_relative_to(TERMINALS):
            entry.unlink()
    (directory / CONTROL_SOCKET).unlink(missing_ok=True)
