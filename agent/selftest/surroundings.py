"""The charger around one attempt: whatever a check may know and ask of it without a look at a connector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.config.model import StationConfig
from agent.core.commissioning.catalogue import Row
from agent.core.commissioning.model import Outcome
from agent.core.identity import ConnectorId, IdToken
from agent.core.time import Instant
from agent.drivers.interfaces import Bus
from agent.selftest.bench import Charging, Connection, Controller, ElementReading, Person
from agent.selftest.ports import Charger, Prove

if TYPE_CHECKING:
    from agent.drivers.board_service import TestedBoard


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`connector_id` None: a test of the whole charger."""

    row: Row
    charger: Charger
    person: Person
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
    def is_in_service(self) -> bool:
        return self.charger.is_in_service

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

    def now(self) -> Instant:
        return self.charger.now()

    async def card(self, within_s: float) -> IdToken | None:
        return await self.charger.card(within_s)

    async def elements(self) -> Mapping[str, ElementReading]:
        return await self.charger.elements()
