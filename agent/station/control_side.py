"""The charger as a person at it may see and move it: `StationPort` of the control socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agent import VERSION
from agent.bus import Bus
from agent.config.model import StationConfig
from agent.control.ports import NO_NETWORK, AgentState, BoardState, ElementState, NetworkState, VitalTask
from agent.core.cost.display import Display
from agent.core.facts import StopReason
from agent.core.identity import ConnectorId, IdToken
from agent.core.link_figures import LinkFigures, SlotFigures
from agent.core.metrics.records import ChargerRecords
from agent.core.network_check.model import Finding
from agent.core.schedule.compose import ScheduledLimit
from agent.core.schedule.composite import CompositeSchedule
from agent.core.session.events import FaultReleased, ProgramEnds, StartRequested, StopRequested
from agent.core.session.model import Session
from agent.core.time import Instant
from agent.drivers.interfaces import Bus as DeviceBus
from agent.drivers.interfaces import ServicedBoard
from agent.errors import Busy, StoreError
from agent.loading import loaded
from agent.secret import Secret
from agent.security.events import SecurityEvent
from agent.station.board_words import board_state, why_no_restart
from agent.station.building import Equipment, PlacedSensor
from agent.station.composite_schedules import CompositeSchedules
from agent.station.current_limits import limit_of_next_charge
from agent.station.elements import device_states, input_state, sensor_state, told_by_devices
from agent.station.network import Network
from agent.station.prices import Prices
from agent.station.remedies import StationRemedies
from agent.station.remembered import RememberedSensor
from agent.station.selftest_side import SelfTests
from agent.station.station import Ending, Station
from agent.station.upkeep import Upkeep
from agent.station.wire_trace import WireTrace
from agent.store import reset
from agent.store.journal import Journal
from agent.store.ledger import Ledger
from agent.store.reports import ReportRow
from agent.store.tokens import Tokens
from agent.supervise import Progress

if TYPE_CHECKING:
    from agent.control.commissioning_ports import CommissioningDesk
    from agent.core.commissioning.model import Job
    from agent.core.commissioning.report import Facts
    from agent.core.commissioning.steps import Site
    from agent.core.load_profile.days import Day
    from agent.core.network_check.scan import Scan
    from agent.core.network_check.variants import Tried, Variant
    from agent.core.visits.model import Attempt
    from agent.drivers.board_service import BoardService
    from agent.station.evidence import Evidence
    from agent.station.health import StationHealth
    from agent.station.report_shelf import ReportShelf

END_AFTER_S = 1.0
BARRED_WITHIN_S = 5.0
"""A connector takes its events within milliseconds, or after the record it waits for."""


class ControlSide:
    """One object a run; what is not async returns at once."""

    def __init__(
        self,
        station: Station,
        equipment: Equipment,
        progress: Progress,
        link: Network,
        trace: WireTrace,
        *,
        prices: Prices,
        tests: SelfTests,
        upkeep: Upkeep,
    ) -> None:
        self._station = station
        self._equipment = equipment
        self._progress = progress
        self._network = link
        self._prices = prices
        self._schedules = CompositeSchedules(station)
        self._checks_network = False
        self.tests = tests
        tests.elements, tests.check = self.elements, self.network_check
        self.trace = trace
        self._upkeep, self.service = upkeep, upkeep.service
        self._load, self._bundles, self._recorder = upkeep.load, upkeep.bundles, upkeep.recorder
        self._offline = upkeep.offline
        tests.desk.sealing = self._seal
        self.remedies = StationRemedies(station, equipment.locks(), self.restart_with)

    # What nobody needs before somebody asks is loaded then: it would stand in the memory of every charger for years.

    @cached_property
    def health_of(self) -> StationHealth:
        from agent.station.health import StationHealth

        return StationHealth(self, self._station, self._upkeep)

    @cached_property
    def reports(self) -> ReportShelf:
        from agent.station.report_shelf import ReportShelf

        return ReportShelf(self._station, self._facts)

    @property
    def evidence(self) -> Evidence:
        return self._upkeep.evidence

    async def _seal(self, job: Job, site: Site) -> Mapping[str, Any]:
        return await self.reports.seal(job, site)

    @property
    def commissioning(self) -> CommissioningDesk:
        return self.tests.desk

    @property
    def config(self) -> StationConfig:
        return self._station.config

    @property
    def bus(self) -> Bus:
        return self._station.bus

    @property
    def tokens(self) -> Tokens:
        return self._station.store.tokens

    @property
    def records(self) -> Ledger:
        return self._station.store.ledger

    @property
    def journal(self) -> Journal:
        return self._station.store.logs.journal

    def now(self) -> Instant:
        return self._station.clock.now()

    def note_security(self, event: SecurityEvent, info: str) -> None:
        self._station.note_security(event, info)

    def agent(self) -> AgentState:
        now_s = self.now().monotonic_s
        return AgentState(
            version=VERSION,
            started_at=self._station.started_at,
            vitals=tuple(
                VitalTask(name=name, age_s=age_s, bound_s=bound_s)
                for name, age_s, bound_s in self._progress.ages(now_s)
            ),
            devices=tuple(device_states(self._equipment)),
            crash_loop=self._upkeep.life.crash_loop(),
        )

    def _facts(self, site: Site, made: Instant, before: ReportRow | None) -> Facts:
        from agent.station.report_facts import facts

        boards = {int(id): self.board(id) for id in self.connectors()}
        return facts(self.config, site, made, boards=boards, network=self.network(), before=before)

    def connectors(self) -> tuple[ConnectorId, ...]:
        return tuple(self._station.connectors)

    def session(self, connector: ConnectorId) -> Session:
        return self._station.connectors[connector].session

    def display(self, connector: ConnectorId, language: str | None) -> Display:
        return self._prices.shown(connector, language)

    async def composite_schedule(self, connector: ConnectorId, duration_s: int) -> CompositeSchedule:
        return await self._schedules.of(connector, duration_s)

    def firmware_waits(self) -> bool:
        return self._station.is_held

    def failed_start(self, connector: ConnectorId) -> Attempt | None:
        return self._upkeep.service.failed_start(connector)

    def limit_of_next_charge(self, connector: ConnectorId) -> ScheduledLimit:
        return limit_of_next_charge(self._station, connector)

    def board(self, connector: ConnectorId) -> BoardState | None:
        return board_state(self._equipment.devices[connector].pilot)

    def board_service(self, connector: ConnectorId) -> BoardService | None:
        pilot = self._equipment.devices[connector].pilot
        return pilot.service() if isinstance(pilot, ServicedBoard) else None

    def no_restart(self, connector: ConnectorId) -> str:
        return why_no_restart(self._equipment.devices[connector].pilot)

    def meter_public_key(self, connector: ConnectorId) -> str | None:
        return self._station.meter_public_key(connector)

    def wires(self) -> Mapping[str, DeviceBus]:
        return self._equipment.buses

    async def elements(self) -> Mapping[str, ElementState]:
        now, found = self.now(), dict(told_by_devices(self._equipment))
        for sensor in self._equipment.sensors:
            if isinstance(sensor.driver, RememberedSensor):
                found[sensor.key] = sensor_state(sensor.driver, now)
        # Side by side: a level that is not known yet is waited for.
        levels = await asyncio.gather(*(input_state(wire.driver) for wire in self._equipment.inputs))
        return found | {wire.key: level for wire, level in zip(self._equipment.inputs, levels, strict=True)}

    def sensors(self) -> tuple[PlacedSensor, ...]:
        """Temperature sensors that Linux reads."""
        return self._equipment.sensors

    async def crashes(self, limit: int) -> Sequence[str]:
        from agent.station.diagnostics import in_thread

        return await in_thread(lambda: tuple(islice(self._upkeep.crashes.texts(), limit)))

    async def health(self) -> dict[str, Any]:
        await loaded("agent.station.health", "agent.core.explain.explain")
        return await self.health_of.document()

    async def exposition(self) -> str:
        await loaded("agent.station.health", "agent.station.exposition")
        from agent.station.exposition import text_of

        return await text_of(self, self._station, self._upkeep, self._network)

    async def health_history(self, limit: int, connector: ConnectorId | None) -> Sequence[Mapping[str, Any]]:
        await loaded("agent.station.health_sections", "agent.core.health.history")
        return await self._upkeep.verdicts.told(limit, connector)

    async def load_days(self, first: int, last: int) -> tuple[Day, ...]:
        return await self._load.days(first, last)

    def network(self) -> NetworkState:
        ocpp, seen = self._station.config.ocpp, self._network.snapshot()
        if ocpp is None or seen is None:
            return NO_NETWORK
        found = None if seen.is_connected else self._offline.found
        return NetworkState(
            configured=True,
            connected=seen.is_connected,
            since=self._network.since,
            cause="" if seen.is_connected else seen.sentence,
            registration=seen.registration.value if seen.registration else "",
            host=urlsplit(seen.url or ocpp.endpoint).netloc.rpartition("@")[2],
            identity=ocpp.identity,
            queued_facts=seen.queued,
            unanswered_facts=seen.unanswered,
            last_answer_s=None if seen.last_answered_s is None else self.now().monotonic_s - seen.last_answered_s,
            passed_over=_passed_over(self._network.slots()),
            found="" if found is None else found.says,
            found_next="" if found is None else found.next,
            found_at="" if found is None or found.layer is None else found.layer.value,
            is_missed=self.service.is_missed,
            lets_anybody_in=self._offline.lets_anybody_in,
            clock_ahead_s=self._network.clock_ahead_s,
        )

    async def bundle(self, hours: int | None) -> Path:
        return await self._bundles.make(hours)

    @property
    def clock_ahead_s(self) -> float | None:
        """As `link_figures` tells the central system's clock."""
        return self._network.clock_ahead_s

    def overdue(self) -> tuple[str, ...]:
        """The vital parts of the program that `agent` tells as overdue."""
        return self._progress.overdue(self.now().monotonic_s)

    def link_figures(self) -> LinkFigures | None:
        return self._network.figures()

    async def use_slot(self, slot: int) -> None:
        await self._network.use_slot(slot)

    async def network_check(self, slot: int | None) -> AsyncGenerator[Finding, None]:
        from agent.station.network_looks import of_the_agent

        if self._checks_network:
            raise Busy("the network is being checked for somebody else; wait until that is done, 20 s at most")
        self._checks_network = True
        try:
            async with (
                self._offline.turn,
                aclosing(of_the_agent(self._network, self._station.clock, self.config, slot)) as findings,
            ):
                async for finding in findings:
                    yield finding
        finally:
            self._checks_network = False

    async def wifi_scans(self) -> tuple[Scan, ...]:
        from agent.station.network_looks import wifi_scans

        return await wifi_scans()

    def connection_tries(
        self, forms: Sequence[Variant], identity: str, password: Secret | None
    ) -> AsyncGenerator[Tried, None]:
        from agent.station.connection_tries import login, try_each

        return try_each(forms, login(self.config, self._station.clock, identity, password))

    async def uptime(self) -> Mapping[int, Mapping[str, Any]]:
        return await self.service.month()

    async def metrics_records(self) -> ChargerRecords:
        from agent.station.milestones import records_of

        return await records_of(self._station, self.service)

    def request_start(self, connector: ConnectorId, token: IdToken) -> None:
        self._station.connectors[connector].post(StartRequested(token=token, authorize=True))

    def objection_to(self, token: IdToken) -> str:
        return self._station.objection_to(token)

    def request_stop(self, connector: ConnectorId) -> None:
        self._station.connectors[connector].post(StopRequested(reason=StopReason.LOCAL))

    def clear_fault(self, connector: ConnectorId, id: str) -> None:
        self._station.connectors[connector].post(FaultReleased(id))

    async def restart_with(self, change: Callable[[], Awaitable[None]]) -> None:
        try:
            await self._bar_charges("nothing was changed")
            await change()
        finally:
            asyncio.get_running_loop().call_later(END_AFTER_S, self._station.end, Ending.RESTART)

    async def factory_reset(self, *, lose_untold: bool) -> int:
        try:
            await self._bar_charges("nothing was erased")
            untold = self.records.queued()
            if untold and not lose_untold:
                raise Busy(
                    f"nothing was erased: {untold} records of charges were not told to the central system; "
                    "they are kept, and the agent starts anew"
                )
            await self._erase()
        finally:
            # However it went: what is held in memory may be gone from the disk, and no connector charges any more.
            # The answer and its row in the log of commands come first.
            asyncio.get_running_loop().call_later(END_AFTER_S, self._station.end, Ending.RESTART)
        return untold

    async def _erase(self) -> None:
        """Raises StoreError."""
        try:
            await self.trace.erase()
            await self._recorder.erase()
            self._bundles.erase()
        except OSError as error:
            raise StoreError(f"nothing was erased: what was recorded is kept, {error}; look at the disk") from error
        await reset.erase(self._station.store.writer, self._erase_files)

    async def _erase_files(self) -> None:
        await self.reports.erase()
        await self._station.erase_secrets()
        # Readings that are in memory alone would go on record when the program ends.
        await self._station.store.ledger.forget_outside()

    async def _bar_charges(self, outcome: str) -> None:
        """Let no charge begin from now on. Raises Busy, with the outcome, where one began before it was heard."""
        connectors = self._station.connectors
        for connector in connectors.values():
            connector.post(ProgramEnds())
        try:
            async with asyncio.timeout(BARRED_WITHIN_S):
                for connector in connectors.values():
                    await connector.until(lambda session: session.ends)
        except TimeoutError as error:
            raise Busy(f"{outcome}: a connector does not react; the agent starts anew, try it then") from error
        for id, connector in connectors.items():
            if connector.session.transaction is not None:
                raise Busy(f"{outcome}: a charge began at connector {id} meanwhile, and goes on after a restart")


def _passed_over(slots: tuple[SlotFigures, ...]) -> str:
    """The preferred one comes first."""
    if not slots or slots[0].is_active or not any(one.is_active for one in slots):
        return ""
    return f"{slots[0].endpoint}: {slots[0].why or 'another one was asked for, or tried'}"
