"""Which charging profiles are installed: what one replaces, what a clearing matches, what ends with a transaction.

ocpp16.md section 9. Everything here turns one tuple of profiles into the next; keeping them is the store's.
"""

from __future__ import annotations

import math
from itertools import pairwise

from agent.core.identity import ConnectorId, TransactionKey
from agent.core.schedule.compose import Profiles
from agent.core.schedule.profile import ChargingProfile, ProfileKind, ProfilePurpose

MAX_STACK_LEVEL = 20
"""ChargeProfileMaxStackLevel"""
MAX_PERIODS = 100
"""ChargingScheduleMaxPeriods"""
MAX_INSTALLED = 126
"""MaxChargingProfilesInstalled"""


def objection(profiles: Profiles, new: ChargingProfile, running: TransactionKey | None) -> str | None:
    """Why `new` may not be installed, in words; None where nothing speaks against it.

    `running` is the open transaction of the profile's connector. A TX profile for a charge that is about to begin (a
    remote start's) waits in the session and is not asked about here.
    """
    if not 0 <= new.stack_level <= MAX_STACK_LEVEL:
        return f"stack level {new.stack_level} is outside 0…{MAX_STACK_LEVEL}"
    if len(installed(profiles, new)) > MAX_INSTALLED:
        return f"{MAX_INSTALLED} charging profiles are installed, which is all there can be; clear some first"
    return _objection_to_place(new, running) or _objection_to_schedule(new)


def _objection_to_place(new: ChargingProfile, running: TransactionKey | None) -> str | None:
    match new.purpose:
        case ProfilePurpose.STATION_MAX:
            return None if new.connector is None else "a ChargePointMaxProfile is for the whole station"
        case ProfilePurpose.TX_DEFAULT:
            return None
        case ProfilePurpose.TX:
            if new.connector is None:
                return "a TxProfile is for one connector"
            if running is None or new.transaction not in (None, running):
                return "the transaction of this TxProfile does not run"
            return None


def _objection_to_schedule(new: ChargingProfile) -> str | None:
    starts = [period.start_s for period in new.periods]
    if not starts or len(starts) > MAX_PERIODS:
        return f"{len(starts)} periods: there must be 1…{MAX_PERIODS}"
    if starts[0] != 0 or any(later <= earlier for earlier, later in pairwise(starts)):
        return "the periods must begin with 0 and rise"
    if not all(math.isfinite(period.limit) and period.limit >= 0 for period in new.periods):
        return "a period's limit is no rate"
    if any(period.phases not in (None, 1, 2, 3) for period in new.periods):
        return "a period's number of phases must be 1…3"
    if new.kind is ProfileKind.RECURRING and new.recurrency is None:
        return "a Recurring profile must say whether it recurs Daily or Weekly"
    return None


def installed(profiles: Profiles, new: ChargingProfile) -> Profiles:
    """The profiles with `new`, which replaces its own id, and its own purpose, level and connector."""
    return (*(one for one in profiles if not _is_replaced(one, new)), new)


def _is_replaced(one: ChargingProfile, new: ChargingProfile) -> bool:
    same_place = (one.purpose, one.stack_level, one.connector) == (new.purpose, new.stack_level, new.connector)
    return one.id == new.id or same_place


def cleared(
    profiles: Profiles,
    *,
    profile_id: int | None = None,
    connector: ConnectorId | None = None,
    station_only: bool = False,
    purpose: ProfilePurpose | None = None,
    stack_level: int | None = None,
) -> Profiles:
    """What is left: an id makes the other filters irrelevant, else all given ones must match; none given clears all.

    `station_only` means the profiles of the station as a whole (1.6's connectorId 0). Nothing matched where the result
    is as long as before.
    """

    def matches(one: ChargingProfile) -> bool:
        if profile_id is not None:
            return one.id == profile_id
        return (
            (connector is None or one.connector == connector)
            and (not station_only or one.connector is None)
            and (purpose is None or one.purpose is purpose)
            and (stack_level is None or one.stack_level == stack_level)
        )

    return tuple(one for one in profiles if not matches(one))


def without_transaction(profiles: Profiles, key: TransactionKey) -> Profiles:
    """What outlives the end of transaction `key`."""
    return tuple(one for one in profiles if one.purpose is not ProfilePurpose.TX or one.transaction != key)
