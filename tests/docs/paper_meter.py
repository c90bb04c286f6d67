"""The meter of a data sheet: its registers hold what the sheet's examples say, and nobody asks the agent's map."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from firmware_sim.meters.points import Encoding, MeterModel, Point, Reading

WORDS = {"UINT16": 1, "INT16": 1, "UINT32": 2, "INT32": 2, "UINT64": 4, "INT64": 4}

Row = list[str]
"""Registers as "1-2", content, format, unit, example as raw number."""


def paper_meter(tables: Mapping[int, list[Row]], *, longest_read: int, quiet_s: float) -> MeterModel:
    """By the function that reads each table. Registers are counted from 1, and the low word of a number comes first."""
    words = {
        (function, address): word
        for function, rows in tables.items()
        for row in rows
        for address, word in _registers(row)
    }
    identity: dict[str, Reading] = {f"{function}:{address}": word for (function, address), word in words.items()}
    points = tuple(Point(f"{function}:{address}", function, address, Encoding.U16) for function, address in words)
    return MeterModel(id="paper", points=points, identity=identity, longest_read=longest_read, quiet_s=quiet_s)


def _registers(row: Row) -> Iterator[tuple[int, int]]:
    first, _, last = row[0].partition("–")
    count = WORDS[row[2]]
    assert int(last or first) - int(first) + 1 == count, row
    raw = int(re.sub(r"[^\d-]", "", row[-1])) % (1 << 16 * count)
    for place in range(count):
        yield int(first) - 1 + place, raw >> 16 * place & 0xFFFF
