"""A station that records what it is asked to do, and words for the messages of 1.6."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft4Validator  # type: ignore[import-untyped]

from agent.core.availability import Reservation, StatusReport, station_status
from agent.core.facts import Fact, MeterReadings, StopReason
from agent.core.identity import ConnectorId, IdToken, TransactionKey
from agent.core.link_figures import LinkFigures
from agent.core.local_list import ListUpdate, UpdateVerdict
from agent.core.quantities import Measurand, Reading, ReadingContext
from agent.core.reservations import ReservationVerdict
from agent.core.schedule.composite import ComposedPeriod, CompositeSchedule
from agent.core.schedule.profile import ChargingProfile
from agent.core.session.model import Session, Transaction
from agent.core.time import Instant
from agent.ocpp_client.adapter import Answered, Payload, WireCall
from agent.ocpp_client.admission import LocalListPort, ReservationPort
from agent.ocpp_client.ports import (
    AuthorizationAnswer,
    AvailabilityVerdict,
    ProfileVerdict,
    ResetKind,
    StationIdentity,
    UnlockVerdict,
)
from agent.ocpp_client.price_port import PricePort
from agent.ocpp_client.station.settings import NetworkSettings
from agent.ocpp_client.v16.adapter import Ocpp16
from firmware_sim.virtual_loop import run
from tests.ocpp_client.v16.maintenance import RecordingMaintenance
from tests.ocpp_client.v16.security import RecordingSecurity

ONE, TWO = ConnectorId(1), ConnectorId(2)
KEY = TransactionKey("a" * 32)
REMOTE_ID = 4711
CARD = IdToken("04A2B3C4D5E6F7")
BOOT = "boot-1"
NOON_MS = 1_790_000_000_000
NOW = Instant(5000.0, NOON_MS, BOOT)


class Kept:
    """A `SettingsPort` in memory. `fail` makes the next write raise it."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values = dict(values or {})
        self.fail: Exception | None = None

    def all(self) -> Mapping[str, str]:
        return self.values

    async def put(self, values: Mapping[str, str]) -> None:
        if self.fail is not None:
            failure, self.fail = self.fail, None
            raise failure
        self.values.update(values)


@dataclass
class RecordingStation:
    """A `StationPort` of two connectors. `asked` is everything it was asked to do, in order."""

    sessions: dict[ConnectorId, Session] = field(
        default_factory=lambda: {ONE: Session(connector=ONE), TWO: Session(connector=TWO)}
    )
    time: Instant = NOW
    agrees: bool = True
    operative: bool = True
    unlocks: UnlockVerdict = UnlockVerdict.UNLOCKED
    becomes: AvailabilityVerdict = AvailabilityVerdict.ACCEPTED
    metered: dict[ConnectorId | None, MeterReadings] = field(default_factory=dict)
    remote_ids: dict[TransactionKey, int] = field(default_factory=dict)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    composed: tuple[ComposedPeriod, ...] = (ComposedPeriod(start_s=0, current_a=32.0, phases=3, profile_id=None),)
    version: int = 0
    takes_list: UpdateVerdict = UpdateVerdict.ACCEPTED
    reserves: ReservationVerdict = ReservationVerdict.ACCEPTED
    figures: LinkFigures | None = None
    installs_firmware: bool = True
    public_keys: dict[ConnectorId, str] = field(default_factory=dict)

    @property
    def identity(self) -> StationIdentity:
        return StationIdentity(vendor="Quay Electric", model="QE-2", serial_number="QE-000123")

    @property
    def verdict(self) -> tuple[str, str]:
        return "degraded", "clock.unsynced"

    @property
    def transfer_schemes(self) -> tuple[str, ...]:
        return ("https", "ftps")

    @property
    def can_install_firmware(self) -> bool:
        return self.installs_firmware

    def connectors(self) -> tuple[ConnectorId, ...]:
        return tuple(self.sessions)

    def session(self, connector: ConnectorId) -> Session:
        return self.sessions[connector]

    def station_report(self) -> StatusReport:
        return StatusReport(connector=None, status=station_status(operative=self.operative), at=self.time)

    def now(self) -> Instant:
        return self.time

    def link_figures(self) -> LinkFigures | None:
        return self.figures

    def meter_public_key(self, connector: ConnectorId) -> str | None:
        return self.public_keys.get(connector)

    def request_start(self, connector: ConnectorId | None, token: IdToken, profile: ChargingProfile | None) -> bool:
        self.asked.append(("start", connector, token.value, profile))
        return self.agrees

    def request_stop(self, key: TransactionKey, reason: StopReason) -> bool:
        self.asked.append(("stop", key, reason))
        return self.agrees

    async def change_availability(self, connector: ConnectorId | None, operative: bool) -> AvailabilityVerdict:
        self.asked.append(("availability", connector, operative))
        return self.becomes

    async def unlock(self, connector: ConnectorId) -> UnlockVerdict:
        self.asked.append(("unlock", connector))
        return self.unlocks

    async def objection_to_reset(self) -> str:
        return "" if self.agrees else "the site file on disk is of no use"

    def reset(self, kind: ResetKind) -> bool:
        self.asked.append(("reset", kind))
        return True

    async def install_profile(self, profile: ChargingProfile) -> ProfileVerdict:
        self.asked.append(("install", profile))
        return ProfileVerdict.ACCEPTED if self.agrees else ProfileVerdict.REJECTED

    async def clear_profiles(self, **filters: Any) -> bool:
        self.asked.append(("clear", filters))
        return self.agrees

    async def composite_schedule(self, connector: ConnectorId | None, duration_s: int) -> CompositeSchedule:
        self.asked.append(("schedule", connector, duration_s))
        return CompositeSchedule(start_ms=self.time.utc_ms, duration_s=duration_s, periods=self.composed)

    async def clear_cache(self) -> bool:
        self.asked.append(("clear cache",))
        return self.agrees

    @property
    def local_list(self) -> LocalListPort:
        return self

    async def update(self, update: ListUpdate) -> UpdateVerdict:
        self.asked.append(("list", update))
        return self.takes_list

    @property
    def reservations(self) -> ReservationPort:
        return self

    async def reserve(self, asked: Reservation) -> ReservationVerdict:
        self.asked.append(("reserve", asked))
        return self.reserves

    async def cancel(self, id: int) -> bool:
        self.asked.append(("cancel", id))
        return self.agrees

    def transaction_of(self, remote_id: int) -> TransactionKey | None:
        return next((key for key, known in self.remote_ids.items() if known == remote_id), None)

    def remote_id_of(self, key: TransactionKey) -> int | None:
        return self.remote_ids.get(key)

    def readings(self, connector: ConnectorId | None, measurands: tuple[Measurand, ...]) -> MeterReadings | None:
        return self.metered.get(connector)

    def transaction_judged(self, key: TransactionKey, answer: AuthorizationAnswer) -> None:
        self.asked.append(("transaction judged", key, answer))

    def token_judged(self, token: IdToken, answer: AuthorizationAnswer) -> None:
        self.asked.append(("token judged", token, answer))

    def fact_set_aside(self, fact: Fact) -> None:
        self.asked.append(("set aside", fact))

    def fact_answered_after_all(self, fact: Fact) -> None:
        self.asked.append(("answered after all", fact))

    def clock_told(self, utc_ms: int) -> None:
        self.asked.append(("clock", utc_ms))

    def settings_changed(self, names: tuple[str, ...]) -> None:
        self.asked.append(("settings", names))

    # Words for tests.

    def charge(
        self, connector: ConnectorId = ONE, key: TransactionKey = KEY, remote_id: int | None = REMOTE_ID
    ) -> None:
        """A transaction runs at `connector`, known to the network as `remote_id`."""
        transaction = Transaction(key=key, token=CARD, started_at=NOW, start_wh=1000)
        self.sessions[connector] = replace(self.sessions[connector], transaction=transaction)
        if remote_id is not None:
            self.remote_ids[key] = remote_id

    def has_lock(self, connector: ConnectorId = ONE) -> None:
        session = self.sessions[connector]
        self.sessions[connector] = replace(session, settings=replace(session.settings, has_lock=True))

    def meters(self, connector: ConnectorId, register_wh: int = 1234) -> None:
        """The meter of `connector` answers."""
        readings = (Reading(Measurand.ENERGY_IMPORT_REGISTER, register_wh),)
        self.metered[connector] = MeterReadings(at=self.time, context=ReadingContext.TRIGGER, readings=readings)


