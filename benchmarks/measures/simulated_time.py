"""How much faster than real time a charging connector is simulated: everything at the wire, and the core alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from agent.core.session.model import SessionPhase
from benchmarks import simulated
from benchmarks.bare_wires import carry
from benchmarks.figure import Effort, Figure, at_least
from benchmarks.pure_core import CoreCharger
from benchmarks.spread import spread
from firmware_sim import virtual_loop

ORDER = 10
ROUNDS = 3
LEAST_AT_THE_WIRE = 1000.0
LEAST_IN_THE_CORE = 5000.0
CORE_SECONDS = 20_000
WIRE_FLOOR_IS = "the same octets over the same pseudo-terminals on the virtual clock, understood by nobody"
CORE_FLOOR_IS = "making the meter samples that the core is fed with"


@dataclass(frozen=True, slots=True)
class Speed:
    """Simulated seconds a second, of the processor's time and by the clock."""

    cpu: float
    wall: float


class Race:
    """From its making to `speed`."""

    def __init__(self) -> None:
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def speed(self, simulated_s: float) -> Speed:
        return Speed(simulated_s / (time.process_time() - self._cpu), simulated_s / (time.perf_counter() - self._wall))


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    virtual_loop.collect_seldom()
    wires, floors, cores, samples = [], [], [], []
    for number in range(ROUNDS):
        at = folder / str(number)
        at.mkdir()
        wires.append(virtual_loop.run(_at_the_wire(at, effort.simulated_s)))
        floors.append(virtual_loop.run(_bare(at, effort.simulated_s)))
        cores.append(_in_the_core(CORE_SECONDS))
        samples.append(_samples_alone(CORE_SECONDS))
    yield from _figures("at the wire", wires, floors, LEAST_AT_THE_WIRE, WIRE_FLOOR_IS)
    yield from _figures("core alone", cores, samples, LEAST_IN_THE_CORE, CORE_FLOOR_IS)


def _figures(
    name: str, seen: Sequence[Speed], floors: Sequence[Speed], least: float, floor_is: str
) -> Iterable[Figure]:
    """By the clock, which is what somebody waits for, and by processor time, which other programs disturb less."""
    yield Figure(
        name=f"simulated time, {name}",
        value=median(one.wall for one in seen),
        unit="× real",
        floor=median(one.wall for one in floors),
        floor_is=floor_is,
        target=at_least(least),
        notes=(spread([one.wall for one in seen], "×", 0),),
    )
    yield Figure(
        name=f"… by processor time, {name}",
        value=median(one.cpu for one in seen),
        unit="× real",
        floor=median(one.cpu for one in floors),
        target=at_least(least),
        notes=(spread([one.cpu for one in seen], "×", 0),),
    )


async def _at_the_wire(folder: Path, length_s: float) -> Speed:
    async with simulated.charger(folder) as stage:
        await simulated.plug_in(stage)
        await simulated.show_card(stage)
        await asyncio.sleep(simulated.PLUGGED_FOR_S)
        race = Race()
        await asyncio.sleep(length_s)
        speed = race.speed(length_s)
        await simulated.leave(stage)
    return speed


async def _bare(folder: Path, length_s: float) -> Speed:
    race = Race()
    await carry(folder, length_s)
    return race.speed(length_s)


def _in_the_core(seconds: int) -> Speed:
    charger = CoreCharger()
    charger.charge()
    if charger.session.phase is not SessionPhase.CHARGING:
        raise ValueError(f"the core does not charge: {charger.session.phase}")
    race = Race()
    for _ in range(seconds):
        charger.second()
    return race.speed(seconds)


def _samples_alone(seconds: int) -> Speed:
    charger = CoreCharger()
    race = Race()
    for _ in range(seconds):
        charger.now_s += 1.0
        charger.sample()
    return race.speed(seconds)
