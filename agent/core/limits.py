"""Who limits the offered current, which limit wins, and how fast an offer may change."""

from __future__ import annotations

import math
from dataclasses import field
from enum import Enum

from agent.core.control_pilot import MAX_OFFER_A, MIN_OFFER_A
from agent.core.identity import IdToken
from agent.core.schedule.profile import ChargingProfile
from agent.core.time import Instant
from agent.values import frozen

RAISE_AFTER_S = 5.0
"""Least time between two changes of the duty cycle when the new one offers more (pilot.md section 5, sequence 6)."""
RESTART_AFTER_S = 3.0
"""Least stay in x1 before PWM starts again (pilot.md section 5, sequence 9 to 3)."""
RESUME_AFTER_S = 60.0
"""Least time between two beginnings of an offer within one charge: each of them closes the contactor, which wears out
(ocpp16.md section 9)."""


class LimitSource(Enum):
    """Who may limit, from the hardware outwards; on equal currents the earlier one is named as the winner."""

    HARDWARE = "hardware"
    PILOT_BOARD = "pilot_board"
    SUPPLY = "supply"
    CABLE = "cable"
    THERMAL = "thermal"
    LOCAL = "local"
    CHARGE_POINT_MAX = "charge_point_max"
    NETWORK = "network"
    FAILSAFE = "failsafe"

    @property
    def words(self) -> str:
        """For people."""
        return self.value.replace("_", " ")


_ORDER = {source: place for place, source in enumerate(LimitSource)}


@frozen(kw_only=True)
class Limit:
    """One source's word. `detail` names the cause: a profile's id, a key of the site file, a sensor."""

    source: LimitSource
    current_a: float
    detail: str
    since: Instant


@frozen(kw_only=True)
class EffectiveLimit:
    """What may be offered, 0 (pause) or 6…80 A in steps of 0.1 A, and who says so; `source` None is nobody."""

    current_a: float
    source: LimitSource | None
    detail: str


@frozen
class BroughtProfile:
    """A profile that came with a request to start: it is for the charge this token begins, and for no other."""

    token: IdToken
    profile: ChargingProfile


def brought_by(brought: tuple[BroughtProfile, ...], token: IdToken) -> ChargingProfile | None:
    """What came with the request of `token`."""
    return next((one.profile for one in brought if one.token == token), None)


NO_LIMIT_KNOWN = EffectiveLimit(current_a=0.0, source=None, detail="no limit is known yet, so nothing is offered")


@frozen
class Limits:
    """All limits of one connector, one a source, in the order of LimitSource."""

    entries: tuple[Limit, ...] = ()
    _effective: EffectiveLimit = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Found once here, because every step of a session asks for it and hardly any changes it.
        object.__setattr__(self, "_effective", _effective(self.entries))

    def with_limit(self, source: LimitSource, current_a: float | None, detail: str, now: Instant) -> Limits:
        """The limits after `source` spoke; None withdraws its word. Negative or endless currents are ValueErrors.

        `since` stays when the current is the same, so that it tells how long the limit has held.
        """
        if current_a is not None and not (math.isfinite(current_a) and current_a >= 0):
            raise ValueError(f"limit {source.value}: {current_a} A is no current")
        before = self.named(source)
        if current_a is None and before is None:
            return self
        kept = [entry for entry in self.entries if entry.source is not source]
        if current_a is not None:
            since = before.since if before and before.current_a == current_a else now
            kept.append(Limit(source=source, current_a=current_a, detail=detail, since=since))
        return Limits(tuple(sorted(kept, key=lambda entry: _ORDER[entry.source])))

    def named(self, source: LimitSource) -> Limit | None:
        """The word of one source."""
        return next((entry for entry in self.entries if entry.source is source), None)

    def effective(self) -> EffectiveLimit:
        """The minimum of all sources, rounded down to 0.1 A; below 6 A it is 0, which pauses (ocpp16.md section 9)."""
        return self._effective


def _effective(entries: tuple[Limit, ...]) -> EffectiveLimit:
    if not entries:
        return NO_LIMIT_KNOWN
    lowest = min(entries, key=lambda entry: entry.current_a)
    return EffectiveLimit(current_a=offerable(lowest.current_a), source=lowest.source, detail=lowest.detail)


def offerable(current_a: float) -> float:
    """The highest current that can be offered within `current_a`: 0, or 6…80 A in steps of 0.1 A."""
    if current_a < MIN_OFFER_A:
        return 0.0
    # 8.2 * 10 is 81.99… in binary, and a floor of that would lose a tenth; it must not be rounded up to one either.
    tenths = round(current_a * 10)
    return min((tenths if tenths / 10 <= current_a else tenths - 1) / 10, MAX_OFFER_A)


@frozen
class PacedOffer:
    """What may be offered now, and when to ask again (monotonic seconds), None where the wish is fulfilled."""

    current_a: float
    due_at: float | None


def paced(
    offered_a: float, changed_at: Instant | None, wanted_a: float, now: Instant, *, begun_at: Instant | None = None
) -> PacedOffer:
    """The next offer on the way from `offered_a`, in force since `changed_at` (None: for ever), to `wanted_a`.

    Less is offered at once. More has to wait 5 s after the last change, or 3 s where PWM was off (pilot.md section 5);
    a charge that was offered something at `begun_at`, after nothing, is not offered something after nothing again
    within a minute.
    """
    if wanted_a <= offered_a or changed_at is None:
        return PacedOffer(wanted_a, None)
    wait_s = RAISE_AFTER_S if offered_a > 0 else RESTART_AFTER_S
    due_at = changed_at.monotonic_s + wait_s
    if begun_at is not None and offered_a <= 0:
        due_at = max(due_at, begun_at.monotonic_s + RESUME_AFTER_S)
    return PacedOffer(wanted_a, None) if now.monotonic_s >= due_at else PacedOffer(offered_a, due_at)
