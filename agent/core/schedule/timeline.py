"""What a set of profiles says over a stretch of time, and how several such lines are joined into one.

A line is painted from the strongest profile down: each fills what those before it left open, and where nothing is open
any more the rest need not be looked at. Painting and joining are generators that pause after a bounded piece of work,
so that whoever runs them can let others have their turn; their result is the generator's return value.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Generator, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import TypeVar

from agent.core.schedule.compose import amperes
from agent.core.schedule.profile import ChargingProfile, RateUnit
from agent.core.schedule.window import starts_s, voices

PIECES_A_TURN = 120
"""So many pieces are laid before others get their turn: 0.1 to 0.2 ms on a desktop machine."""

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

_from, _until = itemgetter(0), itemgetter(1)


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
        before = len(line)
        for voice in voices(profile, started_ms, *window):
            for taken in _taken(gaps, voice):
                line += _pieces(profile, taken, supply_phases)
        laid += len(line) - before + 1
        if laid >= PIECES_A_TURN:
            laid = 0
            yield
    line += [(begin_ms, (math.inf, supply_phases, None)) for begin_ms, _ in gaps]
    line.sort(key=_from)
    return line


_Voice = tuple[int, int, int]
"""From when to when a profile speaks, and when the run began that it speaks of (window.voices)."""


def _taken(gaps: list[Window], voice: _Voice) -> list[_Voice]:
    """The parts of a voice that lie in gaps, which are gaps no longer."""
    from_ms, until_ms, run_ms = voice
    first = place = bisect_right(gaps, from_ms, key=_until)
    taken: list[_Voice] = []
    left: list[Window] = []
    while place < len(gaps) and gaps[place][0] < until_ms:
        begin_ms, end_ms = gaps[place]
        if begin_ms < from_ms:
            left.append((begin_ms, from_ms))
            begin_ms = from_ms
        if until_ms < end_ms:
            left.append((until_ms, end_ms))
            end_ms = until_ms
        taken.append((begin_ms, end_ms, run_ms))
        place += 1
    gaps[first:place] = left
    return taken


def _pieces(profile: ChargingProfile, voice: _Voice, supply_phases: int) -> Iterator[tuple[int, Said]]:
    """The periods of a profile while it speaks."""
    from_ms, end_ms, run_ms = voice
    periods, unit, id = profile.periods, profile.unit, profile.id
    place = max(0, bisect_right(periods, (from_ms - run_ms) // 1000, key=starts_s) - 1)
    for period in periods[place:]:
        start_ms = run_ms + period.start_s * 1000
        if start_ms >= end_ms:
            return
        from_ms = max(from_ms, start_ms)
        phases = period.phases or supply_phases
        yield from_ms, (period.limit if unit is RateUnit.A else amperes(unit, period.limit, phases), phases, id)


def lowest(own: Line, station: Line, bound: Said) -> Turns[Line]:
    """The least of two lines of one window and a bound that never changes; of equals the bound, then the first line."""
    result: Line = []
    own_said = station_said = bound
    for number, (at_ms, place, said) in enumerate((yield from _merged([own, station])), 1):
        if place:
            station_said = said
        else:
            own_said = said
        least = own_said if own_said[0] <= station_said[0] else station_said
        if bound[0] <= least[0]:
            least = bound
        if result and result[-1][0] == at_ms:
            result[-1] = at_ms, least
        elif not result or result[-1][1] is not least:
            result.append((at_ms, least))
        if number % PIECES_A_TURN == 0:
            yield
    return result


def together(lines: Sequence[Line]) -> Turns[Line]:
    """What several lines of one window come to, as connectors that draw at the same time; no one profile says that."""
    result: Line = []
    heard = [line[0][1] for line in lines]
    for number, (at_ms, place, said) in enumerate((yield from _merged(lines)), 1):
        heard[place] = said
        if result and result[-1][0] == at_ms:
            result.pop()
        result.append((at_ms, (sum(map(_from, heard)), max(said[1] for said in heard), None)))
        if number % PIECES_A_TURN == 0:
            yield
    return result


def _merged(lines: Sequence[Line]) -> Turns[list[tuple[int, int, Said]]]:
    """The pieces of all lines in order, each with the number of its line."""
    pieces: list[tuple[int, int, Said]] = []
    for number, line in enumerate(lines):
        pieces += [(at_ms, number, said) for at_ms, said in line]
        yield
    pieces.sort(key=_from)
    yield
    return pieces


def at_once(work: Turns[T]) -> T:
    """The result without a pause, for tests and measurements, and for lines that are known to be short."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result
