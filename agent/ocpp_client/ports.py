"""What this room needs of station, ledger and store, as small protocols. `app.py` passes the real ones in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
from typing import Protocol

from agent.core.availability import StatusReport
from agent.core.facts import Fact, MeterReadings, QueuedFact, StopReason
from agent.core.identity import ConnectorId, IdToken, TransactionKey
from agent.core.quantities import Measurand
from agent.core.schedule.composite import CompositeSchedule
from agent.core.schedule.profile import ChargingProfile, ProfilePurpose
from agent.core.session.events import AuthorizationStatus
from agent.core.session.model import Session
from agent.core.time import Instant
from agent.ocpp_client.admission import LinkPort, LocalListPort, ReservationPort
from agent.values import frozen


class AvailabilityVerdict(Enum):
    ACCEPTED = "Accepted"
    SCHEDULED = "Scheduled"
    REJECTED = "Rejected"


class UnlockVerdict(Enum):
    UNLOCKED = "Unlocked"
    FAILED = "UnlockFailed"
    NOT_SUPPORTED = "NotSupported"


class ResetKind(Enum):
    SOFT = "Soft"
    HARD = "Hard"


class ProfileVerdict(Enum):
    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


@frozen(kw_only=True)
class StationIdentity:
    """What BootNotification tells. Empty means unknown and is left out."""

    vendor: str
    model: str
    serial_number: str = ""
    firmware_version: str = ""
    meter_type: str = ""
    meter_serial_number: str = ""


@frozen(kw_only=True)
class AuthorizationAnswer:
    """The network's word on a token. `expires_ms` is UTC milliseconds."""

    status: AuthorizationStatus
    group: IdToken | None = None
    expires_ms: int | None = None


class StationPort(LinkPort, Protocol):
    """The charger as the network may see and move it.

    Nothing here waits for hardware; what is async waits for a commit.
    """

    @property
    def identity(self) -> StationIdentity: ...

    @property
    def verdict(self) -> tuple[str, str]:
        """How the charger is, "ok", "degraded" or "down", and the keys of the reasons; "" before anybody looked."""
        ...

    @property
    def transfer_schemes(self) -> tuple[str, ...]:
        """How files may be sent and fetched: "https", "ftps" …"""
        ...

    @property
    def can_install_firmware(self) -> bool:
        """Whether an order of new firmware can be carried out here at all."""
        ...

    def connectors(self) -> tuple[ConnectorId, ...]: ...

    def session(self, connector: ConnectorId) -> Session: ...

    def station_report(self) -> StatusReport:
        """The status of the station as a whole."""
        ...

    def now(self) -> Instant: ...

    def request_start(self, connector: ConnectorId | None, token: IdToken, profile: ChargingProfile | None) -> bool:
        """Whether the start will be tried. None: any connector that can, a plugged one first."""
        ...

    def request_stop(self, key: TransactionKey, reason: StopReason) -> bool:
        """False when no such transaction runs."""
        ...

    async def change_availability(self, connector: ConnectorId | None, operative: bool) -> AvailabilityVerdict:
        """Durable when it returns."""
        ...

    async def unlock(self, connector: ConnectorId) -> UnlockVerdict: ...

    async def objection_to_reset(self) -> str:
        """Why the program would not come back from one; "" where it would. What it says is in the log of events."""
        ...

    def reset(self, kind: ResetKind) -> bool:
        """Accepted or not; the reset itself begins after the answer has left."""
        ...

    async def install_profile(self, profile: ChargingProfile) -> ProfileVerdict:
        """Durable when accepted; replaces per ocpp16.md section 9, rules 1 and 2."""
        ...

    async def clear_profiles(
        self,
        *,
        profile_id: int | None = None,
        connector: ConnectorId | None = None,
        station_only: bool = False,
        purpose: ProfilePurpose | None = None,
        stack_level: int | None = None,
    ) -> bool:
        """Whether anything matched. `station_only` is 1.6's connectorId 0."""
        ...

    async def composite_schedule(self, connector: ConnectorId | None, duration_s: int) -> CompositeSchedule:
        """What a connector, or (None) the station, may draw from now on, for so long or as long as can be told.

        Waits for nothing but the turns of others.
        """
        ...

    async def clear_cache(self) -> bool: ...

    @property
    def local_list(self) -> LocalListPort: ...

    @property
    def reservations(self) -> ReservationPort: ...

    def transaction_of(self, remote_id: int) -> TransactionKey | None:
        """The running transaction the network knows by this id."""
        ...

    def remote_id_of(self, key: TransactionKey) -> int | None: ...

    def meter_public_key(self, connector: ConnectorId) -> str | None:
        """Of its meter, DER in hexadecimal digits; "" before it has told it, None where it does not sign."""
        ...

    def readings(self, connector: ConnectorId | None, measurands: tuple[Measurand, ...]) -> MeterReadings | None:
        """The latest readings for a triggered MeterValues; None where the meter is silent or there is none."""
        ...

    def transaction_judged(self, key: TransactionKey, answer: AuthorizationAnswer) -> None:
        """The network answered to a recorded start (also late, after days offline)."""
        ...

    def token_judged(self, token: IdToken, answer: AuthorizationAnswer) -> None:
        """The network said something about a token: for the cache."""
        ...

    def fact_set_aside(self, fact: Fact) -> None:
        """The network answers, but not this fact: others go past it, and it is told again later."""
        ...

    def fact_answered_after_all(self, fact: Fact) -> None:
        """The network said something about a fact that had been set aside."""
        ...

    def clock_told(self, utc_ms: int) -> None:
        """The network told the time (BootNotification, Heartbeat)."""
        ...

    def settings_changed(self, names: tuple[str, ...]) -> None:
        """Settings took new values; they are durable already."""
        ...


