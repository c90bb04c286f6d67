"""What is looked at all through a month: queue and link of the agent, memory of the process, size of the store."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from agent.app import Agent
from agent.core.facts import moment_of

MIB = 1 << 20


@dataclass(slots=True)
class Gauges:
    """The worst there was."""

    longest_queue: int = 0
    oldest_fact_s: float = 0.0

    def look(self, agent: Agent) -> None:
        """Now."""
        ledger = agent.station.store.ledger
        self.longest_queue = max(self.longest_queue, ledger.queued())
        oldest = ledger.oldest()
        if oldest is not None:
            # By the loop's clock, which goes on over a power cut; the agent may not know what time it is.
            waits_s = asyncio.get_running_loop().time() - moment_of(oldest.fact).monotonic_s
            self.oldest_fact_s = max(self.oldest_fact_s, waits_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The agent's file: its bytes with the log, the bytes in use, rows that wait to be told, rows of its two logs."""

    file_bytes: int
    used_bytes: int
    waiting: int
    logged: int


def rss_mib() -> float:
    """Memory of this process: agent, boards, world and central system in one."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


def file_bytes(file: Path) -> int:
    """With its log."""
    return sum(one.stat().st_size for one in file.parent.glob(f"{file.name}*"))


def store(file: Path) -> Store:
    """Of an agent that has ended."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:

        def number(sql: str) -> int:
            return int(database.execute(sql).fetchone()[0])

        pages, free, page_bytes = (number(f"PRAGMA {name}") for name in ("page_count", "freelist_count", "page_size"))
        waiting = sum(number(f"SELECT count(*) FROM {table}") for table in ("facts", "history", "undelivered"))  # noqa: S608
        logged = sum(number(f"SELECT count(*) FROM {table}") for table in ("journal", "security_log"))  # noqa: S608
    return Store(file_bytes=file_bytes(file), used_bytes=(pages - free) * page_bytes, waiting=waiting, logged=logged)
