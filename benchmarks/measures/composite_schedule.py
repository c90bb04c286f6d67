"""GetCompositeSchedule over a day with 100 profiles of 24 periods: what it costs, and how long it holds up others."""

from __future__ import annotations

import gc
import heapq
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import TypeVar

from agent.core.identity import ConnectorId, TransactionKey
from agent.core.schedule.compose import RunningCharge
from agent.core.schedule.composite import Circumstances, CompositeSchedule, Standing, cut, line_of
from agent.core.schedule.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    Recurrency,
    SchedulePeriod,
)
from agent.core.schedule.timeline import Line, Turns, at_once
from benchmarks.figure import Effort, Figure, at_most, ratio_at_most
from benchmarks.spread import quantile

ORDER = 13
DAY_S = 86_400
PROFILES, PERIODS = 100, 24
PERIOD_S = 30
MOST_RATIO = 1.2
MOST_SLICE_MS = 1.0
MONDAY_MS = 1_799_625_600_000
ONE, CHARGE = ConnectorId(1), TransactionKey("benchmark")
RATED_A = 32.0
REPEATS = 20
TAIL = 0.999
T = TypeVar("T")

Steps = list[tuple[int, float]]
"""Seconds after the beginning, and amperes."""


def the_profiles() -> tuple[ChargingProfile, ...]:
    """Twelve minutes every day each, side by side and over each other, on 20 levels, in A and W: none hides many."""
    purposes = (ProfilePurpose.TX, ProfilePurpose.TX_DEFAULT, ProfilePurpose.TX_DEFAULT, ProfilePurpose.STATION_MAX)
    return tuple(_profile(number, purposes[number % 4], ONE if number % 4 != 2 else None) for number in range(PROFILES))


def _profile(number: int, purpose: ProfilePurpose, connector: ConnectorId | None) -> ChargingProfile:
    is_in_watts = number % 3 == 0
    return ChargingProfile(
        id=number,
        connector=None if purpose is ProfilePurpose.STATION_MAX else connector,
        purpose=purpose,
        kind=ProfileKind.RECURRING,
        recurrency=Recurrency.DAILY,
        stack_level=number // 5,
        unit=RateUnit.W if is_in_watts else RateUnit.A,
        periods=tuple(
            SchedulePeriod(start_s=step * PERIOD_S, limit=(4140.0 if is_in_watts else 6.0) + (number + step) % 9)
            for step in range(PERIODS)
        ),
        # An odd stride, so that profiles of one purpose now and then lie over each other.
        start_ms=MONDAY_MS - 86_400_000 + number * 611_000 % 86_400_000,
        duration_s=PERIODS * PERIOD_S,
        transaction=CHARGE if purpose is ProfilePurpose.TX else None,
    )


def drawn(profiles: tuple[ChargingProfile, ...]) -> Turns[Line]:
    """A day's line of a connector with a charge, as the agent has it drawn."""
    running = RunningCharge(key=CHARGE, started_ms=MONDAY_MS)
    connectors = {ONE: Standing(current_a=RATED_A, running=running)}
    circumstances = Circumstances(profiles=profiles, connectors=connectors, supply_a=63.0)
    return line_of(circumstances, ONE, (MONDAY_MS, MONDAY_MS + DAY_S * 1000))


def ours(profiles: tuple[ChargingProfile, ...]) -> CompositeSchedule:
    """The schedule as the agent makes it, but without others in between."""
    return at_once(cut(at_once(drawn(profiles)), MONDAY_MS, DAY_S))


def turns_ms(work: Turns[T]) -> tuple[list[float], T]:
    """What each turn of some work takes on the processor, and its result."""
    spent: list[float] = []
    while True:
        began = time.thread_time()
        try:
            next(work)
        except StopIteration as end:
            spent.append((time.thread_time() - began) * 1000)
            result: T = end.value
            return spent, result
        spent.append((time.thread_time() - began) * 1000)


