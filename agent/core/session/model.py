"""A session: one connector from plug to plug, and everything its decisions depend on."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.facts import StopReason
from agent.core.faults.register import FaultRegister
from agent.core.identity import ConnectorId, IdToken, PlugIdentity, TransactionKey
from agent.core.limits import Limits
from agent.core.quantities import MeterSample
from agent.core.time import Instant


class SessionPhase(Enum):
    """Where a session stands. Power may be permitted in CHARGING only."""

    IDLE = "idle"
    """No plug, nobody recognised."""
    AUTHORIZED = "authorized"
    """Somebody was accepted; waiting for the plug."""
    PLUGGED = "plugged"
    """A plug is in; nobody was accepted yet."""
    STARTING = "starting"
    """Plugged and accepted; the start is being read and recorded."""
    CHARGING = "charging"
    """A transaction is open: energy is offered, or paused by a limit or by the car."""
    STOPPING = "stopping"
    """The stop was decided; waiting for the contactor to open and for the last register."""
    FINISHING = "finishing"
    """The transaction is over, or nobody came in time; the plug is still in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """What the site and the network may tune (OCPP 1.6 keys of ocpp16.md section 15)."""

    connection_timeout_s: float = 120.0
    stop_on_ev_disconnect: bool = True
    stop_on_invalid_id: bool = True
    resume_after_restart: bool = True
    free_vend_token: IdToken | None = None
    has_lock: bool = False
    commissioned: bool = False
    minimum_status_duration_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """The open transaction of a session. `deauthorized`: the network refused it after the start."""

    key: TransactionKey
    token: IdToken
    started_at: Instant
    start_wh: int
    group: IdToken | None = None
    deauthorized: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingStop:
    """A stop that was decided and is being carried out."""

    reason: StopReason
    decided_at: Instant
    token: IdToken | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The whole state of one connector. A value: every change makes a new one."""

    connector: ConnectorId
    phase: SessionPhase = SessionPhase.IDLE
    phase_since: Instant = field(default_factory=lambda: Instant(0.0))
    settings: SessionSettings = field(default_factory=SessionSettings)
    pilot: PilotState = PilotState.UNKNOWN
    plug: PlugIdentity | None = None
    contactor: ContactorState = ContactorState.UNKNOWN
    last_sample: MeterSample | None = None
    last_register_wh: int | None = None
    """The highest register seen, kept over silence of the meter; never falls (energy.py rules on exchange)."""
    token: IdToken | None = None
    group: IdToken | None = None
    asked: IdToken | None = None
    """The token whose authorisation is being asked for."""
    transaction: Transaction | None = None
    pending_stop: PendingStop | None = None
    limits: Limits = field(default_factory=Limits)
    faults: FaultRegister = field(default_factory=FaultRegister)
    operative: bool = True
    inoperative_when_idle: bool = False
    """ChangeAvailability to Inoperative was scheduled for the end of the running transaction."""
    permitted: bool = False
    """The last PermitPower that was carried out."""
    offered_a: float = 0.0
    """The last OfferCurrent that was carried out; 0 is a pause."""
    wake_at: float | None = None
    """Monotonic seconds at which the core wants a Tick; the shell owns no timer."""
