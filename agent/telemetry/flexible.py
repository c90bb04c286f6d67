"""When what could be shed or raised on a port is worth a message: not each time a car draws a little less."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agent.core.settling import Settling
from agent.telemetry.profile import Profile

NAME = "flexibility"
"""In the status of a port."""
LEAST_W = 500
LEAST_SHARE = 0.25
SAME_END_S = 5.0
"""The end of a limit is worked out anew each time, in whole seconds from then on."""


class Moves:
    """Of one port. Seconds come in."""

    def __init__(self, profile: Profile) -> None:
        self._bucket, self._waits_s = profile.flexibility.bucket(), profile.status_waits_s
        self._before: Mapping[str, Any] | None = None
        self._is_still = self._charges = False
        self._settling = Settling()
        self._begun_s: float | None = None

    def look(self, seen: Mapping[str, Any]) -> None:
        """At a status, before anything is asked about it."""
        before, self._before = self._before, seen.get(NAME)
        self._charges = bool(seen.get("charging"))
        self._is_still = not differs(before, self._before)

    def waits(self, told: Mapping[str, Any], now_s: float) -> bool:
        """Whether the word that a charge began, waits for what the car then draws."""
        if told.get("charging") or not self._charges:
            self._begun_s = None
            return False
        if self._begun_s is None:
            self._begun_s = now_s
        is_known = self._is_still and self._before is not None and self._before.get("shed_w", 0) > 0
        return not is_known and now_s - self._begun_s < self._waits_s

    def is_due(self, told: Mapping[str, Any], now_s: float) -> bool:
        """Whether the status is to be told for its flexibility alone. `told`: the one that was told last."""
        is_other = differs(told.get(NAME), self._before)
        if not self._settling.is_over(now_s, is_other=is_other, is_still=self._is_still):
            return False
        if not self._bucket.take(now_s):
            return False
        self._settling.told()
        return True


def without(status: Mapping[str, Any]) -> dict[str, Any]:
    """All else of it, every change of which is told."""
    return {name: value for name, value in status.items() if name != NAME}


def differs(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Enough for a planner to notice."""
    if one is None or other is None:
        return one is not other
    if one.keys() != other.keys():
        return True
    return any(_differ(one[name], other[name]) for name in one)


def _differ(one: Any, other: Any) -> bool:
    if isinstance(one, int) and isinstance(other, int):
        return abs(one - other) > max(LEAST_W, LEAST_SHARE * max(one, other))
    if one == other:
        return False
    first, second = _moment(one), _moment(other)
    return first is None or second is None or abs((first - second).total_seconds()) > SAME_END_S


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
