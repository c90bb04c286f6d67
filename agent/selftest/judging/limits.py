"""A measured value beside its limits: whether it fits, and how that is said."""

from __future__ import annotations

import math

from agent.core.commissioning.model import Measured

CATALOGUE = "self-test catalogue"
"""Where a limit comes from that no norm has."""
ENTERED = "entered by the installer"


def fits(one: Measured) -> bool:
    """Within its limits, both ends included. A value that is missing, or is no number, fits none."""
    if one.low is None and one.high is None:
        return True
    if isinstance(one.value, bool) or not isinstance(one.value, int | float) or not math.isfinite(one.value):
        return False
    return (one.low is None or one.value >= one.low) and (one.high is None or one.value <= one.high)


def outside(measured: tuple[Measured, ...]) -> tuple[Measured, ...]:
    """Those that do not fit."""
    return tuple(one for one in measured if not fits(one))


def told(one: Measured) -> str:
    """ "+12 V rail 10.5 V (11.4…12.6 V)"."""
    value = "not measured" if one.value is None else _number(one.value, one.unit)
    bounds = _bounds(one)
    return f"{one.name} {value}" + (f" ({bounds})" if bounds else "")


def all_told(measured: tuple[Measured, ...]) -> str:
    return ", ".join(told(one) for one in measured)


def _bounds(one: Measured) -> str:
    if one.low is not None and one.high is not None:
        return f"{one.low:g}…{_number(one.high, one.unit)}"
    if one.high is not None:
        return f"at most {_number(one.high, one.unit)}"
    return "" if one.low is None else f"at least {_number(one.low, one.unit)}"


def _number(value: float | int | str | bool, unit: str) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{text} {unit}".rstrip()
