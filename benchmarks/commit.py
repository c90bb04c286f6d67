"""The floor of everything durable: one small commit after the other, on the disk of the measure."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.process import written_bytes

PAGE_BYTES = 512


@dataclass(frozen=True, slots=True)
class Commits:
    """What one commit takes: the median time, and the mean of the bytes."""

    ms: float
    bytes: float


def commits(folder: Path, count: int) -> Commits:
    """`count` commits of one row of 400 bytes each, flushed, in SQLite with pages as small as the agent's."""
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    for pragma in (f"page_size={PAGE_BYTES}", "locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE floor (id INTEGER PRIMARY KEY, value BLOB)")
    before, took_ms = written_bytes(), []
    for number in range(count):
        began = time.perf_counter()
        connection.execute("INSERT OR REPLACE INTO floor VALUES (1, ?)", (number.to_bytes(400, "big"),))
        took_ms.append((time.perf_counter() - began) * 1000)
    done = Commits(median(took_ms), (written_bytes() - before) / count)
    connection.close()
    (folder / "floor.db").unlink()
    return done
