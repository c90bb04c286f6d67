"""A file on its way to us: what an earlier try left of it, and of which version of the original. Blocks: for a thread.

Beside the file lies a note with that version and with how many bytes are on disk for certain. After a power cut a file
can be longer than what was ever written of it; what goes beyond the note is fetched again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import TransferBroken, TransferRefused
from agent.transfer.addresses import Address
from agent.transfer.connecting import Line

KEPT_EVERY_BYTES = 4 * 1024 * 1024
"""So much at most is fetched twice after a power cut; on an SD card some ten milliseconds each time (proposed)."""

Take = Callable[[bytes], None]


class Part:
    """One for each try. What is raised names the server of `address`."""

    def __init__(self, file: Path, address: Address, line: Line) -> None:
        self._file = file
        self._note = file.with_name(f"{file.name}.version")
        self._where = address.where
        self._line = line

    def held(self) -> tuple[str, int]:
        """Version and number of the bytes there are; "" and 0 where nothing can be gone on with."""
        try:
            count, _, version = self._note.read_text(encoding="utf-8").partition("\n")
            had = min(int(count), self._file.stat().st_size)
        except (OSError, ValueError):
            return "", 0
        return (version, had) if version and had > 0 else ("", 0)

    def forget(self) -> None:
        """The next try begins anew."""
        self._note.unlink(missing_ok=True)

    @contextmanager
    def writing(self, *, version: str, had: int, expected: int | None) -> Iterator[Take]:
        """Write what comes behind the first `had` bytes; `expected` is the length of the whole, where it is known.

        With a `version` a later try can go on where this one breaks off. Raises TransferError, OSError.
        """
        most = self._line.rules.largest_download_bytes
        if expected is not None and expected > most:
            raise TransferRefused(f"the file at {self._where} has {expected} bytes; at most {most} are fetched")
        if not had:
            self.forget()
        size = kept = had
        with self._file.open("r+b" if had else "wb") as opened:
            opened.truncate(had)
            opened.seek(had)

            def keep() -> None:
                nonlocal kept
                opened.flush()
                os.fsync(opened.fileno())
                kept = size
                if version:
                    self._keep(version, size)

            def take(block: bytes) -> None:
                nonlocal size
                self._line.check()
                if size + len(block) > most:
                    raise TransferRefused(f"the file at {self._where} does not end; at most {most} bytes are fetched")
                opened.write(block)
                size += len(block)
                if size - kept >= KEPT_EVERY_BYTES:
                    keep()

            try:
                yield take
            finally:
                keep()
        if expected is not None and size != expected:
            raise TransferBroken(f"{self._where} broke off after {size} of {expected} bytes")
        self.forget()

    def _keep(self, version: str, size: int) -> None:
        """Whole or not at all, whenever the power goes."""
        written = self._note.with_name(f"{self._note.name}.new")
        with written.open("w", encoding="utf-8") as note:
            note.write(f"{size}\n{version}")
            note.flush()
            os.fsync(note.fileno())
        written.replace(self._note)
