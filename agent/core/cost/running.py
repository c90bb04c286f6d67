"""What a charge costs now: the network's last word, and what has come to it since by the prices it gave.

A stretch is a time in which prices and activity stay the same. Within one the cost is a formula of register and time;
where one ends, its cost is added up and the next begins. So little has to be kept, and nothing is lost by rounding:
costs are summed in parts of a `Money` that make both a Wh and a millisecond of any price a whole number.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

from agent.core.cost.prices import ChargingPrice, IdlePrice, Money, NextPeriod
from agent.core.time import Instant
from agent.values import frozen

PARTS = 3_600_000
"""Of a Money: milliseconds of an hour. A Wh of a price per kWh is 3,600 of them."""
WH_PARTS = PARTS // 1000
MINUTE_MS = 60_000


class Activity(Enum):
    """What the driver pays for."""

    CHARGING = "Charging"
    IDLE = "Idle"


@frozen(kw_only=True)
class CostUpdate:
    """The network's word: `cost` at the moment `at_ms` (UTC) with `register_wh` on the meter, and prices from there.

    None for one of these: now, or what the meter shows now.
    """

    cost: Money
    activity: Activity
    charging: ChargingPrice = ChargingPrice()
    idle: IdlePrice | None = None
    next: NextPeriod | None = None
    at_ms: int | None = None
    register_wh: int | None = None


@frozen(kw_only=True)
class RunningCost:
    """A stretch and what came before it. `is_local`: reckoned from the start by the default price, nobody gave it."""

    parts_before: int
    """Of a Money; all that the charge cost until `since`."""
    since: Instant
    register_wh: int
    activity: Activity
    seen: Activity
    """The activity by the charger's own eyes, when the stretch began. The network's word holds until it changes."""
    charging: ChargingPrice
    idle: IdlePrice | None = None
    next: NextPeriod | None = None
    idle_since: Instant | None = None
    is_local: bool = False


@frozen(kw_only=True)
class Standing:
    """The charge as it is at one moment: the register, in Wh, and what the car does."""

    now: Instant
    register_wh: int
    seen: Activity


def told(update: CostUpdate, standing: Standing, began: Instant, before: RunningCost | None) -> RunningCost:
    """The cost from the network's word on. A time before the charge `began`, or one to come, is taken for its bound."""
    since = _placed(update.at_ms, standing.now, began)
    if update.activity is Activity.CHARGING:
        idle_since = None
    else:
        idle_since = before.idle_since if before is not None and before.idle_since is not None else since
    register_wh = standing.register_wh if update.register_wh is None else update.register_wh
    return RunningCost(
        parts_before=update.cost * PARTS,
        since=since,
        register_wh=register_wh,
        activity=update.activity,
        seen=standing.seen,
        charging=update.charging,
        idle=update.idle,
        next=update.next,
        idle_since=idle_since,
    )


def local(price: ChargingPrice, began: Instant, register_wh: int) -> RunningCost:
    """The cost of a charge that the network did not hear of, from its start, by the default price."""
    return RunningCost(
        parts_before=price.flat * PARTS,
        since=began,
        register_wh=register_wh,
        activity=Activity.CHARGING,
        seen=Activity.CHARGING,
        charging=price,
        is_local=True,
    )


def cost_at(running: RunningCost, register_wh: int, now: Instant) -> Money:
    """What the charge costs at this register and moment, rounded half up to a Money. Never falls within a stretch.

    A register below the stretch's first, or a moment before it, counts as that one.
    """
    return (_parts_at(running, register_wh, now) + PARTS // 2) // PARTS


def moved_on(running: RunningCost, standing: Standing) -> RunningCost:
    """The running cost for the time from here on; the very same one while no price and no activity changes."""
    period, now = running.next, standing.now
    if period is not None and now.utc_ms is not None and now.utc_ms >= period.at_ms:
        # The last reading before the change is at most a second old, and so is the energy that counts to the old price.
        passed = _begun_anew(running, standing.register_wh, _placed(period.at_ms, now, running.since))
        charging, idle = period.charging or running.charging, period.idle or running.idle
        return moved_on(replace(passed, charging=charging, idle=idle, next=None), standing)
    if standing.seen is running.seen:
        return running
    changed = _begun_anew(running, standing.register_wh, now)
    if standing.seen is running.activity:
        return replace(changed, seen=standing.seen)
    idle_since = now if standing.seen is Activity.IDLE else None
    return replace(changed, seen=standing.seen, activity=standing.seen, idle_since=idle_since)


def ended(running: RunningCost, standing: Standing) -> RunningCost:
    """The cost as it is now, and nothing comes to it any more."""
    changed = _begun_anew(moved_on(running, standing), standing.register_wh, standing.now)
    return replace(changed, charging=ChargingPrice(), idle=None, next=None)


def _begun_anew(running: RunningCost, register_wh: int, at: Instant) -> RunningCost:
    """The same cost with a stretch that begins at `at`."""
    register_wh = max(register_wh, running.register_wh)
    return replace(running, parts_before=_parts_at(running, register_wh, at), since=at, register_wh=register_wh)


def _parts_at(running: RunningCost, register_wh: int, now: Instant) -> int:
    energy_wh = max(0, register_wh - running.register_wh)
    parts = running.parts_before + energy_wh * running.charging.kwh * WH_PARTS
    if running.activity is Activity.CHARGING:
        return parts + elapsed_ms(running.since, now) * running.charging.hour
    if running.idle is None or running.idle_since is None:
        return parts
    grace_ms = running.idle.grace_min * MINUTE_MS
    until = max(0, elapsed_ms(running.idle_since, now) - grace_ms)
    before = max(0, elapsed_ms(running.idle_since, running.since) - grace_ms)
    return parts + max(0, until - before) * running.idle.hour


def elapsed_ms(since: Instant, now: Instant) -> int:
    """By the monotonic clock within one boot, which no correction of the time of day moves; never below 0.

    Over a restart the time of day has to do; where it is not known yet nothing is counted.
    """
    return max(0, now.ms_since(since) or 0)


def _placed(at_ms: int | None, now: Instant, earliest: Instant) -> Instant:
    """The moment `at_ms` on the clocks of `now`, not before `earliest` and not after `now`."""
    if at_ms is None or now.utc_ms is None:
        return now
    ago_ms = min(max(0, now.utc_ms - at_ms), elapsed_ms(earliest, now))
    return now.plus(-ago_ms / 1000)
