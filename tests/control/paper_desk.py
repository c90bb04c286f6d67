"""A desk for commissioning on paper: jobs in memory, and tests that come out as they are told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from agent.core.commissioning.catalogue import Need, catalogue
from agent.core.commissioning.model import Attempt, Job, JobState, Outcome, broken, passed
from agent.core.commissioning.steps import Place, Site
from agent.core.time import Instant
from agent.errors import Busy, StoreFull
from agent.selftest.bench import Declined, Question, TerminalLost
from agent.selftest.ports import Helper
from agent.selftest.runner import Interrupted

NOW = Instant(100.0, 1_700_000_000_000, "boot")


class PaperTests:
    """Every test of a person asks its questions; the others only take their time."""

    def __init__(self, desk: PaperDesk, helper: Helper, history: Callable[[], tuple[Attempt, ...]]) -> None:
        self._desk = desk
        self._helper = helper
        self._history = history

    async def attempt(self, place: Place) -> Attempt:
        row = catalogue()[place[0]]
        answers: dict[str, str] = {}
        self._desk.beginning(place[0]).set()
        try:
            await asyncio.sleep(self._desk.takes_s.get(place[0], 0.01))
            outcome = self._desk.outcomes.get(place[0], passed("as it should be"))
            if Need.PERSON in row.needs and self._helper.person is not None:
                for number in range(1, self._desk.questions + 1):
                    key = f"{place[0]}.value{f'.{number}' if number > 1 else ''}"
                    question = Question(key=key, text=row.purpose, unit="Ω", low=0, high=10)
                    answers[key] = await self._helper.person.ask(question)
        except Declined as declined:
            outcome = broken(str(declined), "again")
        except TerminalLost as lost:
            raise Interrupted(self._made(place, broken(str(lost), "again"), answers)) from lost
        return self._made(place, outcome, answers)

    def _made(self, place: Place, outcome: Outcome, answers: Mapping[str, str]) -> Attempt:
        return Attempt(
            test=place[0],
            connector=place[1],
            version=1,
            attempt=1 + sum((one.test, one.connector) == place for one in self._history()),
            started=NOW,
            duration_ms=10,
            outcome=outcome,
            by=self._helper.by,
            answers=answers,
        )


class PaperDesk:
    """What a store keeps, and what a power cut leaves of it."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.outcomes: dict[str, Outcome] = {}
        self.takes_s: dict[str, float] = {}
        self.began: dict[str, asyncio.Event] = {}
        self.holder = ""
        self.label = ""
        self.sealed: list[Job] = []
        self.disk_is_full = False
        self.questions = 1
        self.is_full_at = ""
        """That test cannot be kept."""
        self.is_another = False
        """What was tested was another charger, or hangs at another circuit now."""
        self.typed: Callable[[str], str | None] | None = None

    def beginning(self, test: str) -> asyncio.Event:
        """Set once that test was begun anywhere."""
        return self.began.setdefault(test, asyncio.Event())

    @property
    def is_in_service(self) -> bool:
        return any(job.state is JobState.COMPLETE for job in self.jobs)

    async def latest(self) -> Job | None:
        return self.jobs[-1] if self.jobs else None

    async def open_job(self) -> Job | None:
        return self.jobs[-1] if self.jobs and self.jobs[-1].state is not JobState.COMPLETE else None

    def as_it_is(self, job: Job) -> Job | None:
        return None if self.is_another else job

    async def attempts(self) -> tuple[Attempt, ...]:
        return self.jobs[-1].attempts if self.jobs else ()

    async def begin(self, by: str) -> Job:
        number = len(self.jobs) + 1
        job = Job(number=number, job_id=f"J{number}", state=JobState.RUNNING, started=NOW, by=by)
        self.jobs.append(job)
        return job

    async def keep(self, job: Job) -> None:
        """Attempts are kept by themselves."""
        assert job.number == self.jobs[-1].number
        self.jobs[-1] = replace(job, attempts=self.jobs[-1].attempts)

    async def keep_attempt(self, job: Job | None, attempt: Attempt) -> None:
        assert job is not None and job.number == self.jobs[-1].number
        if attempt.test == self.is_full_at:
            raise StoreFull("no room is left on the disk; make some")
        self.jobs[-1] = replace(self.jobs[-1], attempts=(*self.jobs[-1].attempts, attempt))

    @contextmanager
    def tests(
        self, helper: Helper, history: Callable[[], tuple[Attempt, ...]], typed: Callable[[str], str | None]
    ) -> Iterator[PaperTests]:
        if self.holder:
            raise Busy(f"self-tests run already: {self.holder}; wait until they are over")
        self.holder, self.typed = helper.by, typed
        try:
            yield PaperTests(self, helper, history)
        finally:
            self.holder = ""

    async def seal(self, job: Job, site: Site) -> Mapping[str, Any]:
        if self.disk_is_full:
            raise StoreFull("the report was not sealed: no room is left on the disk; make some")
        self.sealed.append(job)
        return {"report_id": f"R{len(self.sealed)}"}
