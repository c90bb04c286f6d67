"""The parts of `agent/station/` around connectors without devices: a real store, a real core, nothing on a wire."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from agent.bus import Bus, News
from agent.config.load import load
from agent.connector.runner import Connector
from agent.core.control_pilot import PilotState
from agent.core.identity import ConnectorId, IdToken
from agent.core.session.events import AuthorizationStatus, SessionEvent
from agent.core.session.model import Session, SessionPhase
from agent.core.session.step import initial, step
from agent.core.time import Instant
from agent.drivers import loader
from agent.drivers.interfaces import Lock
from agent.ids import Ids
from agent.ocpp_client.ports import AuthorizationAnswer
from agent.ocpp_client.station.settings import NetworkSettings
from agent.ocpp_client.v16.render import objection_to
from agent.ocpp_client.v16.settings import first_values
from agent.station.authorizer import Authorizer
from agent.station.building import equipment
from agent.station.control_side import ControlSide
from agent.station.current_limits import CurrentLimits
from agent.station.hearing import Hearing
from agent.station.network import Network
from agent.station.network_side import NetworkSide
from agent.station.prices import Prices
from agent.station.reading_tokens import Presentations
from agent.station.reservations import Reservations
from agent.station.selftest_side import SelfTests
from agent.station.station import Station
from agent.station.upkeep import Upkeep
from agent.station.wire_trace import WireTrace
from agent.store.store import open_store
from agent.store.writer import CommitMoment
from agent.supervise import Progress
from firmware_sim.virtual_loop import run

ONE, TWO = ConnectorId(1), ConnectorId(2)
CARD, OTHER = IdToken("04A1B2C3"), IdToken("04FFEEDD")
SITE = """
board = "sim-dual"
[site]
country = "DE"
supply_current_a = 32
commissioning = "lab"
"""
EPOCH_MS = 1_800_000_000_000


class LoopClock:
    """The virtual loop's time; the time of day only once it was told."""

    def __init__(self) -> None:
        self.offset_ms: int | None = None

    def now(self) -> Instant:
        seconds = asyncio.get_running_loop().time()
        utc_ms = None if self.offset_ms is None else self.offset_ms + round(seconds * 1000)
        return Instant(seconds, utc_ms, "kernel-boot")

    def told(self, utc_ms: int) -> None:
        self.offset_ms = utc_ms - round(asyncio.get_running_loop().time() * 1000)


class Outlet:
    """A connector of which only the session is there: what is posted is taken at once, and its effects are nobody's."""

    def __init__(self, session: Session, clock: LoopClock, hearing: Callable[[Session, SessionEvent], None]) -> None:
        self.session = session
        self.posted: list[SessionEvent] = []
        self.is_stuck = False
        self._clock = clock
        self._hearing = hearing

    def post(self, event: SessionEvent) -> None:
        self.posted.append(event)
        if not self.is_stuck:
            self.session = step(self.session, event, self._clock.now(), Ids()).session

    def becomes(self, **changes: Any) -> None:
        """The session is another one now, as after a step."""
        self.session = replace(self.session, **changes)
        self._hearing(self.session, None)  # type: ignore[arg-type]  # nobody looks at the event

    async def until(self, holds: Callable[[Session], bool]) -> None:
        if not holds(self.session):
            await asyncio.Event().wait()


class Desk:
    """Everything that stands around the connectors of a board with two of them and one reader for both."""

    def __init__(self, folder: Path, site: str = SITE) -> None:
        file = folder / "site.toml"
        file.write_text(site + f'[storage]\npath = "{folder}"\n', encoding="utf-8")
        config = load(file, loader)
        self.clock = LoopClock()
        self.is_full = False
        self.commits = 0
        self.store = open_store(folder, inline=True, flush=False, on_commit=self._on_commit)
        self.settings = NetworkSettings(self.store.settings, first_values({}))
        self.station = Station(config, self.store, self.settings, self.clock, Bus())
        if config.ocpp is not None:
            self.station.objection_to = objection_to
        self.limits = CurrentLimits(self.station)
        self.network = Network(self.station)
        self.authorizer = Authorizer(self.station)
        self.presentations = Presentations(self.station)
        self.reservations = Reservations(self.station)
        self.prices = Prices(self.station, self.network)
        self.hearing = Hearing(
            self.station, self.limits, self.network, self.presentations, self.reservations, prices=self.prices
        )
        self.outlets = {
            connector.id: Outlet(self._session(connector.id), self.clock, self.hearing.session_changed)
            for connector in config.board.connectors
        }
        self.station.connectors = cast("dict[ConnectorId, Connector]", self.outlets)
        self.locks: dict[ConnectorId, Lock] = {}
        self.network_side = NetworkSide(
            self.station,
            self.limits,
            self.authorizer,
            self.network,
            self.locks,
            reservations=self.reservations,
            prices=self.prices,
        )
        self.upkeep = Upkeep(self.station, inline=True, flush=False)
        devices, trace = equipment(config, self.clock), WireTrace(config.storage.path, self.clock, inline=True)
        self.control_side = ControlSide(
            self.station,
            devices,
            Progress(),
            self.network,
            trace,
            prices=self.prices,
            tests=SelfTests(self.station, devices, Presentations(self.station), self.network, trace),
            upkeep=self.upkeep,
        )
        self.asked: list[IdToken] = []
        self._reader = self.station.bus.reader()
        self._news = self._reader.__enter__()

    def news(self) -> list[News]:
        """What was told since the last question."""
        return self._news.drain()

    def the_network_says(self, status: AuthorizationStatus | None) -> None:
        """There is a central system now, and this is its word on every token; None: it is asked and does not answer."""
        answer = None if status is None else AuthorizationAnswer(status=status)

        async def ask(token: IdToken) -> AuthorizationAnswer | None:
            self.asked.append(token)
            return answer

        self.authorizer.ask, self.authorizer.is_online = ask, lambda: True

    def close(self) -> None:
        self._reader.__exit__(None, None, None)
        self.store.writer.drop()

    def _session(self, id: ConnectorId) -> Session:
        return replace(
            initial(id, self.station.session_settings(id), self.clock.now()), board_heard=True, pilot=PilotState.A
        )

    def _on_commit(self, moment: CommitMoment, number: int) -> None:
        if self.is_full and moment is CommitMoment.BEFORE:
            raise sqlite3.OperationalError("database or disk is full")
        self.commits = number


def plugged(outlet: Outlet, *, since_s: float = 0.0) -> None:
    """A car stands here and nobody was accepted."""
    outlet.becomes(phase=SessionPhase.PLUGGED, phase_since=Instant(since_s), pilot=PilotState.B)


def at_desk(folder: Path, story: Callable[[Desk], Coroutine[Any, Any, None]], site: str = SITE) -> None:
    """Tell a story at a desk in virtual time."""

    async def told() -> None:
        desk = Desk(folder, site)
        try:
            await story(desk)
        finally:
            desk.close()

    run(told())
