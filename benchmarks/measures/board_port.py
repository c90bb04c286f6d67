"""What the board's program costs MicroPython over ten minutes of charging: heap, worst step, collection of garbage.

Of the fullest board, whose analogue readings never repeat, under the unix port. The same run is made several times, and
the shortest time of each step counts: the work is the same, and other programs interrupt it. What follows for an RP2040
is derived and marked so: nobody has measured it there.
"""

from __future__ import annotations

import subprocess
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from benchmarks.figure import Effort, Figure, at_most
from firmware_sim.firmware import FIRMWARE
from firmware_sim.micropython_process import find_micropython

ORDER = 11
LONG_RUN = FIRMWARE.parent / "bench" / "long_run.py"
RUNS = 3
COLLECTED = 1 << 30
"""As in the program: added to a step with a collection in it."""
LEAST_S, MOST_S = 60, 600

HEAP_KB = 384
"""Twice the 192 kB that an RP2040 has left. The simulator's board has more, for updates, which are not in this run."""
STEP_US = 5_000
PAUSE_US = 15_000
PUMP_US = 30_000
"""safety.md 12: the charge pump of the safety chain tolerates 30 ms, and a pause shall take half of it."""
WORD_RATIO = 2
"""Objects of a 64-bit port are twice as large as an RP2040's."""
SLOWER_AT_LEAST, SLOWER_AT_MOST = 60, 120
"""Assumed, from memory of published pystones, and to be replaced by a measurement on the board."""


@dataclass(frozen=True, slots=True)
class LongRun:
    """What several equal runs said. Times in microseconds, one of each step, the shortest."""

    bytes_of: Mapping[str, int]
    plain_us: Sequence[int]
    collecting_us: Sequence[int]


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    micropython = find_micropython()
    if micropython is None:
        return
    seconds = round(min(MOST_S, max(LEAST_S, effort.simulated_s)))
    yield from figures(run_long(micropython, seconds, RUNS, folder / "steps"))


def run_long(micropython: Path, seconds: int, runs: int, file: Path) -> LongRun:
    """`firmware/bench/long_run.py`, so many times. Raises CalledProcessError, also where memory ran out.

    Started from its own folder: each module keeps its path, and a long one would count as the program's heap.
    """
    command = [str(micropython), "-X", f"heapsize={HEAP_KB}k", LONG_RUN.name, str(seconds), str(file.absolute())]
    times: list[array[int]] = []
    for _ in range(runs):
        ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=LONG_RUN.parent)
        times.append(array("I", file.read_bytes()))
    least = [min(step) for step in zip(*times, strict=True)]
    return LongRun(
        {name: int(number) for name, number in (line.split(" ") for line in ran.stdout.splitlines())},
        [us for us in least if us < COLLECTED],
        [us - COLLECTED for us in least if us >= COLLECTED],
    )


def figures(seen: LongRun) -> Iterable[Figure]:
    """As rows of the table."""
    sizes, plain_us = seen.bytes_of, seen.plain_us
    mean_us, worst_us = round(mean(plain_us)), max(plain_us)
    collection_us = max(seen.collecting_us, default=0)
    steps = len(plain_us) + len(seen.collecting_us)
    yield Figure(
        name="board's heap in use, MicroPython",
        value=sizes["resident_bytes"] / 1024,
        unit="kB",
        floor=sizes["modules_bytes"] / 1024,
        floor_is="the modules alone",
        target=at_most(HEAP_KB, why="the heap it is given: twice the 192 kB that an RP2040 has left"),
        notes=(
            f"after {steps:,} steps and {sizes['closings']} closings; a step allocates "
            f"{sizes['allocated_a_step_bytes']:,} bytes, the greediest {sizes['allocated_at_most_bytes']:,}",
            f"derived for an RP2040, objects half as large: {sizes['resident_bytes'] // WORD_RATIO // 1024} kB in use",
        ),
    )
    yield Figure(
        name="… worst step",
        value=worst_us / 1000,
        unit="ms",
        floor=mean_us / 1000,
        floor_is="the mean step",
        target=at_most(STEP_US / 1000, why="the loop's turn, on this machine"),
        notes=(
            _derived("mean step", mean_us, STEP_US),
            _derived("worst step", worst_us, STEP_US),
            _derived("worst step", worst_us, PUMP_US),
        ),
    )
    yield Figure(
        name="… worst step with a collection",
        value=collection_us / 1000,
        unit="ms",
        floor=mean_us / 1000,
        target=at_most(PAUSE_US / 1000, why="safety.md 12, on this machine"),
        notes=(
            f"{sizes['collections']} collections in {steps:,} steps",
            _derived("worst step with a collection", collection_us, PAUSE_US),
        ),
    )


def _derived(what: str, here_us: int, limit_us: int) -> str:
    """The budget of an RP2040: how much slower than this machine it may be, and what the assumed factor would give."""
    slower = limit_us / max(1, here_us)
    least_ms, most_ms = here_us * SLOWER_AT_LEAST / 1000, here_us * SLOWER_AT_MOST / 1000
    return (
        f"derived for an RP2040: the {what} keeps to {limit_us / 1000:g} ms up to {slower:.0f} x slower than here; "
        f"{SLOWER_AT_LEAST}…{SLOWER_AT_MOST} x, as assumed, would be {least_ms:.1f}…{most_ms:.1f} ms"
    )
