"""How long and since when, as a person types it."""

from __future__ import annotations

from tools.support.failures import WrongUse
from tools.support.picture import moment_ms
from tools.support.telling import now_ms

UNITS_S = {"s": 1, "min": 60, "h": 3600, "d": 86_400}


def seconds(text: str) -> float:
    """Of "90s", "15min", "2h", "3d". Raises WrongUse."""
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = text[len(number) :] or "s"
    try:
        return float(number) * UNITS_S[unit]
    except (ValueError, KeyError) as error:
        raise WrongUse(f'"{text}" is no time; write it as 90s, 15min, 2h or 3d') from error


def since_ms(text: str) -> int:
    """A moment, or so long ago. Raises WrongUse."""
    moment = moment_ms(text)
    return moment if moment is not None else now_ms() - round(1000 * seconds(text))
