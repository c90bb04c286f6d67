"""What a running program takes of the machine, from /proc; and whether it grows. The judgement is pure."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression, median

MIB = 1 << 20
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")

JUDGED_FROM_S = 3_600.0
"""Memory of a shorter life says nothing: caches fill, and a collection is due or was."""
LEAST_LOOKS = 8
GROWS_AT_MOST_MIB_AN_HOUR = 0.5
"""In a year without a restart it would come to 4 GB. Less is not told from noise within a few hours."""
MORE_FILES, MORE_THREADS = 3, 8
"""More than before by this is growth. A connection and a file may be open at the moment of a look, and the pool of
asyncio fills up to six threads as they are needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One program at one moment. `written_bytes` as the kernel counts them; None where it does not tell."""

    at_s: float
    pid: int
    rss_mib: float
    files: int
    threads: int
    cpu_s: float
    written_bytes: int | None


def look(pid: int, at_s: float) -> Look:
    """Now. Raises OSError when the program is gone."""
    proc = Path("/proc") / str(pid)
    status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines() if ":" in line)
    # Behind the name in brackets, which may hold spaces; user and system time are fields 14 and 15 (proc(5)).
    fields = (proc / "stat").read_text().rpartition(")")[2].split()
    return Look(
        at_s=at_s,
        pid=pid,
        rss_mib=int((proc / "statm").read_text().split()[1]) * PAGE_BYTES / MIB,
        files=len(list((proc / "fd").iterdir())),
        threads=int(status["Threads"]),
        cpu_s=(int(fields[11]) + int(fields[12])) / TICKS,
        written_bytes=_written(proc),
    )


def _written(proc: Path) -> int | None:
    try:
        lines = (proc / "io").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("write_bytes:")), None)


def longest_life(looks: Sequence[Look]) -> list[Look]:
    """Those of the program that was seen for the longest time."""
    lives: dict[int, list[Look]] = {}
    for one in looks:
        lives.setdefault(one.pid, []).append(one)
    return max(lives.values(), key=lambda life: life[-1].at_s - life[0].at_s, default=[])


def rss_mib_an_hour(life: Sequence[Look]) -> float | None:
    """The slope of memory, without the first quarter, in which caches fill; None for too few looks or too short."""
    settled = life[len(life) // 4 :]
    if len(settled) < LEAST_LOOKS or settled[-1].at_s - settled[0].at_s < JUDGED_FROM_S:
        return None
    return linear_regression([one.at_s / 3_600 for one in settled], [one.rss_mib for one in settled]).slope


def growth(life: Sequence[Look]) -> Iterator[str]:
    """What grows in one life, a sentence each; nothing for fewer than eight looks."""
    if len(life) < LEAST_LOOKS:
        return
    quarter = len(life) // 4
    before, after = life[quarter : 2 * quarter], life[-quarter:]
    files = median(one.files for one in after) - median(one.files for one in before)
    if files >= MORE_FILES:
        yield f"{files:g} files more are open than in the second quarter"
    threads = median(one.threads for one in after) - median(one.threads for one in before)
    if threads >= MORE_THREADS:
        yield f"{threads:g} threads more run than in the second quarter"
    slope = rss_mib_an_hour(life)
    if slope is not None and slope > GROWS_AT_MOST_MIB_AN_HOUR:
        yield f"memory grows by {slope:.2f} MiB an hour; at most {GROWS_AT_MOST_MIB_AN_HOUR:g} are taken for noise"
