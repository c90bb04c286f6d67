"""A charger behind the port of the verbs: the real core on plain fields, a real bus, records in memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from agent import VERSION
from agent.bus import Bus, News
from agent.config.load import load
from agent.config.model import StationConfig
from agent.control.commissioning_ports import CommissioningDesk
from agent.control.ports import AgentState, BoardState, ElementState, NetworkState
from agent.core.cost.display import Display
from agent.core.facts import StopReason, TransactionStarted, TransactionStopped
from agent.core.identity import ConnectorId, IdToken
from agent.core.link_figures import LinkFigures
from agent.core.load_profile.days import Day
from agent.core.metrics.records import ChargerRecords
from agent.core.network_check.model import Finding
from agent.core.network_check.scan import Scan
from agent.core.network_check.variants import Tried, Variant
from agent.core.schedule.compose import ScheduledLimit
from agent.core.schedule.composite import ComposedPeriod, CompositeSchedule
from agent.core.session.events import FaultReleased, StartRequested, StopRequested
from agent.core.session.model import Session, SessionSettings
from agent.core.signatures import SignedEdge
from agent.core.time import Instant
from agent.core.visits.model import Attempt
from agent.drivers.board_service import BoardService
from agent.drivers.interfaces import Bus as DeviceBus
from agent.errors import Busy, StoreError
from agent.ocpp_client.v16.render import objection_to
from agent.secret import Secret
from agent.security.events import SecurityEvent
from agent.station.connection_tries import login, try_each
from agent.station.evidence import Evidence
from agent.station.report_shelf import ReportShelf
from agent.station.station import objection_without_network
from agent.station.wire_trace import WireTrace
from agent.store.journal import Command
from agent.store.signed import SignedRow
from agent.store.signed_sessions import SignedSession
from agent.store.tokens import KnownToken
from agent.store.transactions import Delivery, SessionRecord
from tests.control.remedies import RecordingRemedies
from tests.control.service_shelf import ServiceShelf
from tests.control.shelf import Room, evidence_of, shelf_in
from tests.core.session.durable import Row
from tests.core.session.station import RecordingStation

CSMS = NetworkState(
    configured=True, connected=True, registration="Accepted", host="csms.example", identity="CP-0123", last_answer_s=3.0
)
SITE = """\
board = "sim-dual"

[station]
serial_number = "QE-000123"

[site]
country = "DE"
supply_current_a = 32
commissioning = "lab"

[connector.2]
fuse_current_a = 16

