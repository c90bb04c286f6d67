"""When the network wants meter values beyond the usual ones: a pure machine over what is seen of a charge.

Time and energy are passed once. Power and status may come and go, and each time counts until the network says something
else; power has a hysteresis, so that a car that draws about that much does not fill the queue.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

from agent.core.availability import ConnectorStatus
from agent.values import frozen

HYSTERESIS = 20
"""A twentieth, 5 %: by so much power must be beyond the mark to be on its other side."""


class Crossing(Enum):
    """Which mark was passed."""

    TIME = "time"
    ENERGY = "energy"
    POWER = "power"
    STATUS = "status"


@frozen(kw_only=True)
class Triggers:
    """The marks that are left: UTC milliseconds, the meter's register in Wh, W, and statuses as they are entered.

    `is_above` is the side of `power_w` that was seen last, `status` the status; None before the first look.
    """

    at_ms: int | None = None
    register_wh: int | None = None
    power_w: int | None = None
    statuses: tuple[ConnectorStatus, ...] = ()
    is_above: bool | None = None
    status: ConnectorStatus | None = None

    @property
    def are_none(self) -> bool:
        return self.at_ms is None and self.register_wh is None and self.power_w is None and not self.statuses


NO_TRIGGERS = Triggers()


@frozen(kw_only=True)
class Sight:
    """What is seen now. None: not known at this moment, and then nothing is passed by it."""

    utc_ms: int | None = None
    register_wh: int | None = None
    power_w: float | None = None
    status: ConnectorStatus | None = None


def looked(triggers: Triggers, sight: Sight) -> tuple[Triggers, tuple[Crossing, ...]]:
    """The marks that are left after this look, and those it found passed. The same `triggers` where nothing changed."""
    left, passed = triggers, []
    if triggers.at_ms is not None and sight.utc_ms is not None and sight.utc_ms >= triggers.at_ms:
        left = replace(left, at_ms=None)
        passed.append(Crossing.TIME)
    mark_wh = triggers.register_wh
    if mark_wh is not None and sight.register_wh is not None and sight.register_wh >= mark_wh:
        left = replace(left, register_wh=None)
        passed.append(Crossing.ENERGY)
    is_above = _side(triggers, sight.power_w)
    if is_above is not triggers.is_above:
        left = replace(left, is_above=is_above)
        passed += [Crossing.POWER] if triggers.is_above is not None else []
    if sight.status is not None and triggers.statuses and sight.status is not triggers.status:
        left = replace(left, status=sight.status)
        is_entered = triggers.status is not None and sight.status in triggers.statuses
        passed += [Crossing.STATUS] if is_entered else []
    return left, tuple(passed)


def _side(triggers: Triggers, power_w: float | None) -> bool | None:
    """The side of the mark; within the hysteresis the one it came from."""
    mark_w = triggers.power_w
    if mark_w is None or power_w is None:
        return triggers.is_above
    if triggers.is_above is None:
        return power_w >= mark_w
    if triggers.is_above:
        return power_w * HYSTERESIS > mark_w * (HYSTERESIS - 1)
    return power_w * HYSTERESIS >= mark_w * (HYSTERESIS + 1)
