"""Curves in the evidence of a test, whatever the test: lists of numbers whose names tell their units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agent.papers.blocks import Line, Plot

LEAST_POINTS = 8
FLAT = 0.005
"""Of the greatest value: what moves less is drawn as a line and tells nothing."""
MOST_POINTS = 600
"""More than a page can show; of a longer list the extremes of each stretch are kept."""
UNITS = {"mv": ("V", 0.001), "v": ("V", 1.0), "w": ("W", 1.0), "a": ("A", 1.0), "ma": ("mA", 1.0)}
UNITS |= {"c": ("°C", 1.0), "wh": ("Wh", 1.0), "hz": ("Hz", 1.0), "percent": ("%", 1.0)}
TIMES = {"t_s": 1.0, "t_ms": 0.001, "at_s": 1.0, "at_ms": 0.001, "times_s": 1.0, "times_ms": 0.001}
STEPS = {"step_us": 1e-6, "step_ms": 1e-3, "step_s": 1.0}


def plots(test: Mapping[str, Any]) -> Iterator[Plot]:
    """One plot for each pair of curves that share their times."""
    evidence = test.get("evidence")
    if not isinstance(evidence, Mapping):
        return
    curves = [(name, values) for name, values in evidence.items() if name not in TIMES and _is_curve(values)]
    curves = [(name, values) for name, values in curves if name.rpartition("_")[2] in UNITS]
    where = f", outlet {test['connector']}" if test.get("connector") is not None else ""
    title = f"{test['test']} {test.get('purpose', '')}{where}"
    for at in range(0, len(curves), 2):
        lines = [_line(name, values, _times(evidence, len(values))) for name, values in curves[at : at + 2]]
        longest = max(line.points[-1][0] for line in lines)
        factor, unit = (1000.0, "ms") if longest < 2 else (1.0, "s") if longest < 600 else (1 / 60, "min")
        yield Plot(title=title, x_name=unit, lines=tuple(_scaled(line, factor) for line in lines))


def is_flat(plot: Plot) -> bool:
    """No line of it shows anything that its one number would not: a register at rest, a supply that stands still."""
    return all(_is_flat([y for _, y in line.points]) for line in plot.lines)


def _is_flat(values: Sequence[float]) -> bool:
    return max(values) - min(values) <= FLAT * max(abs(one) for one in values)


def axes(plot: Plot) -> list[list[float]]:
    """Round numbers for the axis of each line; lines of one unit share theirs, so that they can be compared."""
    spans: dict[str, list[float]] = {}
    for line in plot.lines:
        spans.setdefault(line.unit, []).extend(y for _, y in line.points)
    return [nice(min(spans[line.unit]), max(spans[line.unit])) for line in plot.lines]


def _is_curve(values: Any) -> bool:
    return (
        isinstance(values, list)
        and len(values) >= LEAST_POINTS
        and all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)
    )


def _times(evidence: Mapping[str, Any], count: int) -> Sequence[float]:
    """Seconds of each value; without any word on time they are one second apart."""
    for name, factor in TIMES.items():
        given = evidence.get(name)
        if isinstance(given, list) and _is_curve(given) and len(given) == count:
            return [one * factor for one in given]
    step_s = next(
        (evidence[name] * factor for name, factor in STEPS.items() if isinstance(evidence.get(name), int | float)), 1.0
    )
    return [n * step_s for n in range(count)]


def _line(name: str, values: Sequence[float], times: Sequence[float]) -> Line:
    unit, factor = UNITS[name.rpartition("_")[2]]
    points = [(t, v * factor) for t, v in zip(times, values, strict=True)]
    return Line(name=name.rpartition("_")[0].replace("_", " "), unit=unit, points=tuple(thinned(points)))


def _scaled(line: Line, factor: float) -> Line:
    return Line(name=line.name, unit=line.unit, points=tuple((t * factor, v) for t, v in line.points))


def thinned(points: Sequence[tuple[float, float]], most: int = MOST_POINTS) -> list[tuple[float, float]]:
    """At most `most` points; lowest and highest of each stretch stay, so that no spike is lost."""
    if len(points) <= most:
        return list(points)
    stretch = -(-2 * len(points) // most)
    found: list[tuple[float, float]] = []
    for at in range(0, len(points), stretch):
        part = points[at : at + stretch]
        ends = {min(part, key=lambda one: one[1]), max(part, key=lambda one: one[1])}
        found += sorted(ends)
    return found


def nice(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers that enclose both, for an axis."""
    if high <= low:
        high = low + (abs(low) or 1.0) * 0.1
    raw = (high - low) / most
    size = 10.0 ** _exponent(raw)
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw)
    first = int(low // step)
    last = int(-(-high // step))
    return [n * step for n in range(first, last + 1)]


def _exponent(value: float) -> int:
    exponent = 0
    while value >= 10:
        value, exponent = value / 10, exponent + 1
    while value < 1:
        value, exponent = value * 10, exponent - 1
    return exponent
