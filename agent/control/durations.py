"""How long, as a person types it: the one form for every verb, at the charger and from afar. Pure."""

from __future__ import annotations

import re

UNITS_S = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
MOST_S = 100 * 366 * 86_400
_FORM = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?(s|min|m|h|d)?", re.ASCII)


def seconds_of(text: str) -> float | None:
    """Of "90s", "15m", "15min", "2h", "3d", and "90" for seconds; None for anything else, and beyond a century."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    seconds = float(found[1]) * UNITS_S[found[2] or "s"]
    return seconds if seconds <= MOST_S else None
