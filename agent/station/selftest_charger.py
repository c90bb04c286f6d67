"""The charger as its self-tests have it: `Charger` of agent/selftest/ports.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from agent.config.model import InputMeans, StationConfig
from agent.connector.maintenance import lent, still_lent
from agent.control.ports import ElementState
from agent.core.commissioning.catalogue import Row
from agent.core.identity import ConnectorId, IdToken
from agent.core.session.model import Loan, Session
from agent.core.time import Instant
from agent.drivers.board_service import TestedBoard
from agent.drivers.interfaces import Bus, Input, ServicedBoard
from agent.errors import Busy, DriverUnavailable
from agent.selftest.bench import Charging, Connection, Controller, Declined, ElementReading, Person
from agent.selftest.ports import Outlet, Prove
from agent.station.building import Equipment
from agent.station.in_service import InService
from agent.station.reading_tokens import Presentations
from agent.station.station import Station

Elements = Callable[[], Awaitable[Mapping[str, ElementState]]]

PRESENT_FOR_S, PRESSES_WITHIN_S = 600.0, 120.0
"""Self-test catalogue section 1: a button on the unit, at most ten minutes ago."""
PRESS = "Press the button on the unit: tests with power want somebody there."


class ChargerOnTest:
    """One object a run."""

    def __init__(
        self,
        station: Station,
        equipment: Equipment,
        presentations: Presentations,
        *,
        elements: Elements,
        connection: Connection,
        controller: Controller,
        charging: Callable[[ConnectorId | None], Charging],
        service: InService,
    ) -> None:
        self._station = station
        self._equipment = equipment
        self._presentations = presentations
        self._elements = elements
        self._service = service
        self._pressed_s: float | None = None
        self._vouched_s: float | None = None
        self.connection = connection
        self.controller = controller
        self.charging = charging

    @property
    def config(self) -> StationConfig:
        return self._station.config

    def now(self) -> Instant:
        return self._station.clock.now()

    def connectors(self) -> tuple[ConnectorId, ...]:
        return tuple(self._station.connectors)

    def outlet(self, connector: ConnectorId) -> Outlet:
        devices = self._equipment.devices[connector]
        service = devices.pilot.service() if isinstance(devices.pilot, ServicedBoard) else None
        own = {
            "control_pilot": devices.pilot,
            "contactor": devices.contactor,
            "meter": devices.meter,
            "indicator": devices.indicator,
            "lock": devices.lock,
            "token_reader": self._equipment.readers.get(connector),
        }
        return Outlet(
            connector=connector,
            pilot=devices.pilot,
            contactor=devices.contactor,
            meter=devices.meter,
            lock=devices.lock,
            board=service if isinstance(service, TestedBoard) else None,
            drivers={name: driver for name, driver in own.items() if driver is not None} | self._placed(connector),
        )

    def session(self, connector: ConnectorId) -> Session:
        return self._station.connectors[connector].session

    def wires(self) -> Mapping[str, Bus]:
        return self._equipment.buses

    def station_drivers(self) -> Mapping[str, object]:
        reader = self._equipment.readers.get(None)
        return ({} if reader is None else {"token_reader": reader}) | self._placed(None)

    def _placed(self, connector: ConnectorId | None) -> dict[str, object]:
        """Inputs and temperature sensors by their whole place in the board file."""
        inputs: dict[str, object] = {
            one.key: one.driver for one in self._equipment.inputs if one.connector == connector
        }
        return inputs | {one.key: one.driver for one in self._equipment.sensors if one.connector == connector}

    async def elements(self) -> Mapping[str, ElementReading]:
        found = await self._elements()
        return {key: ElementReading(readings=one.readings, problem=one.problem) for key, one in found.items()}

    async def card(self, within_s: float) -> IdToken | None:
        if not self._equipment.readers:
            raise LookupError("this charger has no reader of cards")
        try:
            async with asyncio.timeout(within_s):
                shown = await self._presentations.taken_aside()
        except TimeoutError:
            return None
        if isinstance(shown, IdToken):
            return shown
        raise DriverUnavailable("token reader", shown)

    @asynccontextmanager
    async def lend(self, connector: ConnectorId, row: Row) -> AsyncIterator[Callable[[], bool]]:
        running = self._station.connectors[connector]
        loan = Loan(by=f"the self-test {row.test} {row.purpose}", since=self.now())
        async with lent(running, loan):
            yield lambda: still_lent(running, loan)

    async def see_presence(self, connector: ConnectorId, person: Person) -> None:
        buttons = [
            one.driver
            for one in self._equipment.inputs
            if one.means is InputMeans.BUTTON and one.connector in (None, connector)
        ]
        now_s = self.now().monotonic_s
        if not buttons or (self._pressed_s is not None and now_s - self._pressed_s <= PRESENT_FOR_S):
            return
        await person.tell(PRESS)
        try:
            async with asyncio.timeout(PRESSES_WITHIN_S):
                await _pressed(buttons[0])
        except TimeoutError as error:
            raise Declined("nobody pressed the button on the unit, which shows that somebody is there") from error
        self._pressed_s = self.now().monotonic_s

    def empower(self, connector: ConnectorId, prove: Prove) -> AbstractAsyncContextManager[None]:
        if self.config.board.lab_only:
            raise Busy("this board is for the laboratory only: nothing beneath Linux protects a person at its output")
        board = self.outlet(connector).board
        return self._power_of_agent(prove) if board is None else _power_of_board(board, prove)

    @asynccontextmanager
    async def _power_of_agent(self, prove: Prove) -> AsyncIterator[None]:
        """A controller that knows no tests has no key to prove: whoever has the role and says that they stand there.

        Their word counts for as long as a press on the unit.
        """
        now_s = self.now().monotonic_s
        if self._vouched_s is None or now_s - self._vouched_s > PRESENT_FOR_S:
            await prove(b"")
            self._vouched_s = self.now().monotonic_s
        with self._service.power_for_test():
            yield

    def provisional(self, connector: ConnectorId) -> AbstractAsyncContextManager[None]:
        return self._service.provisional(connector)

    @property
    def is_in_service(self) -> bool:
        return self._service.is_in_service


async def _pressed(button: Input) -> None:
    """Until it is pressed from now on: one that is stuck shows nobody."""
    was_free = False
    async for is_pressed in button.states():
        if is_pressed and was_free:
            return
        was_free = was_free or not is_pressed


@asynccontextmanager
async def _power_of_board(board: TestedBoard, prove: Prove) -> AsyncIterator[None]:
    await board.begin_test(await prove(await board.challenge()))
    try:
        yield
    finally:
        await board.end_test()
