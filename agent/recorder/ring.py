"""A ring of files that are only ever appended to; the oldest goes, whole, when there are too many bytes. Blocks."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from agent.recorder.frames import FrameKind, frame, frames

FILE_MODE = 0o600
SUFFIX = ".rec"
MOST_UNWRITTEN_BYTES = 256 << 10


class Ring:
    """Files `<name>-<number>.rec` in `folder`; each begins with `head`, the frame that says how blocks are written."""

    def __init__(self, folder: Path, name: str, head: bytes, most_bytes: int, *, files: int = 16) -> None:
        self._folder = folder
        self._name = name
        self._head = head
        self._most_bytes = most_bytes
        self.of_one = most_bytes // files
        self._newest: Path | None = None
        self._next: int | None = None
        self._unwritten: deque[bytes] = deque()
        """Frames that found no room, oldest first; they go before the next that does."""

    @property
    def unwritten(self) -> bytes:
        """What is in memory alone because the disk refused it, as a file of its own would hold it; b"": nothing."""
        return b"".join((self._head, *self._unwritten)) if self._unwritten else b""

    def append(self, kind: FrameKind, items: Sequence[bytes], *, flush: bool = False) -> None:
        """Add one frame. With `flush` it is on the disk when this returns.

        Raises OSError; then it is kept in memory, the newest MOST_UNWRITTEN_BYTES of all such, and tried with the next.
        """
        number = self.next_number()
        octets = frame(kind, number if kind is FrameKind.BLOCK else 0, items)
        self._next = number + (kind is FrameKind.BLOCK)
        self._unwritten.append(octets)
        while sum(map(len, self._unwritten)) > MOST_UNWRITTEN_BYTES and len(self._unwritten) > 1:
            self._unwritten.popleft()
        self._write(b"".join(self._unwritten), flush=flush)
        self._unwritten.clear()

    def _write(self, octets: bytes, *, flush: bool) -> None:
        """All of it or nothing. Raises OSError."""
        file = self._file_for(len(octets))
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE_MODE)
        with os.fdopen(descriptor, "ab", buffering=0) as opened:
            length = os.fstat(descriptor).st_size
            left = memoryview(octets if length else self._head + octets)
            try:
                while left:
                    left = left[opened.write(left) or 0 :]
            except OSError:
                # Half a frame would stand before the one that finds room again.
                os.ftruncate(descriptor, length)
                raise
            if flush:
                os.fsync(descriptor)

    def files(self) -> list[Path]:
        """Oldest first. Raises OSError."""
        return sorted(self._folder.glob(f"{self._name}-*{SUFFIX}"))

    def erase(self) -> None:
        """Nothing is kept any more. Raises OSError."""
        for file in self.files():
            file.unlink(missing_ok=True)
        self._newest = self._next = None
        self._unwritten.clear()

    def next_number(self) -> int:
        """Of the next block; the ring counts them over all its life. Raises OSError."""
        if self._next is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            files = self.files()
            self._newest = files[-1] if files else None
            self._next = 1
            for file in reversed(files):
                numbers = [one.number for one in frames(file.read_bytes()) if one.kind is FrameKind.BLOCK]
                if numbers:
                    self._next = numbers[-1] + 1
                    break
        return self._next

    def _file_for(self, size: int) -> Path:
        newest = self._newest
        if newest is not None and self._is_ours(newest) and newest.stat().st_size + size <= self.of_one:
            return newest
        number = 1 if newest is None else int(newest.stem.rpartition("-")[2]) + 1
        self._newest = self._folder / f"{self._name}-{number:08}{SUFFIX}"
        self._make_room(size + len(self._head))
        return self._newest

    def _is_ours(self, file: Path) -> bool:
        """Written with the same schema as what is to come."""
        try:
            with file.open("rb") as opened:
                return opened.read(len(self._head)) == self._head
        except FileNotFoundError:
            return False

    def _make_room(self, size: int) -> None:
        files = self.files()
        sizes = [file.stat().st_size for file in files]
        while files and sum(sizes) + max(size, self.of_one) > self._most_bytes:
            files.pop(0).unlink(missing_ok=True)
            sizes.pop(0)
