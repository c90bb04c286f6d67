"""Self-tests at this charger: who runs them, with what, and what they leave on record."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING

from agent.core.commissioning.model import Attempt
from agent.core.network_check.model import Finding
from agent.core.time import Instant
from agent.errors import Busy
from agent.ids import Ids
from agent.station.building import Equipment
from agent.station.commissioning_desk import Desk
from agent.station.in_service import InService
from agent.station.network import Network
from agent.station.reading_tokens import Presentations
from agent.station.selftest_connection import ConnectionOnTest
from agent.station.station import Station
from agent.station.wire_trace import WireTrace

if TYPE_CHECKING:
    from agent.control.ports import ElementState
    from agent.selftest.ports import Helper
    from agent.selftest.runner import Runner
    from agent.station.selftest_charger import ChargerOnTest


class SelfTests:
    """One object a run. One job at a time: a second one is refused, and told who has it."""

    def __init__(
        self,
        station: Station,
        equipment: Equipment,
        presentations: Presentations,
        network: Network,
        trace: WireTrace,
        *,
        ids: Ids | None = None,
    ) -> None:
        self._station = station
        self.service = InService(station, equipment.buses)
        self.elements: Callable[[], Awaitable[Mapping[str, ElementState]]] = _no_elements
        self.check: Callable[[int | None], AsyncGenerator[Finding, None]] = _no_findings
        """Both are given by the control side, which has them for people anyway."""
        self.connection = ConnectionOnTest(network, station.clock, trace, self._checked)
        self._equipment, self._presentations, self._network, self._trace = equipment, presentations, network, trace
        self._holder: tuple[str, Instant] | None = None
        self.desk = Desk(station, self.service, self.run, ids or Ids())

    @cached_property
    def charger(self) -> ChargerOnTest:
        """As the tests see it. One for all of them: it knows when the button on the unit was pressed last."""
        from agent.station.selftest_charger import ChargerOnTest
        from agent.station.selftest_charging import ChargingOnTest
        from agent.station.selftest_controller import ControllerOnTest

        station, network = self._station, self._network
        return ChargerOnTest(
            station,
            self._equipment,
            self._presentations,
            elements=self._elements,
            connection=self.connection,
            controller=ControllerOnTest(station.config, station.clock, network),
            charging=partial(ChargingOnTest, station, network, self._trace),
            service=self.service,
        )

    def _checked(self, slot: int | None) -> AsyncGenerator[Finding, None]:
        return self.check(slot)

    async def _elements(self) -> Mapping[str, ElementState]:
        return await self.elements()

    def begin(self) -> None:
        """Before the devices open: whether power may be given at all."""
        self.service.begin()

    @contextmanager
    def run(
        self,
        helper: Helper,
        history: Callable[[], tuple[Attempt, ...]],
        typed: Callable[[str], str | None] = lambda _key: None,
    ) -> Iterator[Runner]:
        """Somebody tests. Raises Busy while somebody else does. The tests are loaded now, and not by every start."""
        from agent.selftest.runner import Runner

        if self._holder is not None:
            by, since = self._holder
            span = _span(since, self._station.clock.now())
            raise Busy(
                f"this charger is being tested or commissioned already: by {by}, for {span}, and perhaps waiting at a "
                "question; wait until they are through, or have them pause it with Ctrl-C"
            )
        self._holder = helper.by or "somebody", self._station.clock.now()
        try:
            with self.connection.listening():
                yield Runner(self.charger, helper, history, typed)
        finally:
            self._holder = None


def _span(since: Instant, now: Instant) -> str:
    seconds = round(now.since(since))
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"


async def _no_elements() -> Mapping[str, ElementState]:
    return {}


async def _no_findings(_slot: int | None) -> AsyncGenerator[Finding, None]:
    nothing: tuple[Finding, ...] = ()
    for finding in nothing:
        yield finding
