"""What the self-tests need of the charger around them; `agent/station/selftest_side.py` gives it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

from agent.config.model import StationConfig
from agent.core.commissioning.catalogue import Row
from agent.core.identity import ConnectorId, IdToken
from agent.core.session.model import Session
from agent.core.time import Instant
from agent.drivers.interfaces import AssembledContactor, Bus, Contactor, ControlPilot, Lock, Meter
from agent.selftest.bench import Charging, Connection, Controller, ElementReading, Person
from agent.values import frozen

if TYPE_CHECKING:
    from agent.drivers.board_service import TestedBoard

Prove = Callable[[bytes], Awaitable[bytes]]
"""The proof for a challenge, by whoever has the unit's local key. Raises Declined."""


@frozen(kw_only=True)
class Helper:
    """Whoever wants the tests done. `prove` None: nobody here can prove a right to power."""

    person: Person | None
    by: str = ""
    is_remote: bool = False
    prove: Prove | None = None


@frozen(kw_only=True)
class Outlet:
    """The devices of one connector that a test sees and moves. `drivers` are all of them by the board file's names."""

    connector: ConnectorId
    pilot: ControlPilot
    contactor: Contactor
    meter: Meter
    lock: Lock | None
    board: TestedBoard | None
    drivers: Mapping[str, object]

    @property
    def assembled(self) -> AssembledContactor | None:
        """The contactor, where it consists of parts that this program keeps together."""
        return self.contactor if isinstance(self.contactor, AssembledContactor) else None


class Charger(Protocol):
    """The charger as its tests need it. What is not async returns at once and does not fail."""

    @property
    def config(self) -> StationConfig: ...

    @property
    def connection(self) -> Connection: ...

    @property
    def controller(self) -> Controller: ...

    def charging(self, connector: ConnectorId | None) -> Charging: ...

    def now(self) -> Instant: ...

    def connectors(self) -> tuple[ConnectorId, ...]: ...

    def outlet(self, connector: ConnectorId) -> Outlet: ...

    def session(self, connector: ConnectorId) -> Session: ...

    def wires(self) -> Mapping[str, Bus]: ...

    def station_drivers(self) -> Mapping[str, object]:
        """Those of no single connector, by the board file's names."""
        ...

    async def elements(self) -> Mapping[str, ElementReading]: ...

    async def card(self, within_s: float) -> IdToken | None:
        """See `Bench.card`."""
        ...

    def lend(self, connector: ConnectorId, row: Row) -> AbstractAsyncContextManager[Callable[[], bool]]:
        """The devices of a connector are the test's inside; what it gives tells whether they still are. Raises Busy."""
        ...

    @property
    def is_in_service(self) -> bool:
        """Whether it was commissioned before, and that still holds."""
        ...

    def provisional(self, connector: ConnectorId) -> AbstractAsyncContextManager[None]:
        """A charge may begin there inside, in service or not; at the end it is ended too."""
        ...

    async def see_presence(self, connector: ConnectorId, person: Person) -> None:
        """Where the unit has a button for it: that it was pressed, at most ten minutes ago. Raises Declined."""
        ...

    def empower(self, connector: ConnectorId, prove: Prove) -> AbstractAsyncContextManager[None]:
        """The contactor may close for a test inside, commissioned or not, once the proof was given.

        Raises Declined, DriverError, and Busy where this hardware must not be tested with power.
        """
        ...