def plain_sweep(profiles: tuple[ChargingProfile, ...]) -> Steps:
    """The textbook way: all beginnings and ends in order, for each purpose a heap of what holds, strongest on top."""
    own: list[tuple[int, int, tuple[int, int, int], float]] = []
    station: list[tuple[int, int, tuple[int, int, int], float]] = []
    for profile in profiles:
        is_own, is_station = profile.purpose is ProfilePurpose.TX, profile.purpose is ProfilePurpose.STATION_MAX
        strength = (-is_own, -profile.stack_level, profile.connector is None)
        assert profile.start_ms is not None and profile.duration_s is not None
        spans = station if is_station else own
        first_s = (profile.start_ms - MONDAY_MS) // 1000
        for run_s in (first_s, first_s + DAY_S):
            ends = [*(run_s + period.start_s for period in profile.periods[1:]), run_s + profile.duration_s]
            for period, end_s in zip(profile.periods, ends, strict=True):
                start_s = max(0, run_s + period.start_s)
                if start_s < min(end_s, DAY_S):
                    rate_a = period.limit if profile.unit is RateUnit.A else period.limit / 690
                    spans.append((start_s, end_s, strength, rate_a))
    return _merged(_swept(own), _swept(station))


def _swept(spans: list[tuple[int, int, tuple[int, int, int], float]]) -> Steps:
    spans.sort()
    moments = sorted({0, *(span[0] for span in spans), *(span[1] for span in spans if span[1] < DAY_S)})
    holding: list[tuple[tuple[int, int, int], int, float]] = []
    steps: Steps = []
    place = 0
    for moment in moments:
        while place < len(spans) and spans[place][0] <= moment:
            _, end_s, strength, rate_a = spans[place]
            heapq.heappush(holding, (strength, end_s, rate_a))
            place += 1
        while holding and holding[0][1] <= moment:
            heapq.heappop(holding)
        steps.append((moment, holding[0][2] if holding else RATED_A))
    return steps


def _merged(own: Steps, station: Steps) -> Steps:
    """The lesser of both, equal neighbours as one."""
    result: Steps = []
    first, second = dict(own), dict(station)
    own_a = station_a = RATED_A
    for moment in sorted(first.keys() | second.keys()):
        own_a, station_a = first.get(moment, own_a), second.get(moment, station_a)
        least_a = min(own_a, station_a, RATED_A)
        if not result or result[-1][1] != least_a:
            result.append((moment, least_a))
    return result


def agrees(schedule: CompositeSchedule, steps: Steps) -> bool:
    """Whether both tell the same, as far as the schedule is told."""
    told: Steps = []
    for period in schedule.periods:
        if not told or told[-1][1] != period.current_a:
            told.append((period.start_s, period.current_a))
    return told == [step for step in steps if step[0] < schedule.duration_s]


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    profiles, times = the_profiles(), effort.trials * REPEATS
    gc.collect()
    gc.freeze()  # As the service does: what was loaded before is not looked through again.
    if not agrees(ours(profiles), plain_sweep(profiles)):
        raise AssertionError("the composer and the plain sweep tell different schedules; look at the composer first")
    pairs = [(_ms(lambda: ours(profiles)), _ms(lambda: plain_sweep(profiles))) for _ in range(times)]
    turns: list[list[float]] = []
    for _ in range(times):
        drawing, line = turns_ms(drawn(profiles))
        cutting, schedule = turns_ms(cut(line, MONDAY_MS, DAY_S))
        turns.append(drawing + cutting)
    return [
        Figure(
            name="composite schedule, 100 × 24 over a day",
            value=median(pair[0] for pair in pairs),
            unit="ms",
            floor=median(pair[1] for pair in pairs),
            floor_is="a plain sweep over all beginnings and ends with a heap, without turns and without who said what",
            paired_ratio=median(own / floor for own, floor in pairs),
            target=ratio_at_most(MOST_RATIO),
            notes=(f"{len(schedule.periods)} periods told of {schedule.duration_s} s; processor time of both",),
        ),
        Figure(
            name="… its longest turn",
            value=median(map(max, turns)),
            unit="ms",
            target=at_most(MOST_SLICE_MS),
            notes=(
                f"of {len(turns[0])} turns, on the processor; the middle one of {times} schedules",
                f"p99.9 of all turns {quantile([one for each in turns for one in each], TAIL):.2f} ms",
            ),
        ),
        Figure(
            name="… asked for again",
            value=median(_ms(lambda: at_once(cut(line, MONDAY_MS, DAY_S))) for _ in range(times)),
            unit="ms",
            notes=("cut from the line that was drawn before",),
        ),
    ]


def _ms(work: Callable[[], object]) -> float:
    gc.collect(0)
    began = time.thread_time()
    work()
    return (time.thread_time() - began) * 1000
