"""The charger as its self-tests have it: `Charger` of agent/selftest/ports.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from agent.config.model import StationConfig
from agent.connector.maintenance import lent, still_lent
from agent.control.ports import ElementState
from agent.core.commissioning.catalogue import Row
from agent.core.identity import ConnectorId, IdToken
from agent.core.session.model import Loan, Session
from agent.core.time import Instant
from agent.drivers.board_service import TestedBoard
from agent.drivers.interfaces import Bus, CommissionedBus, ServicedBoard
from agent.errors import Busy, DriverUnavailable
from agent.selftest.bench import Charging, Connection, Controller, ElementReading
from agent.selftest.ports import Outlet, Prove
from agent.station.building import Equipment
from agent.station.reading_tokens import Presentations
from agent.station.station import Station

Elements = Callable[[], Awaitable[Mapping[str, ElementState]]]


class ChargerOnTest:
    """One object a run. `commission` tells every bus anew whether the charger is in service."""

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
        is_in_service: Callable[[], bool],
    ) -> None:
        self._station = station
        self._equipment = equipment
        self._presentations = presentations
        self._elements = elements
        self._is_in_service = is_in_service
        self._powered = 0
        """Tests with power that run on a controller which knows of no such thing."""
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
        placed = (*self._equipment.inputs, *self._equipment.sensors)
        return {one.key: one.driver for one in placed if one.connector == connector}

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

    def empower(self, connector: ConnectorId, prove: Prove) -> AbstractAsyncContextManager[None]:
        if self.config.board.lab_only:
            raise Busy("this board is for the laboratory only: nothing beneath Linux protects a person at its output")
        board = self.outlet(connector).board
        return self._power_of_agent(prove) if board is None else _power_of_board(board, prove)

    @asynccontextmanager
    async def _power_of_agent(self, prove: Prove) -> AsyncIterator[None]:
        """A controller that knows no tests is told for their time that it is in service, by somebody with the role."""
        await prove(b"")
        self._powered += 1
        self.commission()
        try:
            yield
        finally:
            self._powered -= 1
            self.commission()

    def commission(self) -> None:
        """Every bus hears whether power may be given now."""
        for bus in self._equipment.buses.values():
            if isinstance(bus, CommissionedBus):
                bus.commission(self._is_in_service() or self._powered > 0)


@asynccontextmanager
async def _power_of_board(board: TestedBoard, prove: Prove) -> AsyncIterator[None]:
    await board.begin_test(await prove(await board.challenge()))
    try:
        yield
    finally:
        await board.end_test()
