"""Medians and tails. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed (nearest rank). Raises ValueError for none."""
    if not values:
        raise ValueError("no values, no quantile")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def paired_ratio(values: Sequence[float], floors: Sequence[float]) -> float:
    """The median of the ratios of pairs: what disturbs both of a pair cancels out."""
    return median(value / floor for value, floor in zip(values, floors, strict=True))


def spread(values: Sequence[float], unit: str, digits: int = 1) -> str:
    """Median and extremes, as a note."""
    low, middle, high = (f"{value:.{digits}f}" for value in (min(values), median(values), max(values)))
    return f"median {middle}, {low} … {high} {unit} of {len(values)}"
