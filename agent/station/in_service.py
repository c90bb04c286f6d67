"""Whether this charger may give power, told to its boards and its connectors, and changed without a restart.

In service is a charger whose site says "lab", or one with a record of a complete commissioning that still holds
(agent/core/commissioning/service.py). Without it boards are told that they are not commissioned, and no charge begins.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress

from agent.core.commissioning.model import Job
from agent.core.commissioning.service import differences, locked_out
from agent.core.facts import StopReason
from agent.core.identity import ConnectorId
from agent.core.session.events import FaultObserved, StopRequested
from agent.drivers.interfaces import Bus, CommissionedBus
from agent.station.service_marks import marks_of
from agent.station.station import Station
from agent.store.jobs import ServiceRecord

log = logging.getLogger(__name__)

NOT_COMMISSIONED, SELFTEST_FAILED = "comm.not_commissioned", "comm.selftest_failed"
NEVER = "no commissioning is on record"
CHARGE_ENDS_WITHIN_S = 20.0
"""From asking for the stop of a first charge to its record; the contactor alone may take eight."""
MAY_CHARGE_WITHIN_S = 12.0
"""A fault of this kind is gone once it has not been seen for ten seconds (faults.csv)."""


def why_out_of_service(station: Station) -> str:
    """In words, by what is on record; "" where it is in service."""
    if station.config.site.is_in_service:
        return ""
    record = station.store.commissioning.jobs.service
    return NEVER if record is None else "; ".join(differences(record.marks, marks_of(station.config)))


class InService:
    """One object a run. `is_in_service` and `why` follow from the record; `powered` counts what lends power besides."""

    def __init__(self, station: Station, buses: Mapping[str, Bus]) -> None:
        self._station = station
        self._buses = buses
        self._powered = 0
        self._provisional: set[ConnectorId] = set()
        self._locked: dict[ConnectorId, str] = {}

    @property
    def is_in_service(self) -> bool:
        return not self.why

    @property
    def why(self) -> str:
        """Why it is not in service, in words; "" where it is."""
        return why_out_of_service(self._station)

    def begin(self) -> None:
        """Before the devices open, and behind whatever the connectors were told of the time before."""
        if (why := self.why) and why != NEVER:
            log.warning("the commissioning on record does not hold any more", extra={"why": why})
        self._tell_all()

    async def complete(self, job: Job) -> None:
        """This job vouches for the charger as it is now; durable when it returns. Raises StoreError."""
        record = ServiceRecord(job=job.number, since=self._station.clock.now(), marks=marks_of(self._station.config))
        await self._station.store.commissioning.jobs.put_in_service(record, job)
        log.info("charger is in service", extra={"job": job.number})
        self._tell_all()

    def found(self) -> None:
        """An attempt is on record: a failure may lock the output, and what passed opens it again."""
        self._tell_locked()

    @contextmanager
    def power_for_test(self) -> Iterator[None]:
        """A controller that knows no tests with power is told inside that it is in service."""
        self._powered += 1
        self._tell_boards()
        try:
            yield
        finally:
            self._powered -= 1
            self._tell_boards()

    @asynccontextmanager
    async def provisional(self, connector: ConnectorId) -> AsyncIterator[None]:
        """A charge may begin there inside, to try the whole chain; it has ended when this is over."""
        if self.is_in_service:
            yield
            return
        self._provisional.add(connector)
        self._tell_all()
        running = self._station.connectors[connector]
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(MAY_CHARGE_WITHIN_S):
                    await running.until(lambda session: session.faults.find(NOT_COMMISSIONED) is None)
            yield
        finally:
            # No charge begins any more, and the one that runs ends before its power does.
            self._tell(connector, NOT_COMMISSIONED, NEVER)
            await self._ended(connector)
            self._provisional.discard(connector)
            self._tell_all()

    async def _ended(self, connector: ConnectorId) -> None:
        running = self._station.connectors[connector]
        if running.session.transaction is None:
            return
        running.post(StopRequested(reason=StopReason.LOCAL))
        with suppress(TimeoutError):
            async with asyncio.timeout(CHARGE_ENDS_WITHIN_S):
                await running.until(lambda session: session.transaction is None)

    def _tell_all(self) -> None:
        why = self.why
        for connector in self._station.connectors:
            self._tell(connector, NOT_COMMISSIONED, "" if connector in self._provisional else why)
        self._tell_locked()
        self._tell_boards()

    def _tell_boards(self) -> None:
        may_give = self.is_in_service or self._powered > 0 or bool(self._provisional)
        for bus in self._buses.values():
            if isinstance(bus, CommissionedBus):
                bus.commission(may_give)

    def _tell_locked(self) -> None:
        before, self._locked = self._locked, self._locked_out()
        for connector in self._station.connectors:
            test = self._locked.get(connector, "")
            if test != before.get(connector, ""):
                self._tell(
                    connector, SELFTEST_FAILED, f"{test}; repeat it: evsectl selftest run {test}" if test else ""
                )

    def _locked_out(self) -> dict[ConnectorId, str]:
        return locked_out(self._station.store.commissioning.jobs.verdicts, self._station.connectors)

    def _tell(self, connector: ConnectorId, fault: str, why: str) -> None:
        evidence = (("why", why),) if why else ()
        known = self._station.connectors[connector].session.faults.find(fault)
        if why or known is not None:
            self._station.connectors[connector].post(FaultObserved(id=fault, present=bool(why), evidence=evidence))
