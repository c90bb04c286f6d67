"""Values over time drawn with the dots of Braille letters: two by four in each place of a terminal. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

UNITS = {"w": "W", "a": "A", "v": "V", "c": "°C", "celsius": "°C", "percent": "%", "ma": "mA"}
LEAST_SPAN = {"W": 100.0, "A": 1.0, "V": 1.0, "°C": 2.0, "%": 5.0, "mA": 1.0}
"""A smaller one would draw noise as mountains."""
MOST_POINTS = 2_000
MOST_SERIES = 24
BLANK = 0x2800
DOTS = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
"""Of the left and the right column, from the lowest up (Unicode, "Braille Patterns")."""
PLACES = ("connector", "port")
RENAMED = {"high_v": "pilot_high_v", "low_v": "pilot_low_v", "currents_a": "current_a", "voltages_v": "voltage_v"}
LIMIT = "limit"
"""The member of a status whose `current_a` is what may flow at most, and not what flows."""
KINDS = ("power", "current", "offered", "limit", "pilot", "duty", "temp", "voltage")
"""What a person looks at first; the rest comes behind, as it came."""


@dataclass
class Series:
    """One value. Seconds come in with each point, and never run backwards."""

    name: str
    unit: str
    points: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=MOST_POINTS))

    @property
    def last(self) -> float:
        return self.points[-1][1]

    def low_high(self, since_s: float) -> tuple[float, float]:
        """Of what is seen, at least as far apart as is worth a look."""
        seen = [value for at, value in self.points if at >= since_s] or [self.last]
        low, high = min(seen), max(seen)
        room = max(0.0, LEAST_SPAN.get(self.unit, 1.0) - (high - low)) / 2
        # What never was below zero has no scale that is: 0 W drawn between 50 and -50 reads as power that flows back.
        below = max(0.0, room - low) if low >= 0 else 0.0
        return low - room + below, high + room + below


class Plots:
    """All values of a charger by their names, in the order in which a person looks at them."""

    def __init__(self) -> None:
        self.series: dict[str, Series] = {}
        self._began_s: float | None = None

    def take(self, body: Mapping[str, Any], at_s: float) -> None:
        """Every number with a unit in it; samples that say when each was taken are drawn when it was."""
        samples = body.get("samples")
        timed = [one for one in samples if _is_timed(one)] if isinstance(samples, list) else []
        if timed and self._began_s is None:
            self._began_s = at_s - timed[-1]["t_s"]
        for one in timed:
            self._take(one, (self._began_s or 0.0) + one["t_s"])
        self._take({name: value for name, value in body.items() if name != "samples" or not timed}, at_s)

    def _take(self, body: Mapping[str, Any], at_s: float) -> None:
        for name, value in numbers(body):
            unit = _unit(name)
            if name not in self.series and len(self.series) >= MOST_SERIES:
                continue
            self.series.setdefault(name, Series(name, unit)).points.append((at_s, value))

    def in_order(self) -> list[Series]:
        def place(one: Series) -> tuple[str, int]:
            where, _, what = one.name.partition(": ") if ": " in one.name else ("", "", one.name)
            return where, next((n for n, kind in enumerate(KINDS) if what.startswith(kind)), len(KINDS))

        return sorted(self.series.values(), key=place)


def _is_timed(sample: object) -> bool:
    return isinstance(sample, Mapping) and isinstance(sample.get("t_s"), int | float)


def numbers(value: object, place: str = "", name: str = "") -> Iterator[tuple[str, float]]:
    """Every finite number whose name ends in a unit: ("port 1: power_w", 3680.0); of a list, by its place in it."""
    if isinstance(value, Mapping):
        own = next((f"port {value[key]}" for key in PLACES if type(value.get(key)) is int), place)
        label = next((str(value[key])[:20] for key in ("place", "name") if isinstance(value.get(key), str)), "")
        for key, one in value.items():
            named = "limit_a" if name == LIMIT and key == "current_a" else RENAMED.get(str(key), str(key))
            yield from numbers(one, own, f"{label} {named}" if label else named)
    elif isinstance(value, list):
        for number, one in enumerate(value, 1):
            is_number = isinstance(one, int | float) and not isinstance(one, bool)
            yield from numbers(one, place, f"{name} L{number}" if is_number else name)
    elif isinstance(value, int | float) and not isinstance(value, bool) and _unit(name) and abs(value) < 1e9:
        yield (f"{place}: {name}" if place else name), float(value)


def _unit(name: str) -> str:
    """Of "power_w" and "currents_a L1"; "" where the name has none."""
    return UNITS.get(name.partition(" L")[0].rpartition("_")[2], "") if "_" in name else ""


def braille(
    points: Iterable[tuple[float, float]],
    *,
    span_s: tuple[float, float],
    low_high: tuple[float, float],
    size: tuple[int, int],
) -> list[str]:
    """`size` in columns and rows; rows from the top. The line holds its value until the next point."""
    columns, rows = size
    cells = [[BLANK] * columns for _ in range(rows)]
    heights = _heights(points, span_s, low_high, columns * 2, rows * 4)
    before: int | None = None
    for x, y in enumerate(heights):
        if y is None:
            before = None
            continue
        # A step is drawn as a wall, so that the eye follows it.
        for dot in range(min(y, y if before is None else before), max(y, y if before is None else before) + 1):
            cells[rows - 1 - dot // 4][x // 2] |= DOTS[x % 2][dot % 4]
        before = y
    return ["".join(map(chr, row)) for row in cells]


def _heights(
    points: Iterable[tuple[float, float]],
    span_s: tuple[float, float],
    low_high: tuple[float, float],
    wide: int,
    high: int,
) -> list[int | None]:
    start, end = span_s
    low, top = low_high
    found: list[int | None] = [None] * wide
    for at, value in points:
        x = int((at - start) / max(1e-9, end - start) * (wide - 1))
        share = (value - low) / max(1e-9, top - low)
        y = max(0, min(high - 1, round(share * (high - 1))))
        if at < start:
            found[0] = y
        elif at <= end:
            found[x] = y
    for x in range(1, wide):
        if found[x] is None:
            found[x] = found[x - 1]
    return found


def page_lines(plots: Plots, *, now_s: float, span_s: float, size: tuple[int, int]) -> Sequence[str]:
    """As many plots as fit: a name, the value now, and the curve with its bounds."""
    columns, height = size
    shown = plots.in_order()[: max(1, height // 2)]
    label_wide = max((len(_label(one)) for one in shown), default=0)
    wide = max(10, columns - label_wide - 26)
    lines: list[str] = []
    for one in shown:
        low, high = one.low_high(now_s - span_s)
        curve = braille(one.points, span_s=(now_s - span_s, now_s), low_high=(low, high), size=(wide, 2))
        value = f"{one.last:g} {one.unit}"
        lines.append(f"{_label(one):<{label_wide}} {value:>11} {high:>9.5g} {curve[0]}")
        lines.append(f"{'':<{label_wide}} {'':>11} {low:>9.5g} {curve[1]}")
    return lines


def _label(one: Series) -> str:
    """Without the unit, which stands behind the value."""
    name, _, phase = one.name.partition(" L")
    return name.rpartition("_")[0].replace("_", " ") + (f" L{phase}" if phase else "")
