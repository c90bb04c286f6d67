"""Small working stand-ins around the client: an adapter that speaks just enough of 1.6, station, settings, clock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from agent.core.availability import ConnectorStatus, StatusReport
from agent.core.facts import Fact, QueuedFact, TransactionSampled, TransactionStarted, TransactionStopped
from agent.core.identity import ConnectorId, IdToken, TransactionKey
from agent.core.maintenance.notices import Notice
from agent.core.quantities import Measurand
from agent.core.session.events import AuthorizationStatus
from agent.core.time import Instant
from agent.errors import PeerViolation
from agent.ocpp_client.adapter import (
    Answered,
    BootAnswer,
    ErrorCodes,
    FactAnswer,
    Handler,
    Payload,
    Registration,
    WireCall,
)
from agent.ocpp_client.ports import AuthorizationAnswer, StationIdentity, StationPort

START_UTC_MS = 1_790_000_000_000

CODES = ErrorCodes(
    not_implemented="NotImplemented",
    not_supported="NotSupported",
    internal_error="InternalError",
    protocol_error="ProtocolError",
    security_error="SecurityError",
    formation_violation="FormationViolation",
    property_constraint_violation="PropertyConstraintViolation",
    occurrence_constraint_violation="OccurenceConstraintViolation",
    type_constraint_violation="TypeConstraintViolation",
    generic_error="GenericError",
)


class LoopClock:
    """The time of the running loop, virtual or not."""

    def __init__(self) -> None:
        self.told_ms: list[int] = []

    def now(self) -> Instant:
        now_s = asyncio.get_running_loop().time()
        return Instant(now_s, START_UTC_MS + round(now_s * 1000), "boot-1")

    def told(self, utc_ms: int) -> None:
        self.told_ms.append(utc_ms)


@dataclass
class PlainSettings:
    heartbeat_interval_s: int = 300
    websocket_ping_interval_s: int = 60
    transaction_message_attempts: int = 3
    transaction_message_retry_interval_s: int = 60
    call_timeout_s: int = 30
    minimum_status_duration_s: int = 0
    replay_starts_within_s: int = 0
    replay_pause_s: float = 0.0

    async def keep_heartbeat_interval(self, seconds: int) -> None:
        self.heartbeat_interval_s = seconds


@dataclass
class PlainStation:
    """Writes down what it is told."""

    identity: StationIdentity = field(default_factory=lambda: StationIdentity(vendor="V", model="M"))
    clock_ms: list[int] = field(default_factory=list)
    tokens: list[tuple[str, AuthorizationStatus]] = field(default_factory=list)
    transactions: list[tuple[TransactionKey, AuthorizationStatus]] = field(default_factory=list)
    resets: int = 0
    set_aside: list[Fact] = field(default_factory=list)
    answered_after_all: list[Fact] = field(default_factory=list)

    @property
    def port(self) -> StationPort:
        return cast(StationPort, self)

    def fact_set_aside(self, fact: Fact) -> None:
        self.set_aside.append(fact)

    def fact_answered_after_all(self, fact: Fact) -> None:
        self.answered_after_all.append(fact)

    def clock_told(self, utc_ms: int) -> None:
        self.clock_ms.append(utc_ms)

    def token_judged(self, token: IdToken, answer: AuthorizationAnswer) -> None:
        self.tokens.append((token.value, answer.status))

    def transaction_judged(self, key: TransactionKey, answer: AuthorizationAnswer) -> None:
        self.transactions.append((key, answer.status))


class PlainAdapter:
    """Strict where the client relies on it and careless elsewhere."""

    subprotocol = "ocpp1.6"
    error_codes = CODES
    known_actions = frozenset({"Reset", "TriggerMessage", "ClearCache", "UpdateFirmware", "RemoteStartTransaction"})

    def __init__(self, station: PlainStation, handlers: Mapping[str, Handler] | None = None) -> None:
        self.handlers: Mapping[str, Handler] = {
            "ClearCache": self.clear_cache,
            "Reset": self.reset,
            "TriggerMessage": self.trigger,
            "RemoteStartTransaction": self.clear_cache,
        } | dict(handlers or {})
        self.performed: list[str] = []
        self._station = station

    def objection_to(self, _token: IdToken) -> str:
        return ""

    async def clear_cache(self, _payload: Payload) -> Answered:
        self.performed.append("ClearCache")
        return Answered({"status": "Accepted"})

    async def reset(self, _payload: Payload) -> Answered:
        def act() -> None:
            self._station.resets += 1

        return Answered({"status": "Accepted"}, act=act)

    async def trigger(self, payload: Payload) -> Answered:
        wanted = payload["requestedMessage"]
        return Answered({"status": "Accepted"}, (self.boot(self._station.identity) if "Boot" in wanted else HEARTBEAT,))

    def check_call(self, action: str, payload: Payload) -> None:
        if action == "TriggerMessage" and not isinstance(payload.get("requestedMessage"), str):
            raise PeerViolation(CODES.protocol_error, "requestedMessage is missing")
        if action == "ClearCache" and payload:
            raise PeerViolation(CODES.formation_violation, "ClearCache has no fields")

    def check_answer(self, action: str, payload: Payload) -> str | None:
        return None if payload or action in ("StatusNotification", "MeterValues", "StopTransaction") else "is empty"

    def boot(self, identity: StationIdentity) -> WireCall:
        payload = {"chargePointVendor": identity.vendor, "chargePointModel": identity.model}
        return WireCall("BootNotification", payload)

    def heartbeat(self) -> WireCall:
        return HEARTBEAT

    def status(self, report: StatusReport) -> WireCall:
        payload = {
            "connectorId": report.connector or 0,
            "status": report.status.value,
            "errorCode": "OtherError" if report.fault_ids else "NoError",
        }
        return WireCall("StatusNotification", payload)

    def notice(self, notice: Notice) -> WireCall | None:
        return WireCall("DiagnosticsStatusNotification", {"status": notice.state.value})

    def authorize(self, token: IdToken) -> WireCall:
        return WireCall("Authorize", {"idTag": token.value})

    def render(self, queued: QueuedFact) -> WireCall | None:
        remote_id = -1 if queued.remote_id is None else queued.remote_id
        match queued.fact:
            case TransactionStarted() as start:
                return WireCall(
                    "StartTransaction",
                    {
                        "connectorId": start.connector,
                        "idTag": start.token.value,
                        "meterStart": start.register_wh,
                        "timestamp": time_text(start.at),
                    },
                )
            case TransactionSampled(key=None):
                return None
            case TransactionSampled() as sample:
                [value] = [one for one in sample.readings.readings if one.measurand is Measurand.ENERGY_IMPORT_REGISTER]
                values = [{"timestamp": time_text(sample.readings.at), "sampledValue": [{"value": str(value.value)}]}]
                return WireCall("MeterValues", {"connectorId": 1, "transactionId": remote_id, "meterValue": values})
            case TransactionStopped() as stop:
                payload = {
                    "transactionId": remote_id,
                    "meterStop": stop.register_wh,
                    "timestamp": time_text(stop.at),
                }
                return WireCall("StopTransaction", payload)

    def read_boot(self, answer: Payload) -> BootAnswer:
        try:
            status = Registration(answer.get("status"))
        except ValueError:
            raise PeerViolation(CODES.protocol_error, "no status") from None
        return BootAnswer(status=status, interval_s=int(answer.get("interval", 0)), utc_ms=utc_ms(answer))

    def read_heartbeat(self, answer: Payload) -> int | None:
        return utc_ms(answer)

    def read_authorize(self, answer: Payload) -> AuthorizationAnswer:
        return judged(answer)

    def read_fact(self, queued: QueuedFact, answer: Payload) -> FactAnswer:
        if not isinstance(queued.fact, TransactionStarted):
            return FactAnswer()
        if not isinstance(answer.get("transactionId"), int):
            raise PeerViolation(CODES.protocol_error, "no transactionId")
        return FactAnswer(remote_id=answer["transactionId"], judged=judged(answer))

    def allowed_while_pending(self, action: str) -> bool:
        return action != "RemoteStartTransaction"

    def refusal(self, action: str) -> Payload:
        return {"status": "Rejected"}


HEARTBEAT = WireCall("Heartbeat", {})


def judged(answer: Payload) -> AuthorizationAnswer:
    try:
        return AuthorizationAnswer(status=AuthorizationStatus(answer["idTagInfo"]["status"]))
    except (KeyError, ValueError, TypeError):
        raise PeerViolation(CODES.protocol_error, "no idTagInfo") from None


def utc_ms(answer: Payload) -> int | None:
    text: Any = answer.get("currentTime")
    return round(datetime.fromisoformat(text).timestamp() * 1000) if isinstance(text, str) else None


def time_text(at: Instant) -> str:
    return datetime.fromtimestamp((at.utc_ms or 0) / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def status(connector: int | None, shown: ConnectorStatus, at_s: float = 0.0, *fault_ids: str) -> StatusReport:
    number = None if connector is None else ConnectorId(connector)
    return StatusReport(connector=number, status=shown, at=Instant(at_s), fault_ids=fault_ids)
