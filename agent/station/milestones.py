"""Notes the milestones of this charger as they come: by its news, its statuses, its link, its clock.

Nothing waits for it: what is to be kept is a deed, and one that fails (a full disk) is told in the log. A gate that is
passed again later is kept then. On a bench, with `commissioning = "lab"` in the site file, recording does not begin.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from agent import VERSION
from agent.bus import News
from agent.config.model import Commissioning
from agent.core.availability import ConnectorStatus, StatusReport
from agent.core.commissioning.handover import items_of
from agent.core.faults.model import Severity
from agent.core.identity import ConnectorId
from agent.core.metrics.records import WATCHED_S, ChargerRecords, Gate, Scalar, handover_of, record_of
from agent.core.metrics.timeline import Timeline
from agent.core.time import Instant
from agent.errors import StoreError
from agent.ids import Ids
from agent.ocpp_client.adapter import Registration
from agent.ocpp_client.causes import Cause
from agent.station.in_service import why_out_of_service
from agent.station.network import Network
from agent.station.service_desk import ServiceDesk
from agent.station.station import Station
from agent.store.written_moments import jobs_as_written, ticks_as_written

log = logging.getLogger(__name__)

CONFIG_AFTER_S = 2.0
"""The configuration is listed when the start is over; the list takes some milliseconds."""
SECURED = frozenset(
    {Cause.REDIRECTED, Cause.UNAUTHORIZED, Cause.UNKNOWN_IDENTITY, Cause.UNAVAILABLE, Cause.HTTP_STATUS}
) | {Cause.SUBPROTOCOL}
"""What can only be said over HTTP, behind TLS where there is any."""
REACHED = SECURED | {
    *(Cause.REFUSED, Cause.CERTIFICATE, Cause.TLS, Cause.TLS_VERSION, Cause.TLS_CIPHERS, Cause.OWN_CERTIFICATE),
    Cause.NOT_WEBSOCKET,
}
"""Somebody answered: a host that refuses is there."""
GRAVE = frozenset({Severity.CRITICAL.value, Severity.STOP.value, Severity.BLOCK.value})


class MilestoneKeeper:
    """One object a run."""

    def __init__(self, station: Station, link: Network, ids: Ids) -> None:
        self._station, self._link = station, link
        self._kept = station.store.commissioning.milestones
        self._flowing: dict[ConnectorId, Instant] = {}
        self._tests: set[ConnectorId] = set()
        is_lab = station.config.site.commissioning is Commissioning.LAB
        self._is_on = self._kept.has_any() or (self._kept.begins_at_site() and not is_lab)
        if not self._is_on:
            return
        self._begin(ids)
        link.noticed, link.status_seen = self._look_at_link, self._see_status

    async def run(self) -> None:
        """Listen for ever."""
        with self._station.bus.reader() as reader:
            if self._is_on:
                await asyncio.sleep(CONFIG_AFTER_S)
                self._look_at_configuration()
            async for news in reader:
                if self._is_on:
                    await self._hear(news)

    def clock_told(self) -> None:
        """The clock was found or set: moments of this boot lie elsewhere than it said before."""
        if self._is_on:
            self._station.deeds.do("clock of milestones", partial(self._kept.anchor, self._now()))

    # What is noted.

    def _begin(self, ids: Ids) -> None:
        if not self._kept.has_any():
            replaced = self._station.store.set_aside
            if replaced is None:
                self._keep(Gate.POWERED)
            else:
                self._keep(Gate.BEGAN, fields={"why": "the storage was damaged and replaced"})
        self._keep(Gate.UNIT, fields={"unit": ids.transaction_key()})
        self.clock_told()

    def _look_at_configuration(self) -> None:
        from agent.config.mark import mark_of
        from agent.drivers import loader

        mark, before = mark_of(self._station.config, loader)[:16], self._kept.configuration
        if mark != before:
            gate = Gate.CONFIG if before else Gate.CONFIGURED
            now = self._now()
            which = f"{mark} {now.boot_id} {now.monotonic_s:.0f}" if before else ""
            self._keep(gate, which=which, fields={"mark": mark})

    def _look_at_link(self) -> None:
        seen = self._link.snapshot()
        if seen is None:
            return
        if seen.is_open or seen.cause in REACHED:
            self._keep(Gate.NETWORK)
        if seen.url.startswith("wss:") and (seen.is_open or seen.cause in SECURED):
            self._keep(Gate.TLS)
        if seen.registration is Registration.ACCEPTED:
            self._keep(Gate.ACCEPTED)

    def _see_status(self, report: StatusReport) -> None:
        """A first charge that only tries the chain shows the connector as Available too; nobody may use it yet."""
        is_free = report.connector is not None and report.status is ConnectorStatus.AVAILABLE
        if is_free and not why_out_of_service(self._station):
            self._keep(Gate.AVAILABLE, connector=report.connector)

    async def _hear(self, news: News) -> None:
        fields, connector = dict(news.fields), news.connector
        match news.name:
            case "transaction.started" | "transaction.resumed" if connector is not None:
                self._flowing.pop(connector, None)
                if await self._is_tested():
                    self._tests.add(connector)
                else:
                    self._tests.discard(connector)
            case "charging.started" if connector is not None:
                self._flowing.setdefault(connector, news.at)
            case "transaction.stopped" if connector is not None:
                self._ended(connector, news.at, fields.get("energy_wh"))
            case "fault.raised" if fields.get("severity") in GRAVE:
                await self._broke(news, str(fields.get("id")))

    async def _is_tested(self) -> bool:
        """Whether a commissioning is open; nobody asks any more once the first paid energy is on record."""
        if self._kept.has_passed(Gate.PAID):
            return False
        try:
            return (await self._kept.commissioning()).is_open
        except StoreError as error:
            log.warning("not known whether a charge is a test, so it counts as one", extra={"error": str(error)})
            return True

    def _ended(self, connector: ConnectorId, at: Instant, energy_wh: Scalar) -> None:
        began = self._flowing.pop(connector, at)
        if connector in self._tests or not isinstance(energy_wh, int) or energy_wh <= 0:
            return
        self._keep(Gate.PAID, began, connector=connector, shared=True, fields={"energy_wh": energy_wh})

    async def _broke(self, news: News, fault: str) -> None:
        """Only in the month after a commissioning, each fault once: what a figure looks at, and no endless list."""
        try:
            now = await self._kept.commissioning()
        except StoreError as error:
            log.warning("a fault is in no figure", extra={"fault": fault, "error": str(error)})
            return
        if now.completed is None or now.is_open:
            return
        job_id, ended = now.completed
        passed_s = Timeline((ended, news.at)).between(ended, news.at)
        if passed_s is None or passed_s <= WATCHED_S:
            self._keep(Gate.FAULT, news.at, connector=news.connector, which=f"{job_id} {fault}", fields={"id": fault})

    def _keep(
        self,
        gate: Gate,
        at: Instant | None = None,
        *,
        connector: int | None = None,
        which: str = "",
        shared: bool = False,
        fields: dict[str, Scalar] | None = None,
    ) -> None:
        if self._kept.has_passed(gate, None if shared else connector, which):
            return
        moment = self._now() if at is None else at
        deed = partial(self._kept.keep, gate, moment, connector=connector, which=which, fields=fields)
        self._station.deeds.do(f"milestone {gate.value}", partial(deed, is_shared=shared))

    def _now(self) -> Instant:
        return self._station.clock.now()


async def records_of(station: Station, service: ServiceDesk | None = None) -> ChargerRecords:
    """What the figures are computed from, at this moment. Raises StoreError."""
    store = station.store
    milestones, ticks = await store.commissioning.milestones.all(), await ticks_as_written(store.writer)
    jobs = await jobs_as_written(store.writer, await store.commissioning.jobs.all())
    named = [str(one.field("unit")) for one in milestones if one.gate is Gate.UNIT]
    config = station.config
    return ChargerRecords(
        unit=named[0] if named else "",
        serial=config.station.serial_number or store.commissioning.jobs.label,
        exported=station.clock.now(),
        board=config.board.board,
        software=VERSION,
        order=config.references.order,
        connectors=tuple(int(one.id) for one in config.board.connectors),
        milestones=(*milestones, *handover_of(ticks, items_of(has_light=config.board.has_light))),
        jobs=tuple(record_of(job) for job in jobs),
        service=None if service is None else await service.records(),
        attempts=() if service is None else await service.attempts(),
    )
