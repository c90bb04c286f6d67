"""The most that a connector may ever be offered: the lowest of what its parts bear."""

from __future__ import annotations

from collections.abc import Sequence

from agent.values import frozen


@frozen(kw_only=True)
class Bound:
    """What one part bears. `source` is where that is written."""

    part: str
    current_a: float
    source: str


def lowest(bounds: Sequence[Bound]) -> Bound:
    """The part that decides; of equal ones the first. Raises ValueError where there is none."""
    return min(bounds, key=lambda bound: bound.current_a)


def above(limit_a: float, bounds: Sequence[Bound]) -> tuple[Bound, ...]:
    """The parts that a limit would overload."""
    return tuple(bound for bound in bounds if limit_a > bound.current_a + 1e-9)
