"""What a port says could be shed or raised (docs/load-profile.md), read from its status. Pure."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_W = 1e9
MOST_LETTERS = 32
OWN_BYTES = 160
"""In memory, without its texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flexible:
    """Watts. None: not known."""

    shed_w: float
    shed_to_minimum_w: float | None
    raise_w: float | None
    raise_by: str
    until: str

    @property
    def kept_bytes(self) -> int:
        return OWN_BYTES + sys.getsizeof(self.raise_by) + sys.getsizeof(self.until)


def read_flexible(told: Any) -> Flexible | None:
    """None where it tells nothing that a charger would."""
    shed_w = _watts(told.get("shed_w")) if isinstance(told, Mapping) else None
    if shed_w is None:
        return None
    return Flexible(
        shed_w=shed_w,
        shed_to_minimum_w=_watts(told.get("shed_to_minimum_w")),
        raise_w=_watts(told.get("raise_w")),
        raise_by=_text(told.get("raise_by")),
        until=_text(told.get("until")),
    )


def _watts(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= MOST_W else None


def _text(value: object) -> str:
    return value[:MOST_LETTERS] if isinstance(value, str) else ""
