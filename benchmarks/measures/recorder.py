"""The flight recorder: bytes an hour, how many days that reaches, processor time of a step, a bundle, a replay."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from agent.core.recorder.replay import Replay
from agent.core.session.step import step
from agent.maintenance.bundle import MOST_BYTES as MOST_OF_A_BUNDLE
from agent.maintenance.bundle import write_bundle
from agent.recorder.checks import check_of
from agent.recorder.frames import FrameKind, encoded, frames
from agent.recorder.reading import Recording
from agent.recorder.tape import MOST_BYTES
from benchmarks.figure import Effort, Figure, at_least, at_most
from benchmarks.pure_core import CoreCharger
from benchmarks.recorded import RecordedCharger

ORDER = 20
KB, MB = 1024, 1 << 20
HOURS = 4
BLOCK_KB = 4.0
A_CHARGE_H, BUSY_H, DAY_H = 4, 12, 24
LEAST_DAYS = 30
EVENTS, EVENT_CHARACTERS = 5_000, 180
MOST_BUNDLE_S = 10.0
"""A bundle of a recorder that is full."""


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    idle, idle_writes = _written(folder / "idle", charges=False)
    charging, _ = _written(folder / "charging", charges=True)
    noted = "a reading each second, noise on every value and on the clock; nothing of it is left out"
    yield Figure(
        name="recording, idle hour",
        value=idle / KB,
        unit="kB",
        target=at_most(BLOCK_KB),
        notes=(f"{idle_writes:g} writes an hour; a file system writes a whole block for each",),
    )
    yield Figure(name="recording, charging hour", value=charging / KB, unit="kB", notes=(noted,))
    for what, hours in (("idle", 0), (f"a charge of {A_CHARGE_H} h a day", A_CHARGE_H), ("busy", 2 * BUSY_H)):
        a_day = hours * charging + (DAY_H - min(hours, DAY_H)) * idle
        yield Figure(
            name=f"days that are kept, {what}",
            value=MOST_BYTES / a_day,
            unit="days",
            target=at_least(LEAST_DAYS) if what != "idle" else None,
        )
    yield _of_a_step(folder / "step")
    yield from _of_a_bundle(folder / "bundle")


def _written(folder: Path, *, charges: bool) -> tuple[float, float]:
    """Bytes and writes an hour."""
    charger = RecordedCharger(folder)
    charger.idle(1)
    before, writes = charger.size(), charger.writes
    if charges:
        charger.charges(HOURS)
    else:
        charger.idle(HOURS)
    return (charger.size() - before) / HOURS, (charger.writes - 1 - writes) / HOURS


def _of_a_step(folder: Path) -> Figure:
    charger = RecordedCharger(folder)
    charger.charges(0.2)
    steps, spent_s = charger.steps, charger.spent_s
    charger.charges(0.5)
    return Figure(
        name="recording of a step",
        value=(charger.spent_s - spent_s) / (charger.steps - steps) * 1e6,
        unit="µs",
        floor=_core_alone_us(),
        floor_is="the step itself, decided by the core",
    )


def _core_alone_us() -> float:
    charger = CoreCharger()
    charger.charge()
    began, steps = time.process_time(), charger.steps
    for _ in range(5_000):
        charger.second()
    return (time.process_time() - began) / (charger.steps - steps) * 1e6


def _of_a_bundle(folder: Path) -> Iterable[Figure]:
    charger = RecordedCharger(folder)
    charger.charges(0.5)
    charger.size()
    ring = charger.tape.ring
    first = ring.files()[0].read_bytes()
    [head, *rows] = next(iter(_blocks(first)))
    draw = random.Random(1)
    while sum(file.stat().st_size for file in ring.files()) < MOST_BYTES - ring.of_one:
        # In another order each time, so that no block packs by being the same as the one before.
        draw.shuffle(rows)
        ring.append(FrameKind.BLOCK, [encoded([head[0], ring.next_number(), *head[2:]]), *map(encoded, rows)])
    files = [(f"recording/{file.name}", file) for file in reversed(ring.files())]
    target, began = folder / "bundle.tar.gz", time.perf_counter()
    write_bundle(target, {"events.jsonl": ["x" * EVENT_CHARACTERS] * EVENTS}, files, at_s=0)
    took_s, size = time.perf_counter() - began, target.stat().st_size
    yield Figure(name="bundle of a full recorder", value=took_s, unit="s", target=at_most(MOST_BUNDLE_S))
    yield Figure(name="… its size", value=size / MB, unit="MB", target=at_most(MOST_OF_A_BUNDLE / MB))
    recording, began, steps = Recording([first]), time.perf_counter(), 0
    for _ in Replay(step, check_of).play(recording.blocks()):
        steps += 1
    yield Figure(name="replay", value=steps / (time.perf_counter() - began), unit="steps/s")


def _blocks(octets: bytes) -> Iterable[list[Any]]:
    return (one.items() for one in frames(octets) if one.kind is FrameKind.BLOCK)
