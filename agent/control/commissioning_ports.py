"""What `evsectl commission` needs of the charger beyond the other verbs: a job on disk, tests, and a sealed report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from agent.core.commissioning.model import Attempt, Job
from agent.core.commissioning.steps import Place, Site
from agent.selftest.ports import Helper


class Tests(Protocol):
    async def attempt(self, place: Place) -> Attempt:
        """Raises TerminalLost, with the attempt in it where there is one, once the output is safe; nothing else."""
        ...


class CommissioningDesk(Protocol):
    """What is returned of a job is on disk. All of it may raise StoreError."""

    @property
    def is_in_service(self) -> bool: ...

    @property
    def label(self) -> str:
        """The serial number that an installer read off the charger; "" where nobody did."""
        ...

    async def latest(self) -> Job | None:
        """The newest job, with everything on record."""
        ...

    async def open_job(self) -> Job | None:
        """The job that a test belongs to which somebody runs by itself; None where the latest one is over."""
        ...

    def as_it_is(self, job: Job) -> Job | None:
        """The job as one of the charger as it is now; None where its tests were made of another one."""
        ...

    async def attempts(self) -> tuple[Attempt, ...]:
        """What counts of the charger as it is: of the latest job, and of tests run by themselves since."""
        ...

    async def begin(self, by: str) -> Job:
        """A new job that runs; the one before it, where it had no end, is abandoned."""
        ...

    async def keep(self, job: Job) -> None:
        """Its state, steps and answers as they are now. A job that is complete puts the charger in service."""
        ...

    async def keep_attempt(self, job: Job | None, attempt: Attempt) -> None: ...

    def tests(
        self, helper: Helper, history: Callable[[], tuple[Attempt, ...]], typed: Callable[[str], str | None]
    ) -> AbstractContextManager[Tests]:
        """For as long as somebody works. Raises Busy while somebody else does, and names them."""
        ...

    async def seal(self, job: Job, site: Site) -> Mapping[str, Any]:
        """The report of the job as it stands: `report_id` and what else to show. Raises SecurityError too."""
        ...
