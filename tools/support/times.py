"""How long and since when, as a person types it."""

from __future__ import annotations

from agent.control.durations import seconds_of
from tools.support.failures import WrongUse
from tools.support.picture import moment_ms
from tools.support.telling import now_ms


def seconds(text: str) -> float:
    """Of "90s", "15min", "2h", "3d". Raises WrongUse."""
    found = seconds_of(text)
    if found is None:
        raise WrongUse(f'"{text}" is no time; write it as 90s, 15min, 2h or 3d')
    return found


def since_ms(text: str) -> int:
    """A moment, or so long ago. Raises WrongUse."""
    moment = moment_ms(text)
    if moment is not None:
        return moment
    ago_s = seconds_of(text)
    if ago_s is None:
        raise WrongUse(f'"{text}" is no time; write it as 90s, 15min, 2h or 3d ago, or as 2026-01-31T12:00:00Z')
    return now_ms() - round(1000 * ago_s)
