"""What a capture of the pilot shows: levels, duty, frequency, noise. Pure; runs in `evsectl`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, pstdev

from agent.values import frozen

SWITCHES_FROM_V = 3.0
"""Levels closer together than that are one level and its noise."""
LEFT_OUT_AFTER_EDGE, LEFT_OUT_BEFORE_EDGE = 2, 1
"""Samples: 20 µs of settling at 100 kS/s, and the edge itself."""


@frozen(kw_only=True)
class Waveform:
    """Levels in volts; None what a steady level does not have. `noise_v` is one standard deviation."""

    high_v: float
    low_v: float | None
    duty_percent: float | None
    frequency_hz: float | None
    noise_v: float
    periods: int


def waveform(levels_v: Sequence[float], step_s: float) -> Waveform:
    """Of at least one sample."""
    middle_v = (max(levels_v) + min(levels_v)) / 2
    edges = _edges(levels_v, middle_v)
    if max(levels_v) - min(levels_v) < SWITCHES_FROM_V or not edges:
        return Waveform(
            high_v=fmean(levels_v),
            low_v=None,
            duty_percent=None,
            frequency_hz=None,
            noise_v=pstdev(levels_v),
            periods=0,
        )
    settled = _settled(levels_v, edges)
    high = [level for level in settled if level > middle_v]
    low = [level for level in settled if level <= middle_v]
    rising = [at for at, rises in edges if rises]
    periods = max(0, len(rising) - 1)
    high_v, low_v = fmean(high or [max(levels_v)]), fmean(low or [min(levels_v)])
    return Waveform(
        high_v=high_v,
        low_v=low_v,
        duty_percent=100 * _high_share(edges) if periods else None,
        frequency_hz=periods / ((rising[-1] - rising[0]) * step_s) if periods else None,
        noise_v=pstdev([*(level - high_v for level in high), *(level - low_v for level in low)] or [0.0]),
        periods=periods,
    )


def _edges(levels_v: Sequence[float], middle_v: float) -> list[tuple[float, bool]]:
    """Where the level crosses the middle, in samples and between them, and whether it rises there."""
    found = []
    for place, (before, after) in enumerate(pairwise(levels_v)):
        if (before > middle_v) != (after > middle_v):
            found.append((place + (middle_v - before) / (after - before), after > before))
    return found


def _settled(levels_v: Sequence[float], edges: Sequence[tuple[float, bool]]) -> list[float]:
    """Without the samples around the edges."""
    left_out = {
        place
        for at, _ in edges
        for place in range(int(at) + 1 - LEFT_OUT_BEFORE_EDGE, int(at) + 1 + LEFT_OUT_AFTER_EDGE)
    }
    return [level for place, level in enumerate(levels_v) if place not in left_out]


def _high_share(edges: Sequence[tuple[float, bool]]) -> float:
    """Of whole periods, from the first rising edge to the last one."""
    rising = [at for at, rises in edges if rises]
    first, last = rising[0], rising[-1]
    within = [(at, rises) for at, rises in edges if first <= at <= last]
    high = sum(end - start for (start, rises), (end, _) in pairwise(within) if rises)
    return high / (last - first)