[ocpp]
version = "1.6"
url = "ws://127.0.0.1:9000/ocpp"
identity = "CP-0123"
security_profile = 0
"""


@dataclass
class Tokens:
    """The list of tokens in memory."""

    known: dict[str, KnownToken] = field(default_factory=dict)

    async def listed(self) -> tuple[KnownToken, ...]:
        return tuple(self.known[folded] for folded in sorted(self.known))

    async def add(self, known: KnownToken) -> KnownToken:
        before = self.known.get(known.token.folded)
        added = known if known.label or before is None else replace(known, label=before.label)
        self.known[known.token.folded] = added
        return added

    async def remove(self, token: IdToken) -> bool:
        return self.known.pop(token.folded, None) is not None


class Log:
    """Events and commands in memory. `recorded` are the commands that were durable before their answer.

    `fails` is why no command can be kept, "" where it can.
    """

    def __init__(self) -> None:
        self.fails = ""
        self.news: list[News] = []
        self.noted: list[Command] = []
        self.recorded: list[Command] = []

    async def events(self, limit: int = 50) -> tuple[News, ...]:
        return tuple(self.news[-limit:])

    async def commands(self, limit: int = 50) -> tuple[Command, ...]:
        return tuple([*self.recorded, *self.noted][-limit:])

    def note(self, command: Command) -> None:
        self.noted.append(command)

    async def record(self, command: Command) -> None:
        if self.fails:
            raise StoreError(self.fails)
        self.recorded.append(command)


@dataclass
class RoomClock:
    """Tells what another says."""

    now: Callable[[], Instant]


def _row_of(edge: SignedEdge, fact: TransactionStarted | TransactionStopped) -> SignedRow | None:
    is_due = fact.signed is not None or fact.unsigned_because
    return SignedRow(edge=edge, value=fact.signed, missing=fact.unsigned_because) if is_due else None


class Charger:
    """Two connectors, each a session of the real core; time moves by `advance` alone."""

    def __init__(self, folder: Path, settings: SessionSettings | None = None, *, site: str = SITE) -> None:
        self._folder = folder
        self.shelf_room: Room
        file = folder / "site.toml"
        file.write_text(site, encoding="utf-8")
        self.config: StationConfig = load(file)
        self.bus = Bus()
        self.verdicts: list[Mapping[str, Any]] = []
        self.left_behind: list[str] = []
        self.tokens = Tokens()
        self.journal = Log()
        self.security: list[tuple[str, str]] = []
        self.outlets = {ConnectorId(number): RecordingStation(settings) for number in (1, 2)}
        for connector, outlet in self.outlets.items():
            outlet.session = replace(outlet.session, connector=connector)
        self.boards: dict[ConnectorId, BoardState] = {}
        self.lines: dict[str, DeviceBus] = {}
        self.services: dict[ConnectorId, BoardService] = {}
        self.state = NetworkState(configured=False)
        self.figures: LinkFigures | None = None
        self.findings: list[Finding] = []
        self.scans: tuple[Scan, ...] = ()
        self.commissioning: CommissioningDesk | None = None
        self.public_keys: dict[ConnectorId, str] = {}
        self.used_slots: list[int] = []
        self.is_held = False
        self.document: dict[str, Any] = {}
        self.exposed = "evse_up 1\n"
        self.days: tuple[Day, ...] = ()
        self.history: ChargerRecords | None = None
        self.service = ServiceShelf(self.now)
        self.trace = WireTrace(folder, RoomClock(self.now), inline=True)
        self.of_next_charge = ScheduledLimit(current_a=None, detail="no charging profile is installed for it")
        self.schedule = CompositeSchedule(
            start_ms=self.now().utc_ms, duration_s=86_400, periods=(ComposedPeriod(0, 32.0, 3, None),)
        )
        self.displays: dict[ConnectorId, Display] = {}
        self.asked_language: str | None = None
        self.untold = 0
        self.start_delivery = Delivery.TOLD
        self.stop_delivery = Delivery.QUEUED
        self.resets = 0
        self.restarts = 0
        self.remedies = RecordingRemedies()
        self.agent_state = AgentState(version=VERSION, started_at=self.now().plus(-7500.0))
        self._told = {connector: len(outlet.news) for connector, outlet in self.outlets.items()}

    @cached_property
    def reports(self) -> ReportShelf:
        """Opens a store in the folder; whoever uses it ends it by `shelf_room`."""
        shelf, self.shelf_room = shelf_in(self._folder, self.config, self.now)
        return shelf

    @cached_property
    def evidence(self) -> Evidence:
        """Beside the reports, in the same store."""
        assert self.reports
        return evidence_of(self.shelf_room)

    @property
    def records(self) -> Charger:
        return self

    def now(self) -> Instant:
        return self.outlets[ConnectorId(1)].now

    def display(self, connector: ConnectorId, language: str | None) -> Display:
        self.asked_language = language
        return self.displays[connector]

    def note_security(self, event: SecurityEvent, info: str) -> None:
        self.security.append((event.value, info))

    def agent(self) -> AgentState:
        return self.agent_state

    def connectors(self) -> tuple[ConnectorId, ...]:
        return tuple(self.outlets)

    def session(self, connector: ConnectorId) -> Session:
        return self.outlets[connector].session

    def board(self, connector: ConnectorId) -> BoardState | None:
        return self.boards.get(connector)

    def board_service(self, connector: ConnectorId) -> BoardService | None:
        return self.services.get(connector)

    def no_restart(self, connector: ConnectorId) -> str:
        return "a box without a board is not started anew by order; have its supply switched off and on"

    def wires(self) -> Mapping[str, DeviceBus]:
        return self.lines

    async def elements(self) -> Mapping[str, ElementState]:
        return {}

    def network(self) -> NetworkState:
        return self.state

    async def crashes(self, limit: int) -> Sequence[str]:
        return self.left_behind[:limit]

    async def health(self) -> dict[str, Any]:
        return self.document

    async def health_history(self, limit: int, connector: ConnectorId | None) -> Sequence[Mapping[str, Any]]:
        return [one for one in self.verdicts if connector in (None, one["port"])][:limit]

    async def exposition(self) -> str:
        return self.exposed

    async def load_days(self, first: int, last: int) -> tuple[Day, ...]:
        return tuple(day for day in self.days if first <= day.number <= last)

    async def bundle(self, hours: int | None) -> Path:
        file = self._folder / "evse-QE-000123.tar.gz"
        file.write_bytes(b"packed")
        return file

    async def composite_schedule(self, connector: ConnectorId, duration_s: int) -> CompositeSchedule:
        return self.schedule

    def firmware_waits(self) -> bool:
        return self.is_held

    def failed_start(self, connector: ConnectorId) -> Attempt | None:
        return None

    def limit_of_next_charge(self, connector: ConnectorId) -> ScheduledLimit:
        return self.of_next_charge

    def link_figures(self) -> LinkFigures | None:
        return self.figures

    async def network_check(self, slot: int | None) -> AsyncGenerator[Finding, None]:
        if slot is not None and slot > 2:
            raise Busy(f"slot {slot} has no address; see: evsectl ocpp status")
        for finding in self.findings:
            yield finding

    async def wifi_scans(self) -> tuple[Scan, ...]:
        return self.scans

    def connection_tries(
        self, forms: Sequence[Variant], identity: str, password: Secret | None
    ) -> AsyncGenerator[Tried, None]:
        return try_each(forms, login(self.config, RoomClock(self.now), identity, password), one_within_s=1.0)

    async def use_slot(self, slot: int) -> None:
        if slot > 2:
            raise Busy(f"slot {slot} is not in use; see: evsectl ocpp status")
        self.used_slots.append(slot)

    def objection_to(self, token: IdToken) -> str:
        return objection_without_network(token) if self.config.ocpp is None else objection_to(token)

    async def uptime(self) -> Mapping[int, Mapping[str, Any]]:
        return await self.service.month()

    async def metrics_records(self) -> ChargerRecords:
        assert self.history is not None
        return self.history

    def request_start(self, connector: ConnectorId, token: IdToken) -> None:
        self.outlets[connector].feed(StartRequested(token=token, authorize=True))
        self.advance(1.0)

    def request_stop(self, connector: ConnectorId) -> None:
        self.outlets[connector].feed(StopRequested(reason=StopReason.LOCAL))
        self.advance(12.0)

    def clear_fault(self, connector: ConnectorId, id: str) -> None:
        self.outlets[connector].feed(FaultReleased(id))
        self.tell()

    async def restart_with(self, change: Callable[[], Awaitable[None]]) -> None:
        self.restarts += 1
        await change()

    async def factory_reset(self, *, lose_untold: bool) -> int:
        assert lose_untold or not self.untold
        self.resets += 1
        return self.untold

    async def sessions(self, limit: int = 20) -> tuple[SessionRecord, ...]:
        rows = [row for outlet in self.outlets.values() for row in outlet.rows.values()]
        newest = sorted(rows, key=lambda row: row.started.at.monotonic_s, reverse=True)
        return tuple(self._record(row) for row in newest[:limit])

    async def signed_sessions(self, limit: int) -> tuple[SignedSession, ...]:
        found = [self._signed(record) for record in await self.sessions(limit)]
        return tuple(one for one in found if one.begin is not None or one.end is not None)

    async def signed_session(self, wanted: str) -> SignedSession | None:
        found = [one for one in await self.sessions() if wanted in (one.key, str(one.remote_id))]
        return self._signed(found[0]) if found else None

    def _signed(self, record: SessionRecord) -> SignedSession:
        row = next(outlet.rows[record.key] for outlet in self.outlets.values() if record.key in outlet.rows)
        ends = [_row_of(SignedEdge.BEGIN, row.started), *(_row_of(SignedEdge.END, stop) for stop in row.stops)]
        return SignedSession(session=record, begin=ends[0], end=ends[1] if row.stops else None)

    def meter_public_key(self, connector: ConnectorId) -> str | None:
        return self.public_keys.get(connector)

    def queued(self) -> int:
        return self.untold

    def advance(self, seconds: float) -> None:
        """Time passes everywhere, and what happened is told."""
        for outlet in self.outlets.values():
            outlet.advance(seconds)
        self.tell()

    def tell(self) -> None:
        """Hand on the news of the sessions."""
        for connector, outlet in self.outlets.items():
            for one in outlet.news[self._told[connector] :]:
                news = News(name=one.name, at=outlet.now, connector=connector, fields=one.fields)
                self.journal.news.append(news)
                self.bus.tell(news)
            self._told[connector] = len(outlet.news)

    def _record(self, row: Row) -> SessionRecord:
        connector = next(one for one, outlet in self.outlets.items() if row in outlet.rows.values())
        stop = row.stops[0] if row.stops else None
        return SessionRecord(
            key=row.started.key,
            connector=connector,
            token=row.started.token,
            started_at=row.started.at,
            start_wh=row.started.register_wh,
            last_wh=row.registers_wh[-1],
            start_delivery=self.start_delivery,
            remote_id=4711 if self.start_delivery is Delivery.TOLD else None,
            stopped_at=stop.at if stop else None,
            stop_wh=stop.register_wh if stop else None,
            stop_reason=stop.reason if stop else None,
            stop_delivery=self.stop_delivery if stop else None,
        )
