"""The last moment at which a program lived, in a file that costs no flash: it lies in memory and goes with the boot.

Where its folder is none in memory, nothing is written: a card would wear out under it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from agent.core.time import Instant

FILE = "alive"
IN_MEMORY = ("/run/", "/var/run/", "/dev/shm/")  # noqa: S108 these are named, not made
WIDTH = 100


class SignOfLife:
    """One object a run; no method fails. `last`: what the run before left, None where there is nothing."""

    def __init__(self, folder: Path, *, is_simulated: bool = False) -> None:
        self._is_kept = is_simulated or f"{folder}/".startswith(IN_MEMORY)
        self._file = folder / FILE
        self._handle: int | None = None
        self.last = self._read() if self._is_kept else None

    def renew(self, now: Instant) -> None:
        """The program lives now."""
        if not self._is_kept:
            return
        with suppress(OSError):
            if self._handle is None:
                self._handle = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600)
            utc = "-" if now.utc_ms is None else str(now.utc_ms)
            os.pwrite(self._handle, f"{now.monotonic_s:.3f} {utc} {now.boot_id}".ljust(WIDTH).encode(), 0)

    def close(self) -> None:
        if self._handle is not None:
            with suppress(OSError):
                os.close(self._handle)
            self._handle = None

    def _read(self) -> Instant | None:
        try:
            seconds, utc, boot_id = self._file.read_text(encoding="ascii").split()
            return Instant(float(seconds), None if utc == "-" else int(utc), boot_id)
        except (OSError, ValueError):
            return None
