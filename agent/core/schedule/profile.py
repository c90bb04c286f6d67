"""Charging profiles, free of any protocol version (OCPP 1.6 section 3.13, 2.0.1 use case K)."""

from __future__ import annotations

from enum import Enum

from agent.core.identity import ConnectorId, TransactionKey
from agent.values import frozen


class ProfilePurpose(Enum):
    """STATION_MAX limits the sum of all connectors; TX_DEFAULT every transaction; TX one transaction."""

    STATION_MAX = "ChargePointMaxProfile"
    TX_DEFAULT = "TxDefaultProfile"
    TX = "TxProfile"


class ProfileKind(Enum):
    ABSOLUTE = "Absolute"
    RECURRING = "Recurring"
    RELATIVE = "Relative"


class Recurrency(Enum):
    DAILY = "Daily"
    WEEKLY = "Weekly"


class RateUnit(Enum):
    """Amperes a phase, or watts over all phases."""

    A = "A"
    W = "W"


@frozen(kw_only=True)
class SchedulePeriod:
    """From `start_s` seconds after the schedule's start until the next period. `limit` is in the schedule's unit."""

    start_s: int
    limit: float
    phases: int | None = None


@frozen(kw_only=True)
class ChargingProfile:
    """One installed profile. Times are UTC milliseconds; `connector` None is the whole station.

    `transaction` binds a TX profile. `installed_at_ms` stands in for the start of a RELATIVE or ABSOLUTE schedule that
    names none.
    """

    id: int
    connector: ConnectorId | None
    purpose: ProfilePurpose
    kind: ProfileKind
    stack_level: int
    unit: RateUnit
    periods: tuple[SchedulePeriod, ...]
    start_ms: int | None = None
    duration_s: int | None = None
    recurrency: Recurrency | None = None
    valid_from_ms: int | None = None
    valid_to_ms: int | None = None
    min_rate: float | None = None
    transaction: TransactionKey | None = None
    installed_at_ms: int = 0
