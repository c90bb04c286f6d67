"""What the figures are computed from: the raw records of one charger, as it keeps and exports them.

Anybody who has these records gets the charger's own figures out of them; nothing else goes in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import Enum

from agent.core.commissioning.first_time import failures, worked
from agent.core.commissioning.model import Job, JobState
from agent.core.metrics.timeline import Timeline
from agent.core.time import Instant
from agent.core.uptime.merging import merged_attempts, merged_service
from agent.core.uptime.model import ServiceRecords
from agent.core.visits.model import Attempt
from agent.values import frozen

Scalar = str | int | float | bool | None
SECONDS_A_DAY = 86_400
WATCHED_S = 30 * SECONDS_A_DAY
PLANNING_MINUTES, MOUNTING_MINUTES = "installation.planning_minutes", "installation.mounting_minutes"
"""Answers of a commissioning that a person may type: minutes spent before it began."""


class Gate(Enum):
    """What a milestone says was reached. The first of each kind counts."""

    UNIT = "unit.named"
    """The storage got its number, by which two chargers with one serial number are told apart."""
    POWERED = "site.powered"
    """The first start of the agent with a storage that has no milestones, on no bench (docs/metrics.md)."""
    BEGAN = "records.began"
    """Recording began later than the charger did: an older release ran before, or the storage was replaced."""
    BENCH = "bench.left"
    """A factory reset before any commissioning: what was before is the factory's, the site begins with another boot."""
    NETWORK = "network.reached"
    """Somebody answered beyond the charger's own plug: the central system's address, if only to refuse."""
    TLS = "tls.secured"
    ACCEPTED = "boot.accepted"
    AVAILABLE = "connector.available"
    PAID = "energy.first_paid"
    """Energy began to flow in the first charge that was no test and brought some."""
    FAULT = "fault.followed"
    """A fault that ends or bars charging, within a month of a commissioning."""
    CONFIGURED = "config.noted"
    """What was in force when recording began; a later change is told from it."""
    CONFIG = "config.changed"
    TICKED = "handover.ticked"
    HANDED = "handover.completed"
    CLOCK = "clock.anchored"
    """Tells where a boot lies in time, after its clock was found or set."""


@frozen(kw_only=True)
class Milestone:
    """One gate, when it was first passed. `at` is as it was read then, without what became known later."""

    gate: Gate
    at: Instant
    connector: int | None = None
    fields: tuple[tuple[str, Scalar], ...] = ()

    def field(self, name: str) -> Scalar:
        return dict(self.fields).get(name)


@frozen(kw_only=True)
class JobRecord:
    """One commissioning, over all its runs. `failures` are must-steps that failed at least once, tests and steps.

    `work` are the moments at which something was done, from which visits are counted. `pauses_s` sums the pauses of
    more than 15 minutes. `planning_min`, `mounting_min` are minutes that a person typed in; None: nobody did.
    """

    job_id: str
    number: int
    state: JobState
    started: Instant
    ended: Instant | None = None
    runs: int = 1
    pauses_s: float = 0.0
    failures: tuple[str, ...] = ()
    work: tuple[Instant, ...] = ()
    planning_min: float | None = None
    mounting_min: float | None = None


@frozen(kw_only=True)
class ChargerRecords:
    """All of one charger at the moment `exported`. `unit` is its storage's number, "" where nothing is kept yet."""

    unit: str
    serial: str
    exported: Instant
    board: str = ""
    software: str = ""
    order: str = ""
    connectors: tuple[int, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    jobs: tuple[JobRecord, ...] = ()
    service: ServiceRecords | None = None
    attempts: tuple[Attempt, ...] = ()

    def moments(self) -> Iterable[Instant]:
        """Every one there is."""
        yield self.exported
        for one in self.milestones:
            yield one.at
        for job in self.jobs:
            yield from (job.started, *(() if job.ended is None else (job.ended,)), *job.work)


def record_of(job: Job) -> JobRecord:
    """What of a commissioning goes into the figures: no name, no answer of a person but two numbers of minutes."""
    return JobRecord(
        job_id=job.job_id,
        number=job.number,
        state=job.state,
        started=job.started,
        ended=job.ended,
        runs=job.runs,
        pauses_s=job.pauses_ms / 1000,
        failures=failures(job),
        work=tuple(sorted(worked(job), key=_place)),
        planning_min=_minutes(job.answers.get(PLANNING_MINUTES)),
        mounting_min=_minutes(job.answers.get(MOUNTING_MINUTES)),
    )


def handover_of(ticks: Mapping[str, Instant], items: Collection[str]) -> tuple[Milestone, ...]:
    """The hand-over list as milestones: each tick, and the last one of them once none of `items` is missing."""
    found = [Milestone(gate=Gate.TICKED, at=at, fields=(("item", item),)) for item, at in ticks.items()]
    if items and set(items) <= set(ticks):
        time = Timeline(ticks.values())
        last = max((ticks[item] for item in items), key=lambda at: (time.utc_ms(at) or 0, at.boot_id, at.monotonic_s))
        found.append(Milestone(gate=Gate.HANDED, at=last))
    return tuple(found)


def _place(at: Instant) -> tuple[str, float, int]:
    return at.boot_id, at.monotonic_s, at.utc_ms or 0


def _minutes(typed: str | None) -> float | None:
    """None where nobody typed it, or nothing that is a number of minutes."""
    try:
        minutes = float((typed or "").replace(",", "."))
    except ValueError:
        return None
    return minutes if 0 <= minutes < 1_000_000 else None


def merged(one: ChargerRecords, other: ChargerRecords) -> ChargerRecords:
    """The records of two exports of one charger, each record once; of a commissioning the later state."""
    latest = max(one, other, key=_age)
    jobs: dict[str, JobRecord] = {}
    for job in (*one.jobs, *other.jobs):
        before = jobs.get(job.job_id)
        jobs[job.job_id] = job if before is None else max(before, job, key=_progress)
    return ChargerRecords(
        unit=latest.unit,
        serial=latest.serial,
        exported=latest.exported,
        board=latest.board,
        software=latest.software,
        order=latest.order,
        connectors=latest.connectors,
        milestones=tuple(dict.fromkeys((*one.milestones, *other.milestones))),
        jobs=tuple(jobs.values()),
        service=merged_service(one.service, other.service),
        attempts=merged_attempts(one.attempts, other.attempts),
    )


def _age(records: ChargerRecords) -> tuple[int, int, float, str]:
    return (
        len(records.milestones) + len(records.jobs),
        records.exported.utc_ms or 0,
        records.exported.monotonic_s,
        repr(records),
    )


def _progress(job: JobRecord) -> tuple[bool, int, int, str]:
    return job.ended is not None, job.runs, len(job.work), repr(job)
