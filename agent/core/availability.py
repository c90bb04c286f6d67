"""Operative or not, and the status that is shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from agent.core.identity import ConnectorId
from agent.core.time import Instant


class ConnectorStatus(Enum):
    """What a connector is to its users; OCPP 1.6's nine words, of which 2.0.1's five are a projection."""

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    FINISHING = "Finishing"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """A status as it is told. `connector` None is the station. `fault_ids`: present faults, most severe first."""

    connector: ConnectorId | None
    status: ConnectorStatus
    at: Instant
    fault_ids: tuple[str, ...] = ()
    info: str = ""
