"""Power by quarters of an hour: mean from the meter's register, peak from its samples. Pure.

Energy is never invented: a quarter is known where the register at its beginning and at its end is, by samples close
around them, or because the register did not move in between. All else is a gap and stays one. What neighbouring
quarters say adds up to what the register rose by, to the watt hour.
"""

from __future__ import annotations

from dataclasses import replace

from agent.core.quantities import MeterSample
from agent.core.session.energy import can_rise_wh
from agent.core.time import Instant
from agent.values import frozen

QUARTER_S = 900
QUARTER_MS = QUARTER_S * 1000
QUARTERS = 96
"""Of a day, UTC."""
BRIDGED_S = 30.0
"""Two samples no farther apart tell the register at any moment between them. A meter is read every 5 s at least."""
STILL_S = 86_400.0
"""A register that did not move tells that nothing flowed, for so long at the most: a day of a charger without power."""
CLOCK_MOVES_S = 2.0
"""A wall clock that gains more than this on the monotonic one between two samples was set."""


@frozen
class Mark:
    """The last reading: UTC milliseconds and the register."""

    at: Instant
    register_wh: int

    @property
    def utc_ms(self) -> int:
        return self.at.utc_ms or 0


@frozen(kw_only=True)
class Quarter:
    """One that is over. `number` counts from 1970; None: not known."""

    number: int
    energy_wh: int | None
    peak_w: int | None


@frozen(kw_only=True)
class Running:
    """A connector's quarter that runs. `opened_wh`: the register at its beginning, None where nobody knows.

    `peak_w`: the highest power so far; None before the first sample that told one.
    """

    number: int | None = None
    opened_wh: int | None = None
    peak_w: int | None = None
    last: Mark | None = None


NOTHING = Running()


def sampled(running: Running, sample: MeterSample) -> tuple[Running, tuple[Quarter, ...]]:
    """After a reading: what runs now, and which quarters are over with it, the oldest first.

    A sample without a time of day or without a register says nothing here.
    """
    if sample.at.utc_ms is None or sample.register_wh is None:
        return running, ()
    mark, number = Mark(sample.at, sample.register_wh), sample.at.utc_ms // QUARTER_MS
    power_w = None if sample.power_w is None else max(0, round(sample.power_w))
    if running.number is None or running.last is None or not _follows(running.last, mark):
        # The first one, a clock that was set or a meter that was exchanged: this quarter's beginning is not known.
        opened_wh = sample.register_wh if sample.at.utc_ms % QUARTER_MS == 0 else None
        return Running(number=number, opened_wh=opened_wh, peak_w=power_w, last=mark), ()
    if number == running.number:
        return replace(running, peak_w=higher(running.peak_w, power_w), last=mark), ()
    over = tuple(_closed(running, running.last, mark, one) for one in range(running.number, number))
    opened_wh = _register_at(running.last, mark, number * QUARTER_MS)
    return Running(number=number, opened_wh=opened_wh, peak_w=power_w, last=mark), over


def _follows(before: Mark, mark: Mark) -> bool:
    """Both are of one meter and of one clock, as far as anybody can tell."""
    rose_wh, apart_s = mark.register_wh - before.register_wh, (mark.utc_ms - before.utc_ms) / 1000
    if not 0 <= apart_s <= STILL_S or not 0 <= rose_wh <= can_rise_wh(apart_s):
        return False
    return abs(mark.at.wall_clock_set_by_s(before.at)) <= CLOCK_MOVES_S


def _closed(running: Running, before: Mark, mark: Mark, number: int) -> Quarter:
    begins_ms = number * QUARTER_MS
    is_running = number == running.number
    opened_wh = running.opened_wh if is_running else _register_at(before, mark, begins_ms)
    ended_wh = _register_at(before, mark, begins_ms + QUARTER_MS)
    energy_wh = None if opened_wh is None or ended_wh is None else ended_wh - opened_wh
    peak_w = running.peak_w if is_running else None
    if energy_wh is None:
        return Quarter(number=number, energy_wh=None, peak_w=peak_w)
    # No mean is above its peak: where samples missed it, or the meter tells no power, the mean is the least it was.
    return Quarter(number=number, energy_wh=energy_wh, peak_w=max(peak_w or 0, mean_w(energy_wh)))


def _register_at(before: Mark, mark: Mark, at_ms: int) -> int | None:
    """Between two readings, rounded down to the watt hour, so that it never falls; None where nobody can tell."""
    rose_wh, apart_ms = mark.register_wh - before.register_wh, mark.utc_ms - before.utc_ms
    if rose_wh == 0:
        return mark.register_wh
    if apart_ms > BRIDGED_S * 1000:
        return None
    return before.register_wh + rose_wh * (at_ms - before.utc_ms) // apart_ms


def mean_w(energy_wh: int) -> int:
    """Of a quarter of an hour."""
    return energy_wh * 3600 // QUARTER_S


def higher(one: int | None, other: int | None) -> int | None:
    """None: not known."""
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)