class LedgerPort(Protocol):
    """Facts in the order of recording. Every method returns after its commit."""

    async def next_fact(self, past: Collection[int] = ()) -> QueuedFact | None:
        """The oldest fact that is not settled and none of `past`; None where there is none.

        Going past a start means going past its whole transaction, whose messages need the id in the answer to it.
        """
        ...

    def behind(self, seq: int) -> QueuedFact | None:
        """What is likely to be the oldest fact once `seq`, which is it now, is settled; None where nobody knows yet.

        If it is, `next_fact` returns this very object.
        """
        ...

    async def record_attempt(self, seq: int) -> None:
        """The network answered this fact with an error: one more attempt is used up."""
        ...

    async def settle(self, seq: int, remote_id: int | None = None) -> None:
        """Told and answered; `remote_id` is kept for the transaction before the next message leaves."""
        ...

    async def abandon(self, seq: int, why: str) -> None:
        """Attempts are used up; kept in the record as never delivered, and the queue goes on."""
        ...

    def queued(self) -> int:
        """Facts waiting."""
        ...


class ClientSettings(Protocol):
    """The network's settings the client itself obeys. Read anew at each use, so a change takes effect at once."""

    @property
    def heartbeat_interval_s(self) -> int:
        """0: no heartbeat but the daily one."""
        ...

    @property
    def websocket_ping_interval_s(self) -> int:
        """0: no pings of ours."""
        ...

    @property
    def transaction_message_attempts(self) -> int: ...

    @property
    def transaction_message_retry_interval_s(self) -> int: ...

    @property
    def call_timeout_s(self) -> int: ...

    @property
    def replay_starts_within_s(self) -> int:
        """Over a new connection the queue is told from a random moment within this time on; 0: at once."""
        ...

    @property
    def replay_pause_s(self) -> float:
        """Between two facts at least; 0: as fast as the network answers."""
        ...

    @property
    def minimum_status_duration_s(self) -> int: ...

    async def keep_heartbeat_interval(self, seconds: int) -> None:
        """The interval a boot was accepted with becomes the setting; durable when it returns."""
        ...


class SettingsPort(Protocol):
    """Named strings that survive: the network's settings and flags such as "was accepted once"."""

    def all(self) -> Mapping[str, str]: ...

    async def put(self, values: Mapping[str, str]) -> None:
        """Durable when it returns."""
        ...
