"""This process as Linux sees it, and the room where it keeps its records. What the system does not tell is absent."""

from __future__ import annotations

import os
import resource
from pathlib import Path

from agent.core.commissioning.model import Quantity
from agent.host.files import known, text_of
from agent.values import frozen

ROOT = Path("/")
KB = 1024
MB = 1_000_000


@frozen(kw_only=True)
class Room:
    """Bytes of the file system below a folder."""

    free_bytes: int
    total_bytes: int
    is_read_only: bool


def room_of(folder: Path) -> Room | None:
    """None where the system does not tell."""
    try:
        seen = os.statvfs(folder)
    except OSError:
        return None
    return Room(
        free_bytes=seen.f_frsize * seen.f_bavail,
        total_bytes=seen.f_frsize * seen.f_blocks,
        is_read_only=bool(seen.f_flag & os.ST_RDONLY),
    )


def resident_kb(root: Path = ROOT) -> int | None:
    """Memory that this process holds now (proc(5), statm)."""
    words = (text_of(root / "proc/self/statm") or "").split()
    try:
        return int(words[1]) * resource.getpagesize() // KB
    except (IndexError, ValueError):
        return None


def process(root: Path = ROOT) -> dict[str, Quantity]:
    """rss_kb, threads, cpu_s since the start."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return known(
        rss_kb=resident_kb(root),
        threads=_row(root / "proc/self/status", "Threads"),
        cpu_s=round(used.ru_utime + used.ru_stime, 1),
    )


def written_bytes(root: Path = ROOT) -> int | None:
    """What this process made the storage write since its start (proc(5), io)."""
    return _row(root / "proc/self/io", "write_bytes")


def _row(file: Path, name: str) -> int | None:
    """A whole number behind its name and a colon."""
    for line in (text_of(file) or "").splitlines():
        found, _, value = line.partition(":")
        if found == name:
            words = value.split()
            return int(words[0]) if words and words[0].isdecimal() else None
    return None
