"""A visit that does what the flow says, on paper."""

from __future__ import annotations

from dataclasses import replace

from agent.core.commissioning import record
from agent.core.commissioning.catalogue import Row
from agent.core.commissioning.flow import Ask, Begin, Do, End, Next, Over, Run, Visit, Wish, next_of
from agent.core.commissioning.model import (
    Attempt,
    Job,
    JobState,
    Outcome,
    Verdict,
    broken,
    failed,
    not_applicable,
    passed,
    skipped,
    warned,
)
from agent.core.commissioning.steps import Place, Site, Step
from agent.core.identity import ConnectorId
from agent.core.time import Instant

ONE, TWO = ConnectorId(1), ConnectorId(2)
SITE = Site(connectors=(ONE, TWO))
OUTCOMES: dict[str, Outcome] = {
    "pass": passed("fine"),
    "warn": warned("nearly", "look"),
    "fail": failed("bad", "mend it", cause="cp.generator"),
    "skip": skipped("nobody there"),
    "not fitted": not_applicable("no fan"),
    "error": broken("silent", "again"),
}


def new_job() -> Job:
    return Job(number=1, job_id="J1", state=JobState.RUNNING, started=Instant(0.0, boot_id="a"))


def attempted(job: Job, place: Place, outcome: Outcome, **answers: str) -> Job:
    before = len(record.attempts_at(job, place))
    test, connector = place
    one = Attempt(
        test=test,
        connector=connector,
        version=1,
        attempt=before + 1,
        started=Instant(0.0, boot_id="a"),
        duration_ms=10,
        outcome=outcome,
        answers=answers,
    )
    return replace(job, attempts=(*job.attempts, one))


class Commission:
    """A visit that does what the flow says; tests come out as `outcome_of` says."""

    def __init__(self, job: Job | None = None, site: Site = SITE) -> None:
        self.job = job or new_job()
        self.site = site
        self.visit = Visit()
        self.asked: list[str] = []
        self.ran: list[Place] = []
        self.done: list[Step] = []
        self.outcomes: dict[str, str] = {}
        self.default = "pass"
        self.closed: dict[str, str] = {}

    def gate(self, row: Row, _connector: ConnectorId | None, _job: Job) -> str:
        return self.closed.get(row.test, "")

    def next(self) -> Next:
        return next_of(self.job, self.site, self.visit, self.gate)

    def do_one(self) -> Next:
        now = Instant(1.0, boot_id="a")
        what = self.next()
        match what:
            case Begin(step=step):
                self.job = record.begun(self.job, step, now)
            case Ask(key=key):
                self.asked.append(key)
                self.job = record.answered(self.job, key, "answer")
                self.visit = replace(self.visit, asked=self.visit.asked | {key})
            case Run(places=places):
                self.run(places[0])
            case Do(step=step):
                self.done.append(step)
                self.end(End(step=step, verdict=Verdict.PASS, says="done"))
            case End():
                self.end(what)
            case Over():
                pass
        return what

    def run(self, place: Place) -> None:
        self.ran.append(place)
        self.job = attempted(self.job, place, OUTCOMES[self.outcomes.get(place[0], self.default)])
        self.visit = replace(self.visit, tried=self.visit.tried | {place})

    def end(self, end: End) -> None:
        self.job = record.ended(self.job, end.step, Instant(1.0, boot_id="a"), end.verdict, end.says)
        self.visit = replace(self.visit, ended=self.visit.ended | {end.step})

    def to_the_end(self) -> Over:
        for _ in range(2000):
            if isinstance(what := self.do_one(), Over):
                return what
        raise AssertionError("it never ends")

    def again(self, wish: Wish | None = None, *, boot: str = "b") -> None:
        """Another visit, after a power cut."""
        self.job = record.resumed(self.job, Instant(5.0, boot_id=boot))
        self.visit = Visit(wish=wish or Wish())
        self.asked, self.ran, self.done = [], [], []
