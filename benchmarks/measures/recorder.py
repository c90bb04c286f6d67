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
from agent.recorder.checks import check_of
from agent.recorder.frames import FrameKind, encoded, frames
from agent.recorder.reading import Recording
from agent.recorder.tape import MOST_BYTES
from benchmarks import simulated
from benchmarks.figure import Effort, Figure, at_least, at_most
from benchmarks.pure_core import CoreCharger
from benchmarks.recorded import RecordedCharger
from firmware_sim import virtual_loop

ORDER = 20
KB, MB = 1024, 1 << 20
HOURS = 4
BLOCK_KB = 4.0
A_CHARGE_H, BUSY_H, DAY_H = 4, 12, 24
LEAST_DAYS = 30
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
    """As support gets it, of a whole charger that has charged and finds a recorder full of an earlier life."""
    charger = RecordedCharger(folder / "state" / "recorder")
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
    took_s, size = virtual_loop.run(_bundle_made(folder))
    yield Figure(name="bundle of a full recorder", value=took_s, unit="s", target=at_most(MOST_BUNDLE_S))
    yield Figure(name="… its size", value=size / MB, unit="MB", target=at_most(MOST_OF_A_BUNDLE / MB))
    recording, began, steps = Recording([first]), time.perf_counter(), 0
    for _ in Replay(step, check_of).play(recording.blocks()):
        steps += 1
    yield Figure(name="replay", value=steps / (time.perf_counter() - began), unit="steps/s")


async def _bundle_made(folder: Path) -> tuple[float, int]:
    """Seconds and octets."""
    async with simulated.charger(folder) as stage:
        await simulated.plug_in(stage)
        await simulated.show_card(stage)
        await simulated.leave(stage)
        agent = stage.charger.agent
        assert agent is not None, "it runs"
        began = time.perf_counter()
        file = await agent.upkeep.bundles.make(None)
        return time.perf_counter() - began, file.stat().st_size


def _blocks(octets: bytes) -> Iterable[list[Any]]:
    return (one.items() for one in frames(octets) if one.kind is FrameKind.BLOCK)
