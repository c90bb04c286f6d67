"""Samples for plots, thinner with age: what flowed, what was offered, the pilot's level, what was warm.

Each level keeps the mean of what was sampled in its steps. Values are whole tenths (power: watts), each as the
difference to the one before: that is enough for a plot, and packs to a byte or two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Any

from agent.core.identity import ConnectorId
from agent.core.recorder.schema import Unreadable
from agent.core.time import Instant
from agent.values import frozen, mutable

COLUMNS = ("power_w", "l1_a", "l2_a", "l3_a", "offered_a", "pilot_v")
"""Those of every connector; temperatures follow with the names of their places, in degrees Celsius."""
TENTHS = 10


@frozen(kw_only=True)
class Level:
    """One value every `step_s` seconds; a chunk of `rows` of them is packed together."""

    step_s: int
    rows: int


LEVELS = (Level(step_s=1, rows=120), Level(step_s=10, rows=180), Level(step_s=60, rows=180), Level(step_s=900, rows=96))

Row = tuple[float | None, ...]


@frozen(kw_only=True)
class Chunk:
    """Some rows of one connector. `at_s` are monotonic seconds of the boot that `began` names; None: not known."""

    connector: ConnectorId
    step_s: int
    began: Instant
    columns: tuple[str, ...]
    rows: tuple[tuple[float, Row], ...]


@mutable
class _Open:
    """A chunk that grows, and the mean that is being taken."""

    level: Level
    began: Instant | None = None
    columns: tuple[str, ...] = ()
    rows: list[tuple[float, Row]] = field(default_factory=list)
    bucket: int = 0
    sums: list[tuple[float, int]] = field(default_factory=list)
    boot_id: str = ""


class Series:
    """Of one connector, all levels."""

    def __init__(self, connector: ConnectorId) -> None:
        self._connector = connector
        self._open = [_Open(level) for level in LEVELS]

    def add(self, now: Instant, columns: tuple[str, ...], row: Row) -> Iterator[Chunk]:
        """One sample; the chunks that are full with it."""
        for one in self._open:
            is_other = one.columns != columns or one.boot_id != now.boot_id
            if is_other or len(one.rows) >= one.level.rows:
                if one.began is not None:
                    yield self._chunk(one, tuple(one.rows))
                one.rows, one.began = [], None
            if is_other:
                one.columns, one.boot_id, one.sums = columns, now.boot_id, []
            bucket = int(now.monotonic_s // one.level.step_s)
            if bucket != one.bucket and one.sums:
                self._settle(one, now)
            one.bucket = bucket
            one.sums = _summed(one.sums, row)

    def unfinished(self) -> Iterator[Chunk]:
        """What is in no full chunk yet; it goes on as before."""
        for one in self._open:
            if one.began is not None:
                yield self._chunk(one, tuple(one.rows))

    def newest(self, now: Instant, seconds: float) -> Chunk | None:
        """The last of the finest level; it stays where it is."""
        one = self._open[0]
        rows = tuple(row for row in one.rows if row[0] >= now.monotonic_s - seconds)
        if one.began is None or not rows:
            return None
        return self._chunk(one, rows)

    def _settle(self, one: _Open, now: Instant) -> None:
        at_s = float(one.bucket * one.level.step_s)
        if one.began is None:
            one.began = now
        one.rows.append((at_s, tuple(total / count if count else None for total, count in one.sums)))
        one.sums = []

    def _chunk(self, one: _Open, rows: tuple[tuple[float, Row], ...]) -> Chunk:
        assert one.began is not None
        return Chunk(
            connector=self._connector, step_s=one.level.step_s, began=one.began, columns=one.columns, rows=rows
        )


def _summed(sums: list[tuple[float, int]], row: Row) -> list[tuple[float, int]]:
    before = sums or [(0.0, 0)] * len(row)
    return [
        (total, count) if value is None else (total + value, count + 1)
        for (total, count), value in zip(before, row, strict=True)
    ]


def chunk_written(chunk: Chunk) -> list[Any]:
    """Plain lists; `read_chunk` is the way back, to a tenth."""
    began = chunk.began
    head = [chunk.connector, chunk.step_s, began.monotonic_s, began.utc_ms, began.boot_id, list(chunk.columns)]
    last, at_s = [0] * len(chunk.columns), 0
    rows: list[Any] = []
    for when_s, row in chunk.rows:
        moved: list[Any] = [round(when_s / chunk.step_s) - at_s]
        at_s = round(when_s / chunk.step_s)
        for place, value in enumerate(row):
            tenths = None if value is None else round(value * _scale(chunk.columns[place]))
            moved.append(None if tenths is None else tenths - last[place])
            last[place] = last[place] if tenths is None else tenths
        rows.append(moved)
    return [*head, rows]


def read_chunk(plain: Any) -> Chunk:
    """Raises Unreadable."""
    try:
        connector, step_s, monotonic_s, utc_ms, boot_id, columns, rows = plain
        names = tuple(str(one) for one in columns)
        return Chunk(
            connector=ConnectorId(int(connector)),
            step_s=int(step_s),
            began=Instant(float(monotonic_s), None if utc_ms is None else int(utc_ms), str(boot_id)),
            columns=names,
            rows=tuple(_rows_read(rows, int(step_s), names)),
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise Unreadable("samples of the recording are damaged") from error


def _rows_read(rows: Any, step_s: int, columns: Sequence[str]) -> Iterator[tuple[float, Row]]:
    last, at = [0] * len(columns), 0
    for moved, *values in rows:
        at += int(moved)
        row: list[float | None] = []
        for place, value in zip(range(len(columns)), values, strict=True):
            if value is not None:
                last[place] += int(value)
            row.append(None if value is None else last[place] / _scale(columns[place]))
        yield float(at * step_s), tuple(row)


def _scale(column: str) -> int:
    return 1 if column == "power_w" else TENTHS