@dataclass
class Bench:
    """The adapter on a recording station; what it answers is checked against the package's own schemas."""

    station: RecordingStation = field(default_factory=RecordingStation)
    kept: Kept = field(default_factory=Kept)
    first: Mapping[str, str] = field(default_factory=dict)
    security: RecordingSecurity | None = field(default_factory=RecordingSecurity)
    maintenance: RecordingMaintenance | None = field(default_factory=RecordingMaintenance)
    prices: PricePort | None = None

    def __post_init__(self) -> None:
        self.settings = NetworkSettings(self.kept, self.first)
        self.adapter = Ocpp16(self.station, self.settings, self.security, self.maintenance, self.prices)

    def command(self, action: str, payload: Payload | None = None) -> Answered:
        """What the network gets for a CALL; PeerViolation for a CALLERROR."""
        self.adapter.check_call(action, payload or {})
        answered = run(self._handled(action, payload or {}))
        assert faults_of(f"{action}Response", answered.payload) == []
        sent = self.sent(answered)
        assert [faults_of(call.action, call.payload) for call in sent] == [[] for _ in sent]
        return answered

    def sent(self, answered: Answered) -> list[WireCall]:
        """What follows the answer."""
        return [*answered.then, *(self.adapter.status(report) for report in answered.statuses)]

    def status_of(self, action: str, payload: Payload | None = None) -> str:
        return str(self.command(action, payload).payload["status"])

    async def _handled(self, action: str, payload: Payload) -> Answered:
        return await self.adapter.handlers[action](payload)


@cache
def _package_schema(name: str) -> Draft4Validator:
    text = files("ocpp.v16.schemas").joinpath(f"{name}.json").read_text(encoding="utf-8-sig")
    return Draft4Validator(json.loads(text))


def faults_of(name: str, payload: Payload) -> list[str]:
    """What the `ocpp` package's own schema `name` objects to, after a trip through JSON."""
    return [error.message for error in _package_schema(name).iter_errors(json.loads(json.dumps(payload)))]


def payload_of(call: WireCall | None) -> Payload:
    """The payload of a call that was rendered and fits its schema."""
    assert call is not None
    assert faults_of(call.action, call.payload) == []
    return call.payload
