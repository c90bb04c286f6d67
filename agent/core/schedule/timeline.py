"""What a set of profiles says over a stretch of time, and how several such lines are joined into one.

A line is painted from the strongest profile down: each fills what those before it left open, and where nothing is open
any more the rest need not be looked at. Painting and joining are generators that pause after a bounded piece of work,
so that whoever runs them can let others have their turn; their result is the generator's return value.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import TypeVar

from agent.core.schedule.compose import amperes
from agent.core.schedule.profile import ChargingProfile
from agent.core.schedule.window import starts_s, voices

PIECES_A_TURN = 200
"""So many pieces are laid before others get their turn: 0.2 ms on a desktop machine, and below 1 ms on a small one."""

T = TypeVar("T")
Turns = Generator[None, None, T]
"""Work in turns: each `yield` is a place to pause at."""

Said = tuple[float, int, int | None]
"""Amperes a phase (infinite where nothing limits), over so many phases, and the id of the profile that said it. Plain
tuples, here and below, because a day has thousands of them and a value takes five times as long to make."""

Line = list[tuple[int, Said]]
"""From which moment on what holds, UTC milliseconds, ascending; the first is where the window begins."""

Window = tuple[int, int]
"""The first moment, and the first behind it, UTC milliseconds."""

_from = itemgetter(0)


def painted(
    profiles: Iterable[ChargingProfile], started_ms: int | None, window: Window, supply_phases: int
) -> Turns[Line]:
    """The line of profiles in their order, strongest first; what names no phases has `supply_phases`."""
    line: Line = []
    gaps = [window]
    laid = 0
    for profile in profiles:
        if not gaps:
            break
        taken, gaps = _parted(gaps, list(voices(profile, started_ms, *window)))
        before = len(line)
        for voice in taken:
            line += _pieces(profile, voice, supply_phases)
        laid += len(line) - before + len(gaps) + 1
        if laid >= PIECES_A_TURN:
            laid = 0
            yield
    line += [(begin_ms, (math.inf, supply_phases, None)) for begin_ms, _ in gaps]
    line.sort(key=_from)
    return line


_Voice = tuple[int, int, int]
"""From when to when a profile speaks, and when the run began that it speaks of (window.voices)."""


def _parted(gaps: list[Window], voices: list[_Voice]) -> tuple[list[_Voice], list[Window]]:
    """What of the gaps the voices fill, and what they leave open."""
    taken: list[_Voice] = []
    left: list[Window] = []
    for begin_ms, end_ms in gaps:
        for from_ms, until_ms, run_ms in voices:
            first_ms, last_ms = max(begin_ms, from_ms), min(end_ms, until_ms)
            if first_ms < last_ms:
                if begin_ms < first_ms:
                    left.append((begin_ms, first_ms))
                taken.append((first_ms, last_ms, run_ms))
                begin_ms = last_ms  # noqa: PLW2901 - what is left of this gap
        if begin_ms < end_ms:
            left.append((begin_ms, end_ms))
    return taken, left


def _pieces(profile: ChargingProfile, voice: _Voice, supply_phases: int) -> Iterator[tuple[int, Said]]:
    """The periods of a profile while it speaks."""
    begin_ms, end_ms, run_ms = voice
    periods, unit = profile.periods, profile.unit
    place = max(0, bisect_right(periods, (begin_ms - run_ms) // 1000, key=starts_s) - 1)
    for period in periods[place:]:
        from_ms = run_ms + period.start_s * 1000
        if from_ms >= end_ms:
            return
        phases = period.phases or supply_phases
        yield max(from_ms, begin_ms), (amperes(unit, period.limit, phases), phases, profile.id)


def joined(lines: Sequence[Line], say: Callable[[list[Said]], Said]) -> Turns[Line]:
    """One line of what `say` makes of all lines, which cover the same window, at every moment one of them changes."""
    heard = [line[0][1] for line in lines]
    result: Line = []
    tagged = [_tagged(line, place) for place, line in enumerate(lines)]
    for number, (at_ms, place, said) in enumerate(heapq.merge(*tagged, key=_from)):
        heard[place] = said
        if result and result[-1][0] == at_ms:
            result.pop()
        result.append((at_ms, say(heard)))
        if number % PIECES_A_TURN == 0:
            yield
    return result


def _tagged(line: Line, place: int) -> Iterator[tuple[int, int, Said]]:
    return ((at_ms, place, said) for at_ms, said in line)


def strictest(heard: list[Said]) -> Said:
    """The least current; of equal ones the first."""
    return min(heard, key=_from)


def together(heard: list[Said]) -> Said:
    """All at once, as connectors draw; nobody in particular says it, unless there is only one."""
    return heard[0] if len(heard) == 1 else (sum(map(_from, heard)), max(said[1] for said in heard), None)


def at_once(work: Turns[T]) -> T:
    """The result without a pause, for tests and measurements, and for lines that are known to be short."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result
