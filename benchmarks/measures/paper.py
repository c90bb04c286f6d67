"""The commissioning report as PDF: how long its process takes, and how much memory it has at most."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from agent.core.commissioning.report import report
from agent.papers.series import plots
from agent.security.device_key import DeviceKey
from agent.security.sealed import Signer, sealed
from benchmarks.child import PROGRAMS
from benchmarks.figure import Effort, Figure, at_most
from benchmarks.spread import spread
from tests.commissioning_jobs import facts, job
from tools.processes import ROOT

ORDER = 17
MOST_MS, MOST_EXTRA_MB = 3000.0, 60.0
BARE = ("bare",)


@dataclass(frozen=True, slots=True)
class Made:
    """One process from its start to its end: by the clock, by the processor, and its largest resident size."""

    wall_ms: float
    cpu_ms: float
    peak_mb: float


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    key = DeviceKey(folder)
    file = sealed(report(job(), facts()), Signer(public_key=key.public_key(), sign=key.sign))
    tests = json.loads(file)["report"]["tests"]
    curves = sum(len(list(plots(one))) for one in tests)
    size = f"{len(file) / 1000:.0f} kB of sealed JSON, {len(tests)} attempts, {curves} curves"
    words = ("report", "pdf", str(folder / "report.pdf"))
    papers, floors = [], []
    for _ in range(effort.rounds + 1):
        papers.append(_made(words, file))
        floors.append(_made(BARE, file))
    # The first of each writes the byte code that the others find.
    papers, floors = papers[1:], floors[1:]
    floor_is = "a bare interpreter that reads the same file"
    took_ms = [one.wall_ms for one in papers]
    yield Figure(
        name="report as PDF",
        value=median(took_ms),
        unit="ms",
        floor=median(one.wall_ms for one in floors),
        floor_is=floor_is,
        target=at_most(MOST_MS),
        notes=(spread(took_ms, "ms"), size),
    )
    cpu_ms = [one.cpu_ms for one in papers]
    yield Figure(
        name="… processor time of it",
        value=median(cpu_ms),
        unit="ms",
        floor=median(one.cpu_ms for one in floors),
        floor_is=floor_is,
        notes=(spread(cpu_ms, "ms"),),
    )
    yield Figure(
        name="… memory of that process",
        value=max(one.peak_mb for one in papers),
        unit="MB",
        floor=median(one.peak_mb for one in floors),
        floor_is=floor_is,
        target=at_most(MOST_EXTRA_MB, why="all of it is extra: the agent has no part in it"),
    )


def _made(words: tuple[str, ...], given: bytes) -> Made:
    """Raises CalledProcessError."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", f"{PROGRAMS}.paper_maker", *words]
    ended = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, check=True)
    wall_ms = (time.perf_counter() - begun) * 1000
    told = json.loads(ended.stdout)
    return Made(wall_ms, told["cpu_ms"], told["peak_mb"])
