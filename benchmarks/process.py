"""What the kernel knows of a process, from /proc. Parsing is pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident and proportional set size, in MB of 1,048,576 bytes."""

    rss_mb: float
    pss_mb: float


@dataclass(frozen=True, slots=True)
class Work:
    """Since the start of the process: processor time, and how often it went to sleep by itself."""

    cpu_ms: float
    sleeps: int

    def since(self, earlier: Work) -> Work:
        return Work(self.cpu_ms - earlier.cpu_ms, self.sleeps - earlier.sleeps)


def memory(pid: int) -> Memory:
    """Of a living process."""
    return memory_of((PROC / str(pid) / "smaps_rollup").read_text())


def work(pid: int) -> Work:
    """Of all living threads: one that ended takes its share along."""
    tasks = list((PROC / str(pid) / "task").iterdir())
    cpu_ms = sum(cpu_ms_of((task / "schedstat").read_text()) for task in tasks)
    return Work(cpu_ms, sum(field("voluntary_ctxt_switches", (task / "status").read_text()) for task in tasks))


def peak_mb(pid: int) -> float:
    """The largest resident size that the process ever had."""
    return field("VmHWM", (PROC / str(pid) / "status").read_text()) / 1024


def written_bytes(pid: int | str = "self") -> int:
    """Bytes a process has sent towards a disk; the kernel counts whole pages of 4 kB."""
    return field("write_bytes", (PROC / str(pid) / "io").read_text())


def memory_of(smaps_rollup: str) -> Memory:
    return Memory(field("Rss", smaps_rollup) / 1024, field("Pss", smaps_rollup) / 1024)


def cpu_ms_of(schedstat: str) -> float:
    """The first number is time on a processor, in ns."""
    return int(schedstat.split(maxsplit=1)[0]) / 1e6


def field(name: str, text: str) -> int:
    """The number of the line `name: number [unit]`; raises KeyError where there is none."""
    for line in text.splitlines():
        key, _, rest = line.partition(":")
        if key == name:
            return int(rest.split()[0])
    raise KeyError(name)
