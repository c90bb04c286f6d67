"""An attempt as plain values, for its row in the store and its line in an exported file. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from enum import Enum
from math import isfinite
from typing import Any

from agent.core.time import Instant
from agent.core.uptime.axis import LAST_MS, LONGEST_BOOT_S
from agent.core.visits.model import Attempt, FailureClass, Mark, Outcome

APART = ("port", "number", "marks")
"""What has columns of its own, or is written otherwise."""
ENUMS: Mapping[str, type[Enum]] = {"start": Outcome, "end": Outcome, "failure": FailureClass}


def plain(attempt: Attempt) -> dict[str, Any]:
    """Boots are named once; moments are a mark, the place of their boot, seconds and UTC milliseconds."""
    boots: list[str] = list(dict.fromkeys(at.boot_id for _, at in attempt.marks))
    found: dict[str, Any] = {
        "boots": boots,
        "marks": [
            [mark.value, boots.index(at.boot_id), round(at.monotonic_s, 3), at.utc_ms] for mark, at in attempt.marks
        ],
    }
    for field in fields(attempt):
        value = getattr(attempt, field.name)
        if field.name not in APART and value != field.default:
            found[field.name] = value.value if isinstance(value, Enum) else value
    return found


def of_plain(row: Mapping[str, Any], *, port: int, number: int) -> Attempt:
    """Raises ValueError, KeyError, TypeError, IndexError for what no charger wrote."""
    boots: Sequence[str] = row["boots"]
    known = {field.name: field for field in fields(Attempt) if field.name not in APART}
    rest = {name: _value(name, value, known[name].default) for name, value in row.items() if name in known}
    return Attempt(port=port, number=number, marks=tuple(_mark(one, boots) for one in row["marks"]), **rest)


def _value(name: str, value: Any, default: Any) -> Any:
    if name in ENUMS:
        return ENUMS[name](value)
    if name == "chain":
        return tuple(_of(str, one) for one in value)
    if name == "start_wh":
        return None if value is None else _of(int, value)
    number = _of(type(default), value)
    if isinstance(number, int | float) and not (isfinite(number) and abs(number) < 1 << 53):
        raise ValueError(f"{name} cannot be {number}")
    return number


def _of(kind: type, value: Any) -> Any:
    is_it = isinstance(value, kind) or (kind is float and isinstance(value, int))
    if not is_it or isinstance(value, bool):
        raise TypeError(f"{value!r:.40} is no {kind.__name__}")
    return value


def _mark(one: Sequence[Any], boots: Sequence[str]) -> tuple[Mark, Instant]:
    name, boot, at_s, utc_ms = one
    if utc_ms is not None and not 0 <= _of(int, utc_ms) < LAST_MS:
        raise ValueError("a time that cannot be")
    if not abs(_of(float, at_s)) <= LONGEST_BOOT_S:
        raise ValueError("a time that cannot be")
    return Mark(name), Instant(at_s, utc_ms, _of(str, boots[_of(int, boot)]))
