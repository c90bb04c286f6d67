"""Where a figure is going: the straight line through its last samples. Pure."""

from __future__ import annotations

from collections.abc import Sequence

DAY_S = 86_400
LEAST_SAMPLES = 4
LEAST_SPAN_S = 3 * 3600
"""Memory that is taken once and kept is no trend: the first hours after a start say nothing."""


def slope_per_day(samples: Sequence[tuple[float, float]]) -> float | None:
    """Units a day by least squares, of samples (seconds, value); None for too few, or too short a time."""
    if len(samples) < LEAST_SAMPLES or samples[-1][0] - samples[0][0] < LEAST_SPAN_S:
        return None
    mean_s = sum(at for at, _ in samples) / len(samples)
    mean = sum(value for _, value in samples) / len(samples)
    spread = sum((at - mean_s) ** 2 for at, _ in samples)
    return DAY_S * sum((at - mean_s) * (value - mean) for at, value in samples) / spread
