"""Where a commissioning is kept, tested and sealed: `CommissioningDesk` of agent/control/commissioning_ports.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agent import VERSION
from agent.config.mark import mark_of
from agent.core.commissioning.model import Attempt, Job, JobState
from agent.core.commissioning.record import can_go_on, missing
from agent.core.commissioning.steps import Site
from agent.drivers import loader
from agent.errors import StoreError
from agent.ids import Ids
from agent.station.in_service import InService
from agent.station.service_marks import installation_of
from agent.station.station import Station

if TYPE_CHECKING:
    from agent.selftest.ports import Helper
    from agent.selftest.runner import Runner

Seal = Callable[[Job, Site], Awaitable[Mapping[str, Any]]]
Tests = Callable[
    ["Helper", Callable[[], tuple[Attempt, ...]], Callable[[str], str | None]], AbstractContextManager["Runner"]
]


class Desk:
    """One object a run. What it returns of a job is on disk. Raises StoreError."""

    def __init__(self, station: Station, service: InService, tests: Tests, ids: Ids) -> None:
        self._station = station
        self._service = service
        self._ids = ids
        self._jobs = station.store.commissioning.jobs
        self._tests = tests
        self.sealing: Seal = _not_sealed
        """Given by whoever has the reports."""

    def tests(
        self, helper: Helper, history: Callable[[], tuple[Attempt, ...]], typed: Callable[[str], str | None]
    ) -> AbstractContextManager[Runner]:
        """For as long as somebody works. Raises Busy while somebody else does, and names them."""
        return self._tests(helper, history, typed)

    async def seal(self, job: Job, site: Site) -> Mapping[str, Any]:
        """The report of the job as it stands. Raises SecurityError too."""
        return await self.sealing(job, site)

    @property
    def is_in_service(self) -> bool:
        return self._service.is_in_service

    @property
    def label(self) -> str:
        return self._jobs.label

    async def latest(self) -> Job | None:
        return await self._jobs.latest()

    async def open_job(self) -> Job | None:
        """The job that a test belongs to which somebody runs by itself; None where the latest one is over."""
        job = await self._jobs.latest()
        return self.as_it_is(job) if job is not None and can_go_on(job) else None

    async def attempts(self) -> tuple[Attempt, ...]:
        """What counts of the charger as it is: those of the latest job, and those of tests run by themselves since."""
        job = await self._jobs.latest()
        if job is None:
            return await self._jobs.single_attempts()
        if can_go_on(job) and self.as_it_is(job) is not None:
            return job.attempts
        return (*(job.attempts if self._is_of_now(job) else ()), *await self._jobs.attempts_since(job.number))

    def as_it_is(self, job: Job) -> Job | None:
        """The job as one of the charger as it is now; None where its tests were made of another one.

        What was measured at another circuit, or at other hardware, says nothing of this one (core/…/service.py).
        """
        if self._is_of_now(job):
            return job
        return None if job.attempts else self._marked(job)

    def _is_of_now(self, job: Job) -> bool:
        return job.installation == installation_of(self._station.config)

    def _marked(self, job: Job) -> Job:
        """As one of the configuration as it is."""
        config = self._station.config
        return replace(job, config_hash=mark_of(config, loader), installation=installation_of(config))

    async def begin(self, by: str) -> Job:
        """A new job that runs; the one before it, where it had no end, is abandoned."""
        job = Job(
            number=0,
            job_id=str(self._ids.transaction_key()),
            state=JobState.RUNNING,
            started=self._station.clock.now(),
            by=by,
            software=VERSION,
        )
        return await self._jobs.begin(self._marked(job))

    async def keep(self, job: Job) -> None:
        """State, steps and answers as they are now. One that is complete puts it in service, in the same write.

        Complete by what is on disk, and of the charger as it is; another one is refused, and not kept as complete.
        """
        if job.state is not JobState.COMPLETE:
            return await self._jobs.keep(job)
        if lacking := await self._lacking(job):
            raise StoreError(f"this commissioning is not complete, so no power is given: {'; '.join(lacking[:3])}")
        await self._service.complete(job)

    async def _lacking(self, job: Job) -> tuple[str, ...]:
        kept = await self._jobs.numbered(job.number)
        if kept is None:
            return ("it is not on disk",)
        if not self._is_of_now(kept):
            return ("its tests were made of another charger or circuit than this one",)
        site = Site(connectors=tuple(self._station.connectors), has_network=self._station.config.ocpp is not None)
        if lacking := missing(replace(job, attempts=kept.attempts), site):
            return lacking
        sealed = await self._station.store.commissioning.reports.listed()
        is_sealed = any(one.job == job.number and one.is_complete for one in sealed)
        return () if is_sealed else ("no complete report of it is sealed: evsectl commission --only report",)

    async def keep_attempt(self, job: Job | None, attempt: Attempt) -> None:
        """One more attempt; `job` None: of a test that somebody ran by itself."""
        await self._jobs.keep_attempt(attempt, None if job is None else job.number)
        self._service.found()


async def _not_sealed(_job: Job, _site: Site) -> Mapping[str, Any]:
    raise StoreError("no report can be sealed here")
