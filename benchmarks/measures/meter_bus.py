"""Three SDM630 on one line of 9600 baud, as two connectors and a site meter: how old values become, and what it costs.

The meters are simulated in a process of their own, at the pace of the line; here are bus, drivers and the connectors'
own readers, and nothing else, so that the processor time of this process is that of all polling.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from agent.clock import SystemClock
from agent.connector.meter_watch import ACTIVE_CYCLE_S, MeterWatch
from agent.core.session.events import MeterSampled, SessionEvent
from agent.drivers.buses import modbus_rtu
from agent.drivers.meters import modbus_map
from agent.drivers.meters.maps import load_map
from agent.drivers.meters.pace import cycle_s, silence_s, wire_s
from agent.drivers.modbus.line import Line
from benchmarks.child import program
from benchmarks.figure import Effort, Figure, at_most
from benchmarks.process import work
from benchmarks.programs.meter_line import UNITS
from benchmarks.stopwatch import Run, Stopwatch, read

ORDER = 12
MAP, BAUD, BUS = "eastron-sdm630", 9600, "rs485"
BYTE_S = 10 / BAUD
MOST_CPU = 2.0
MOST_BLOCKED_MS = 5.0
TIMER_S = 0.05
"""What a busy machine may delay a timer by; the reading after it is not moved by that."""

Moments = dict[int, list[float]]
"""When each meter's samples arrived, monotonic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Of a line: how long it carried requests, waited for answers and carried those; and how many requests."""

    busy_s: float
    requests: float


class Unwatched:
    """Nobody restarts this program where it stands still."""

    def stamp(self, now_s: float) -> None: ...


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    return asyncio.run(_measure(effort, folder))


async def _measure(effort: Effort, folder: Path) -> list[Figure]:
    port, timed = folder / BUS, folder / "callbacks.json"
    async with program("meter_line", str(port), MAP, str(BAUD)), _polled(port) as (bus, moments):
        await asyncio.sleep(effort.window_s / 6)
        before, used_before, since = work(os.getpid()), _used(bus), time.monotonic()
        await asyncio.sleep(effort.window_s)
        window_s = time.monotonic() - since
        spent, used = work(os.getpid()).since(before), _used(bus)
        gaps_s = [_gaps(moments[unit], since) for unit in UNITS]
        # The stopwatch costs processor time of its own, so it has its own window.
        watch = Stopwatch()
        watch.start()
        await asyncio.sleep(effort.window_s)
        watch.write(timed)
        callbacks = read(timed, 0.0, float("inf"))
    return [
        *_refresh(gaps_s),
        *_load((used.busy_s - used_before.busy_s) / window_s, (used.requests - used_before.requests) / window_s),
        _processor(spent.cpu_ms / 10 / window_s),
        _longest(callbacks),
    ]


@asynccontextmanager
async def _polled(port: Path) -> AsyncIterator[tuple[Line, Moments]]:
    """All three meters, each read as the agent reads one whose connector has a plug."""
    moments: Moments = {unit: [] for unit in UNITS}
    bus = modbus_rtu.create(BUS, modbus_rtu.Options(port=str(port), baud=BAUD))
    await bus.open()
    async with asyncio.TaskGroup() as tasks:
        watches = [tasks.create_task(_watch(bus, unit, moments[unit]).run()) for unit in UNITS]
        yield bus, moments
        for watch in watches:
            watch.cancel()
    await bus.aclose()


def _watch(bus: Line, unit: int, moments: list[float]) -> MeterWatch:
    def post(event: SessionEvent) -> None:
        if isinstance(event, MeterSampled):
            assert event.sample.register_wh is not None and event.sample.power_w is not None
            assert None not in event.sample.currents_a
            moments.append(time.monotonic())

    options = modbus_map.Options(bus=BUS, map=MAP, address=unit)
    driver = modbus_map.create(f"meter {unit}", options, {BUS: bus}, clock=SystemClock())
    return MeterWatch(driver, post, lambda began: began + ACTIVE_CYCLE_S, Unwatched())


def _used(bus: Line) -> Used:
    """Since the start."""
    block = load_map(MAP).plans[0][0]
    request_s = wire_s(block, BYTE_S) - block.answer_bytes * BYTE_S
    devices = bus.statistics().values()
    requests = sum(device["requests"] for device in devices)
    waited_s = sum(device["answers"] * device.get("mean_answer_s", 0.0) for device in devices)
    return Used(busy_s=waited_s + requests * request_s, requests=requests)


def _gaps(moments: Sequence[float], since: float) -> list[float]:
    return [later - earlier for earlier, later in pairwise(moment for moment in moments if moment >= since)]


def _refresh(gaps_s: Sequence[Sequence[float]]) -> list[Figure]:
    floor_s = len(UNITS) * cycle_s(load_map(MAP), BYTE_S)
    floor_is = "the octets of three meters and the silence in front of each request; nobody reads these blocks faster"
    slowest = max(gaps_s, key=median)
    return [
        Figure(
            name="three meters, age of a value when the next is here, p50",
            # To the millisecond: that is the step of the loop's timers.
            value=round(median(slowest), 3),
            unit="s",
            floor=floor_s,
            floor_is=floor_is,
            target=at_most(ACTIVE_CYCLE_S),
            notes=(
                "of the slowest meter; import energy, power and phase currents come in one answer and are equally old",
                f"{min(map(len, gaps_s))} readings of each",
            ),
        ),
        Figure(
            name="… longest",
            value=max(map(max, gaps_s)),
            unit="s",
            floor=floor_s,
            target=at_most(ACTIVE_CYCLE_S + TIMER_S, why="a second, and what a busy machine delays a timer by"),
        ),
    ]


def _load(busy: float, readings_per_s: float) -> list[Figure]:
    meter = load_map(MAP)
    (block,) = meter.plans[0]
    octets, silence = 100 * readings_per_s * wire_s(block, BYTE_S), 100 * readings_per_s * silence_s(meter, BYTE_S)
    return [
        Figure(
            name="three meters, load of the line",
            value=100 * busy,
            unit="%",
            floor=octets,
            floor_is="the octets of the same readings alone; the rest is the simulated meters' reaction of 20 ms",
            notes=(f"request, wait and answer, of {readings_per_s:.2f} readings a second",),
        ),
        Figure(
            name="… with the silence the meters want",
            value=100 * busy + silence,
            unit="%",
            floor=octets + silence,
            floor_is="octets and silence",
            target=at_most(100.0),
        ),
    ]


def _processor(percent: float) -> Figure:
    return Figure(
        name="three meters, processor",
        value=percent,
        unit="% of a core",
        target=at_most(MOST_CPU),
        notes=("all threads of a process that does nothing but poll",),
    )


def _longest(callbacks: Sequence[Run]) -> Figure:
    longest = max(callbacks, key=lambda run: run.wall_us)
    on_processor = max(callbacks, key=lambda run: run.cpu_us)
    return Figure(
        name="three meters, longest callback",
        value=longest.wall_us / 1000,
        unit="ms",
        target=at_most(MOST_BLOCKED_MS),
        notes=(
            f"of {len(callbacks)}: {longest.name}, interrupted {longest.interrupted} times",
            f"on the processor {on_processor.cpu_us / 1000:.2f} ms: {on_processor.name}",
        ),
    )
