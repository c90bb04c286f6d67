"""The records of two exports of one charger laid together, each row once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from agent.core.uptime.model import ServiceRecords
from agent.core.visits.model import Attempt

T = TypeVar("T")


def merged_service(one: ServiceRecords | None, other: ServiceRecords | None) -> ServiceRecords | None:
    """Of a row that both have, the later export's; what an older one still had and the newer forgot stays."""
    if one is None or other is None:
        return one or other
    older, newer = sorted((one, other), key=_age)
    return replace(
        newer,
        ports=_each((*newer.ports, *older.ports), lambda row: row.port),
        outages=_each((*older.outages, *newer.outages), _number),
        offline=_each((*older.offline, *newer.offline), _number),
        runs=_each((*older.runs, *newer.runs), _number),
        windows=_each((*older.windows, *newer.windows), _number),
        acts=_each((*older.acts, *newer.acts), _number),
    )


def merged_attempts(one: Iterable[Attempt], other: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """Of an attempt that both have, the one that has gone further."""
    return _each(sorted((*one, *other), key=lambda row: (row.is_over, len(row.marks))), _number)


def _age(records: ServiceRecords) -> tuple[int, int, float]:
    """More runs of the program came later, whatever the clocks said."""
    newest = max((run.number for run in records.runs), default=0)
    return newest, records.now.utc_ms or 0, records.now.monotonic_s


def _each(rows: Iterable[T], key: Callable[[T], Any]) -> tuple[T, ...]:
    """The last of each key, in the order of the keys."""
    found = {key(row): row for row in rows}
    return tuple(found[name] for name in sorted(found))


def _number(row: Any) -> int:
    return int(row.number)
