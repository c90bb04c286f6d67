"""Where a story that is played in virtual time has its files, and the plan of one in which nobody does anything."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware_sim.scenario import Plan

NOTHING = Plan(1, (1,), 0.0, ())
"""For whoever does things to the world himself."""
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in it, made for this alone


@contextmanager
def in_memory(prefix: str) -> Iterator[Path]:
    """A folder that is gone afterwards, in memory where the computer has such a place.

    A record waits for the disk, and a real one takes real time, of which virtual time knows nothing.
    """
    place = _IN_MEMORY if _IN_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place) as folder:
        yield Path(folder)
