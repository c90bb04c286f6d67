"""The bench of one attempt: the real devices of a connector, and what was moved of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from agent.config.model import StationConfig
from agent.core.commissioning.catalogue import Row
from agent.core.commissioning.model import Outcome
from agent.core.commissioning.sequence import is_lent_for
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.identity import ConnectorId, IdToken
from agent.core.limits import LimitSource
from agent.core.quantities import MeterSample
from agent.core.session.model import Session
from agent.core.supply import FOLLOWED_AFTER_S
from agent.core.time import Instant
from agent.drivers.interfaces import Bus, PilotReading
from agent.errors import DriverRejected
from agent.selftest.bench import AdapterPosition, Charging, Connection, Controller, Declined, ElementReading, Person
from agent.selftest.ports import Charger, Outlet, Prove
from agent.selftest.seen import Seen

if TYPE_CHECKING:
    from agent.drivers.board_service import TestedBoard

ADAPTER_SHOWS_WITHIN_S = 2.0
TIMER_S = 0.001
"""A timer may go off that much before its moment; waiting for the rest of it would be no wait at all."""
LOOKS_EVERY_S = 1.0
"""At what nobody reports: time itself."""
SUPPLY_COMES_OVER_WITHIN_S = 2 * FOLLOWED_AFTER_S
"""What another connector had is held back until its car must have followed (agent/core/supply.py)."""
SITE_LIMITS = (LimitSource.HARDWARE, LimitSource.PILOT_BOARD, LimitSource.SUPPLY, LimitSource.LOCAL)
"""What a test has to keep to; a profile of the network is for charges."""


@dataclass(slots=True, kw_only=True)
class Place:
    """One connector in an attempt: its devices, their levels, and whether they are the test's to move."""

    outlet: Outlet
    seen: Seen
    may_move: Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """A `Bench`. `place` None: a test of the whole charger."""

    row: Row
    charger: Charger
    person: Person
    place: Place | None
    known: Callable[[str], Outcome | None]
    """The latest outcome of another test."""
    typed: Callable[[str], str | None]
    """What was typed earlier in this job."""
    connector_id: ConnectorId | None
    prove: Prove | None = None

    @property
    def connector(self) -> ConnectorId:
        if self.connector_id is None:
            raise LookupError(f"{self.row.test} is of the whole charger")
        return self.connector_id

    @property
    def config(self) -> StationConfig:
        return self.charger.config

    @property
    def connection(self) -> Connection:
        return self.charger.connection

    @property
    def controller(self) -> Controller:
        return self.charger.controller

    @property
    def charging(self) -> Charging:
        return self.charger.charging(self.connector_id)

    @property
    def board(self) -> TestedBoard | None:
        return None if self.connector_id is None else self.charger.outlet(self.connector_id).board

    def drivers(self) -> Mapping[str, object]:
        if self.connector_id is None:
            return self.charger.station_drivers()
        return self.charger.outlet(self.connector_id).drivers

    def wires(self) -> Mapping[str, Bus]:
        return self.charger.wires()

    def earlier(self, test: str) -> Outcome | None:
        return self.known(test)

    def answer(self, key: str) -> str | None:
        return self.typed(key)

    # Time.

    def now(self) -> Instant:
        return self.charger.now()

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    # What is seen.

    def pilot(self) -> PilotReading | None:
        return self._here().seen.pilot

    def contactor(self) -> ContactorState | None:
        return self._here().seen.contactor

    def faults(self) -> tuple[str, ...]:
        return tuple(fault.id for fault in self._here().seen.faults)

    def session(self) -> Session:
        return self.charger.session(self.connector)

    async def until(self, holds: Callable[[], bool], within_s: float) -> float | None:
        loop, seen = asyncio.get_running_loop(), self._here().seen
        began = loop.time()
        ends_at = began + within_s
        while not holds():
            if loop.time() >= ends_at - TIMER_S:
                return None
            try:
                async with asyncio.timeout_at(min(ends_at, loop.time() + LOOKS_EVERY_S)):
                    await seen.change()
            except TimeoutError:
                continue
        return loop.time() - began

    async def read_meter(self) -> MeterSample:
        return await self._here().outlet.meter.read()

    async def card(self, within_s: float) -> IdToken | None:
        return await self.charger.card(within_s)

    async def elements(self) -> Mapping[str, ElementReading]:
        return await self.charger.elements()

    # What is moved.

    async def offer(self, current_a: float) -> None:
        place = self._mine()
        if await self.until(lambda: current_a <= _site_limit_a(self.session()), SUPPLY_COMES_OVER_WITHIN_S) is None:
            left_a = _site_limit_a(self.session())
            why = f"the supply leaves {left_a:g} A to this connector now, and {current_a:g} A are wanted"
            raise DriverRejected(place.outlet.pilot.name, f"{why}; repeat the test when the other connector is free")
        await place.outlet.pilot.offer(current_a)

    async def permit(self, permitted: bool) -> None:
        place = self._mine()
        if permitted and not self.row.is_energised:
            raise DriverRejected(place.outlet.contactor.name, f"{self.row.test} is no test with power")
        reading = place.seen.pilot
        await place.outlet.contactor.permit(permitted, None if reading is None else reading.plug)

    async def renew_power(self) -> None:
        self._mine()
        board = self.board
        if not self.row.is_energised or self.prove is None:
            raise Declined(f"{self.row.test} is no test with power")
        if board is not None:  # the right to power on a controller without tests is none of its own
            await board.begin_test(await self.prove(await board.challenge()))

    async def set_adapter(self, position: AdapterPosition) -> bool:
        place = self._mine()
        await self.person.set_adapter(position)
        wanted = PilotState.A if position.state == "out" else PilotState(position.state)
        return await self.until(lambda: _state(place.seen.pilot) is wanted, ADAPTER_SHOWS_WITHIN_S) is not None

    async def set_locked(self, locked: bool) -> bool:
        place = self._mine()
        if place.outlet.lock is None:
            raise LookupError("this connector has no lock")
        return await place.outlet.lock.set_locked(locked)

    def _here(self) -> Place:
        if self.place is None:
            raise LookupError(f"{self.row.test} is of the whole charger")
        return self.place

    def _mine(self) -> Place:
        place = self._here()
        if not is_lent_for(self.row):
            raise DriverRejected(
                place.outlet.pilot.name, f"{self.row.test} moves nothing: anybody may run it at any time"
            )
        if not place.may_move():
            raise Declined("the connector was taken back while it was tested: the charger ends its program")
        return place


def _state(reading: PilotReading | None) -> PilotState | None:
    return None if reading is None else reading.state


def _site_limit_a(session: Session) -> float:
    limits = (entry.current_a for entry in session.limits.entries if entry.source in SITE_LIMITS)
    return min(limits, default=inf)
