"""Builds every room from the configuration and runs them under one roof. No decisions here.

Start: store, devices, connectors, network. End: no power, registers on record, links closed, the last event written.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING

from agent import VERSION, logs
from agent.bus import Bus, Reader
from agent.clock import SettableClock, SystemClock
from agent.config.model import StationConfig
from agent.connector.ports import Neighbours, Stamps
from agent.connector.retiring import retire
from agent.connector.runner import Connector
from agent.connector.sources import follow_tokens
from agent.core.faults.register import FaultRegister
from agent.core.identity import ConnectorId
from agent.core.session.events import SessionEvent
from agent.core.session.model import Session
from agent.core.session.step import initial
from agent.drivers.interfaces import ActingBus, RunningBus
from agent.host.crashes import LastWords
from agent.host.systemd import ServiceManager, Watchdog
from agent.ids import Ids
from agent.loading import beside, collect_again, loaded
from agent.ocpp_client.client import Neighbours as ClientNeighbours
from agent.ocpp_client.client import OcppClient
from agent.ocpp_client.connections import Observers
from agent.ocpp_client.station.settings import NetworkSettings
from agent.ocpp_client.v16.adapter import Ocpp16
from agent.ocpp_client.v16.settings import first_values
from agent.security.events import SecurityEvent
from agent.station.authorizer import Authorizer
from agent.station.bounds import (
    CONNECTOR_BOUND_S,
    CONTROL_AFTER_S,
    ENDS_WITHIN_S,
    LIMITS_BOUND_S,
    LINK_BOUND_S,
    METER_BOUND_S,
    STORE_BOUND_S,
)
from agent.station.building import Equipment, equipment
from agent.station.clock_watch import watch_clock
from agent.station.current_limits import CurrentLimits
from agent.station.departures import tell_departures
from agent.station.found_at_start import post_what_was_found
from agent.station.hearing import Hearing
from agent.station.inputs import Inputs
from agent.station.maintenance_side import MaintenanceSide
from agent.station.milestones import MilestoneKeeper
from agent.station.network import Network
from agent.station.network_side import NetworkSide
from agent.station.orphans import close_orphans
from agent.station.prices import Prices
from agent.station.reading_tokens import Presentations
from agent.station.remote_side import RemoteSide
from agent.station.reservations import Reservations
from agent.station.security_events import SecurityEvents
from agent.station.security_side import SecuritySide
from agent.station.selftest_side import SelfTests
from agent.station.station import Ending, Station
from agent.station.temperatures import Temperatures
from agent.station.upkeep import Upkeep
from agent.station.wire_trace import WireTrace
from agent.store.store import Store, open_store
from agent.store.writer import CommitHook
from agent.supervise import Progress, supervise
from agent.values import frozen

if TYPE_CHECKING:
    from agent.station.control_side import ControlSide

__all__ = ["ENDS_WITHIN_S", "Agent", "Ending", "Means", "run_as_service"]

log = logging.getLogger(__name__)

Observe = Callable[[Session, SessionEvent], None]
"""Looks at every step of every session; a simulation checks its invariants there."""


@frozen(kw_only=True)
class Means:
    """What differs between a charger and a simulation of one."""

    clock: SettableClock = field(default_factory=SystemClock)
    ids: Ids = field(default_factory=Ids)
    inline_store: bool = False
    flush: bool = True
    on_commit: CommitHook | None = None
    observe: Observe | None = None
    manager: ServiceManager = field(default_factory=ServiceManager)
    journalctl: Sequence[str] = ("journalctl",)  # A simulated charger has no system with a log: ().


@frozen(kw_only=True)
class _Rooms:
    """What runs beside the connectors."""

    limits: CurrentLimits
    temperatures: Temperatures
    link: Network
    presentations: Presentations
    reservations: Reservations
    control: Callable[[], Awaitable[None]]


class Agent:
    """One run of the program, from the opened store to the closed one."""

    def __init__(self, config: StationConfig, means: Means) -> None:
        self.config = config
        self.means = means
        self.progress = Progress()
        self.trace = WireTrace(config.storage.path, means.clock, inline=means.inline_store)
        self.station: Station
        self.prices: Prices
        self.tests: SelfTests
        self.upkeep: Upkeep
        self._adapter: Ocpp16 | None = None
        self._security: SecuritySide | None = None
        self._maintenance: MaintenanceSide | None = None

    def stop(self) -> None:
        """Let it end in order, as SIGTERM does."""
        self.station.end(Ending.STOPPED)

    async def run(self) -> Ending:
        """Be the charger until somebody wants it to end. Raises ConfigError and StoreError before it has begun."""
        means = self.means
        store = open_store(
            self.config.storage.path,
            inline=means.inline_store,
            flush=means.flush,
            boot_id=means.clock.now().boot_id,
            on_commit=means.on_commit,
        )
        async with AsyncExitStack() as stack:
            stack.push_async_callback(store.aclose)
            stack.push_async_callback(self.trace.conclude)
            devices = equipment(self.config, means.clock)
            rooms = self._build(store, devices)
            stack.push_async_callback(self.upkeep.conclude)
            news = stack.enter_context(self.station.bus.reader())
            stack.push_async_callback(store.logs.journal.conclude, news)
            await devices.open(stack)
            self._report_start(store)
            await close_orphans(self.station)
            return await self._serve(rooms, devices, news)

    # What is built.

    def _build(self, store: Store, devices: Equipment) -> _Rooms:
        ocpp, means, clock = self.config.ocpp, self.means, self.means.clock
        settings = NetworkSettings(store.settings, first_values(ocpp.settings if ocpp is not None else {}))
        self.station = station = Station(self.config, store, settings, clock, Bus())
        events = SecurityEvents(station)
        station.note_security = events.note
        self.upkeep = Upkeep(station, inline=means.inline_store, flush=means.flush, journalctl=means.journalctl)
        limits = CurrentLimits(station)
        link = Network(station)
        limits.silent_since, link.when_changed = link.silent_since, limits.network_changed
        authorizer = Authorizer(station)
        self.prices = prices = Prices(station, link)
        authorizer.ask, authorizer.is_online, authorizer.priced = link.authorize, link.is_online, prices.priced
        presentations = Presentations(station)
        self.tests = SelfTests(station, devices, presentations, link, self.trace, ids=self.means.ids)
        reservations = Reservations(station)
        hearing = Hearing(station, limits, link, presentations, reservations, prices=prices)
        neighbours = Neighbours(
            ledger=store.ledger,
            authorizer=authorizer,
            keeper=store.latches,
            limiter=limits,
            listener=hearing,
            sampling=settings,
        )
        station.connectors = {id: self._connector(id, devices, neighbours, limits, hearing) for id in devices.devices}
        post_what_was_found(station)
        self.tests.begin()
        reservations.restored()
        prices.restored()
        locks = devices.locks()
        side = NetworkSide(station, limits, authorizer, link, locks, reservations=reservations, prices=prices)
        self.remote = RemoteSide(station, partial(self._control_side, devices, link), self.means.ids)
        side.judged = self.remote.judged
        self.tests.connection.prove, self.upkeep.mqtt = self.remote.broker_s, self.remote.mqtt
        self._connect(link, side, events)
        self.progress.worker("store", STORE_BOUND_S, lambda: store.writer.busy_since)
        for bus in devices.buses.values():
            if isinstance(bus, ActingBus):
                self.progress.worker(f"link {bus.name}", LINK_BOUND_S, bus.acted_at)
        control = partial(self._control, devices, link)
        temperatures = Temperatures(station, devices.sensors, self.progress)
        self.upkeep.wear.warmest_c = self.remote.warmest_c = temperatures.warmest_c
        self.upkeep.service.use(link)
        self.upkeep.offline.use(link)
        self.upkeep.bundles.use(partial(self._control_side, devices, link), devices)
        return _Rooms(
            limits=limits,
            temperatures=temperatures,
            link=link,
            presentations=presentations,
            reservations=reservations,
            control=control,
        )

    async def _control(self, devices: Equipment, link: Network) -> None:
        """Serve the people at the charger, a moment after everything else: the network's first word does not wait."""
        await asyncio.sleep(CONTROL_AFTER_S)
        if self._adapter is not None:
            await beside(self._adapter.warm_up)
        await loaded("agent.control.server", "agent.station.control_side")
        from agent.control.server import ControlServer

        await ControlServer(self._control_side(devices, link), self.config.control.socket).run()

    def _control_side(self, devices: Equipment, link: Network) -> ControlSide:
        from agent.station.control_side import ControlSide

        return ControlSide(
            self.station,
            devices,
            self.progress,
            link,
            self.trace,
            prices=self.prices,
            tests=self.tests,
            upkeep=self.upkeep,
        )

    def _connector(
        self, id: ConnectorId, devices: Equipment, neighbours: Neighbours, limits: CurrentLimits, hearing: Hearing
    ) -> Connector:
        now, latches, also = self.means.clock.now(), self.station.store.latches, self.means.observe

        def observed(session: Session, event: SessionEvent) -> None:
            hearing.session_changed(session, event)
            self.upkeep.session_changed(session, event)
            if also is not None:
                also(session, event)

        return Connector(
            initial(
                id,
                self.station.session_settings(id),
                now,
                operative=latches.operative(id),
                limits=limits.initial(id, now),
                faults=FaultRegister.restored(latches.faults(id), now, latches.standing.of(id)),
            ),
            devices.devices[id],
            neighbours,
            clock=self.means.clock,
            keys=self.upkeep.recorder.keys(self.means.ids),
            stamps=Stamps(
                connector=self.progress.vital(f"connector {id}", CONNECTOR_BOUND_S, now.monotonic_s),
                meter=self.progress.vital(f"meter {id}", METER_BOUND_S, now.monotonic_s),
            ),
            observe=observed,
            took=self.upkeep.recorder.took,
        )

    def _connect(self, link: Network, side: NetworkSide, events: SecurityEvents) -> None:
        station, ocpp = self.station, self.config.ocpp
        if ocpp is None:
            return
        self._security = security = SecuritySide(station, ocpp, events)
        link.certificate_ends_ms = security.certificate_ends_ms
        security.reconnect_with, station.erase_secrets = link.reconnect, security.erase
        link.slots, link.use_slot = security.slots.figures, security.slots.use
        link.preview, security.slots.leave_network = security.slots.preview, side.forget_network
        diagnostics = self.upkeep.bundles.diagnostics
        maintenance = MaintenanceSide(station, security, diagnostics, self.means.ids, news=link.notices_changed)
        self._maintenance = maintenance
        asked = self.remote if self.remote.answers_central_system else None
        self._adapter = Ocpp16(side, station.settings, security, maintenance, self.prices, support=asked)
        station.objection_to = self._adapter.objection_to
        link.use(
            OcppClient(
                self._adapter,
                security.slots,
                ClientNeighbours(
                    station=side, ledger=station.store.ledger, settings=station.settings, notices=maintenance
                ),
                clock=self.means.clock,
                ids=self.means.ids,
                observers=Observers(on_frame=self.trace.on_frame, on_change=link.changed),
            )
        )
        side.own_status.changed()

    # How it runs and ends.

    async def _serve(self, rooms: _Rooms, devices: Equipment, news: Reader) -> Ending:
        station, clocked = self.station, (rooms.limits.clock_told, rooms.reservations.clock_told)
        upkeep, means = self.upkeep, self.means
        late = upkeep.counts.lag.observe
        watchdog = Watchdog(means.manager, self.progress, means.clock, upkeep.record.stuck, late)
        milestones = MilestoneKeeper(station, rooms.link, self.means.ids)
        restartable: dict[str, Callable[[], Awaitable[None]]] = {
            "network": rooms.link.run,
            "control": rooms.control,
            "wire trace": self.trace.run,
            "journal": lambda: station.store.logs.journal.run(news),
            "deeds": station.deeds.run,
            "milestones": milestones.run,
            **self.upkeep.works(),
            **self.remote.works(),
            "security": partial(self._secure, rooms.link),
            "reservations": rooms.reservations.run,
            "departures": partial(self._depart, rooms.link),
            "clock": partial(watch_clock, station, *clocked, milestones.clock_told),
            **(self._maintenance.works() if self._maintenance is not None else {}),
        }
        limits = self.progress.vital("limits", LIMITS_BOUND_S, self.means.clock.now().monotonic_s)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(rooms.limits.run(limits)), tasks.create_task(rooms.temperatures.run())]
            inputs = self._inputs(devices)
            running.append(tasks.create_task(inputs.run()))
            running += [tasks.create_task(bus.run()) for bus in devices.buses.values() if isinstance(bus, RunningBus)]
            running += [tasks.create_task(_begin(one, inputs)) for one in station.connectors.values()]
            running += [tasks.create_task(supervise(name, work)) for name, work in restartable.items()]
            for place, reader in devices.readers.items():
                hear = partial(rooms.presentations.hear, place)
                running.append(tasks.create_task(supervise("token reader", partial(follow_tokens, reader, hear))))
            running.append(tasks.create_task(watchdog.run()))
            self.means.manager.ready(f"{len(station.connectors)} connector(s)")
            ending = await station.ended()
            await self._retire(rooms)
            for task in running:
                task.cancel()
        return ending

    async def _secure(self, link: Network) -> None:
        """Keys, certificates and security events, where there is a network to tell of them."""
        if self._security is None or self._adapter is None:
            await asyncio.Event().wait()
        else:
            await self._security.run(self._adapter, link.call)

    async def _depart(self, link: Network) -> None:
        """Cars that left, where there is a network to tell of them."""
        if self._adapter is None:
            await asyncio.Event().wait()
        else:
            await tell_departures(self.station, self.prices, self._adapter, link.call)

    def _inputs(self, devices: Equipment) -> Inputs:
        connectors = self.station.connectors
        return Inputs(devices.inputs, connectors, lambda connector, fault: connectors[connector].post(fault))

    async def _retire(self, rooms: _Rooms) -> None:
        self.means.manager.stopping("no power; registers go on record")
        log.info("agent ends")
        async with asyncio.TaskGroup() as tasks:
            for connector in self.station.connectors.values():
                tasks.create_task(retire(connector, self.station.store.ledger))
        self.station.tell("agent.stopped")
        await rooms.link.aclose()

    def _report_start(self, store: Store) -> None:
        self.station.tell("agent.started", version=VERSION, board=self.config.board.board)
        self.station.note_security(SecurityEvent.STARTUP, f"version {VERSION}")
        log.info("agent started", extra={"version": VERSION, "board": self.config.board.board})
        for notice in self.config.notices:
            log.warning("standing notice", extra={"notice": notice})
        if store.set_aside is not None:
            log.error("database was damaged and replaced", extra={"kept_as": store.set_aside.name})
        if lost := store.security_records_lost:
            self.station.note_security(SecurityEvent.LOG_WAS_CLEARED, lost)


async def _begin(connector: Connector, inputs: Inputs) -> None:
    """No connector begins while nobody knows whether an emergency stop is pressed."""
    await inputs.heard()
    await connector.run()


async def run_as_service(config: StationConfig) -> Ending:
    """As the service manager starts it: logs to standard error, SIGTERM ends it in order."""
    logs.setup(logging.INFO, sys.stderr)
    with LastWords(config.storage.path):
        agent = Agent(config, Means(manager=ServiceManager.from_environment(os.environ)))
        loop = asyncio.get_running_loop()
        loop.call_later(CONTROL_AFTER_S, collect_again)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, agent.stop)
        return await agent.run()
