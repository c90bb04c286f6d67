"""How often something took how long, since the start of the program: counts by bounds, as Prometheus reads them."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate


class Histogram:
    """`bounds` rise; a value on a bound counts below it."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.sum = 0.0
        self._counts = [0] * (len(bounds) + 1)

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def cumulative(self) -> tuple[int, ...]:
        """How many were at most each bound, and all of them last."""
        return tuple(accumulate(self._counts))
