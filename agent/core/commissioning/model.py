"""What a self-test finds, and the job it belongs to. Values that store, report, figures and command line share.

Sources: self-test catalogue sections 1 and 3, operations reference sections 1 and 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum

from agent.core.identity import ConnectorId
from agent.core.time import Instant
from agent.values import frozen

Quantity = float | int | str | bool | None
ENTERED = "entered"
"""In the evidence of an outcome: the names of those of its values that a person read off an instrument and typed."""


class Verdict(Enum):
    """ERROR: the test itself broke, and says nothing about the charger. SKIP: not done, and why."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"
    ERROR = "error"


@frozen(kw_only=True)
class Measured:
    """One measured value beside what it was held against. `source` is where the limit comes from, clause and all."""

    name: str
    value: Quantity
    unit: str = ""
    low: float | None = None
    high: float | None = None
    source: str = ""


@frozen(kw_only=True)
class Outcome:
    """What one attempt of a test found.

    `says` is a sentence of what was seen, with its figures; `next` what the person on site does about it, "" where
    nothing is to be done. `cause` is the id of the fault catalogue that fits best, "" where nothing is wrong or nobody
    can tell. `is_not_applicable`: skipped because the charger has no such part, so it is missing from nothing.
    `evidence` holds what a plot or a later reader needs (lists of numbers, times in ms); JSON, below 64 KiB.
    """

    verdict: Verdict
    says: str
    next: str = ""
    cause: str = ""
    measured: tuple[Measured, ...] = ()
    evidence: Mapping[str, object] = field(default_factory=dict)
    is_not_applicable: bool = False


def passed(says: str, *measured: Measured, evidence: Mapping[str, object] | None = None) -> Outcome:
    return Outcome(verdict=Verdict.PASS, says=says, measured=measured, evidence=evidence or {})


def warned(says: str, next: str, *measured: Measured, cause: str = "") -> Outcome:
    return Outcome(verdict=Verdict.WARN, says=says, next=next, cause=cause, measured=measured)


def failed(
    says: str, next: str, *measured: Measured, cause: str, evidence: Mapping[str, object] | None = None
) -> Outcome:
    return Outcome(verdict=Verdict.FAIL, says=says, next=next, cause=cause, measured=measured, evidence=evidence or {})


def skipped(why: str, next: str = "") -> Outcome:
    """Not done, though it could have been: a person declined, or what it rests on is not there."""
    return Outcome(verdict=Verdict.SKIP, says=why, next=next)


def not_applicable(why: str) -> Outcome:
    """The charger has no such part."""
    return Outcome(verdict=Verdict.SKIP, says=why, is_not_applicable=True)


def broken(why: str, next: str) -> Outcome:
    """The test could not judge: a device fell silent in the middle of it, a person did not answer."""
    return Outcome(verdict=Verdict.ERROR, says=why, next=next)


@frozen(kw_only=True)
class Attempt:
    """One run of one test. `connector` None: of the whole charger. `version` counts the changes of the test itself.

    `by` is the role and name that asked for it, `remote` whether from afar. `answers` is what a person typed.
    """

    test: str
    connector: ConnectorId | None
    version: int
    attempt: int
    started: Instant
    duration_ms: int
    outcome: Outcome
    by: str = ""
    remote: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)


class JobState(Enum):
    """PAUSED: left, to be resumed. ABANDONED: another one was begun instead. INCOMPLETE: sealed with a must missing."""

    RUNNING = "running"
    PAUSED = "paused"
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    ABANDONED = "abandoned"


@frozen(kw_only=True)
class StepRecord:
    """One step of the flow (operations reference, section 1) as it stands. `key` is its word, see steps.py.

    `verdict` None: begun and not ended. `accepted_by`, `accepted_why`: who let it be skipped or failed, and why.
    """

    key: str
    started: Instant
    ended: Instant | None = None
    verdict: Verdict | None = None
    says: str = ""
    accepted_by: str = ""
    accepted_why: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)


@frozen(kw_only=True)
class Job:
    """One commissioning of the charger, over as many visits as it takes; resumed it stays one job.

    `answers` is what people typed beyond single tests: who they are, instruments and their calibration, the papers.
    `pauses_ms` sums the times in which nobody worked on it for more than 15 minutes. `config_hash` is the mark of the
    whole configuration, `installation` that of what safety rests on in it: tests made at another one do not count.
    """

    number: int
    job_id: str
    state: JobState
    started: Instant
    ended: Instant | None = None
    by: str = ""
    software: str = ""
    config_hash: str = ""
    installation: str = ""
    runs: int = 1
    pauses_ms: int = 0
    answers: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[StepRecord, ...] = ()
    attempts: tuple[Attempt, ...] = ()
