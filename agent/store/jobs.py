"""Commissioning jobs and every attempt at a test, on disk before the next one begins, and never overwritten.

They belong to the charger and to whoever vouches for it, so a factory reset keeps them (reset.py). What it ends is the
charger's being in service: somebody who resets it may be about to hang it up elsewhere.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.core.commissioning.model import Attempt, Job, JobState, StepRecord, Verdict
from agent.core.commissioning.service import says_something
from agent.core.commissioning.steps import LEFT_BLANK
from agent.core.identity import ConnectorId
from agent.core.time import Instant
from agent.errors import StoreError
from agent.store import moments
from agent.store.attempt_codec import as_json, attempt_of, insert_attempt
from agent.store.writer import Writer
from agent.values import frozen

SINGLE_ATTEMPTS_KEPT = 2_000
"""Of tests that somebody ran by themselves, on a charger in service."""
OPEN_STATES = (JobState.RUNNING, JobState.PAUSED)
_LAST_WORDS = "FROM commissioning_attempts WHERE verdict IN ('pass', 'warn', 'fail') GROUP BY test, connector"
"""The newest row of each test, at each connector, that `says_something`."""


@frozen(kw_only=True)
class ServiceRecord:
    """The charger is in service: by which job, since when, and what the installation was made of then, part by part."""

    job: int
    since: Instant
    marks: Mapping[str, str]


class Jobs:
    """Whether the charger is in service is in memory; all else is read when it is asked for. Raises StoreError."""

    def __init__(self, writer: Writer, *, single_attempts_kept: int = SINGLE_ATTEMPTS_KEPT) -> None:
        """Reads the record of service; nothing may be written through `writer` before."""
        self._writer = writer
        self._kept = single_attempts_kept
        self.service: ServiceRecord | None = _service(writer.connection)
        """As it is on disk; whether it still holds is for the core (commissioning/service.py)."""
        self.verdicts: dict[tuple[str, ConnectorId | None], Verdict] = _verdicts(writer.connection)
        """What each test came to last, of those that said anything; kept over every job."""
        self.label = _label(writer.connection)
        """The serial number that an installer read off the charger, in the newest job that has one; "" for none."""

    async def latest(self) -> Job | None:
        """The newest job, with everything on record."""
        found = await self._jobs("ORDER BY number DESC LIMIT 1", ())
        return found[0] if found else None

    async def numbered(self, number: int) -> Job | None:
        found = await self._jobs("WHERE number = ?", (number,))
        return found[0] if found else None

    async def all(self) -> tuple[Job, ...]:
        """Oldest first."""
        return await self._jobs("ORDER BY number", ())

    async def begin(self, job: Job) -> Job:
        """A new job under the next number; one that had no end is abandoned. Durable when it returns."""

        def work(connection: sqlite3.Connection) -> int:
            marks = ", ".join("?" * len(OPEN_STATES))
            connection.execute(
                f"UPDATE commissioning_jobs SET state = ? WHERE state IN ({marks})",  # noqa: S608 marks only
                (JobState.ABANDONED.value, *(state.value for state in OPEN_STATES)),
            )
            return _insert(connection, job)

        return replace(job, number=await self._writer.write(work, lambda _: self._read_off(job)))

    async def keep(self, job: Job) -> None:
        """State, steps and answers as they are now; durable when it returns. Its attempts are kept one by one."""

        await self._writer.write(lambda connection: _keep(connection, job), lambda _: self._read_off(job))

    def _read_off(self, job: Job) -> None:
        self.label = _read_label(job.answers) or self.label

    async def keep_attempt(self, attempt: Attempt, job: int | None) -> None:
        """One more; durable when it returns. `job` None: a test that somebody ran by itself."""

        def work(connection: sqlite3.Connection) -> None:
            insert_attempt(connection, job, attempt)
            if job is None:
                _forget_old(connection, self._kept)

        await self._writer.write(work, lambda _: self._note(attempt))

    def _note(self, attempt: Attempt) -> None:
        if says_something(attempt):
            self.verdicts[attempt.test, attempt.connector] = attempt.outcome.verdict

    async def attempts_since(self, job: int) -> tuple[Attempt, ...]:
        """Those of no job behind the last one of that job, oldest first."""

        def work(connection: sqlite3.Connection) -> tuple[Attempt, ...]:
            last = "(SELECT COALESCE(MAX(id), 0) FROM commissioning_attempts WHERE job = ?)"
            return _attempts(connection, f"job IS NULL AND id > {last}", (job,))

        return await self._writer.read(work)

    async def single_attempts(self) -> tuple[Attempt, ...]:
        """Those of no job, oldest first."""

        def work(connection: sqlite3.Connection) -> tuple[Attempt, ...]:
            return _attempts(connection, "job IS NULL", ())

        return await self._writer.read(work)

    async def put_in_service(self, record: ServiceRecord, job: Job) -> None:
        """In place of an earlier record, with the job that vouches for it as it is now; durable when it returns.

        In one write: no power cut leaves a complete job without its record, or a record whose job goes on.
        """

        def work(connection: sqlite3.Connection) -> None:
            _keep(connection, job)
            connection.execute(
                "INSERT OR REPLACE INTO in_service (one, job, since_s, since_utc_ms, since_boot, marks) "
                "VALUES (1, ?, ?, ?, ?, ?)",
                (record.job, *moments.columns(connection, record.since), as_json(record.marks)),
            )

        await self._writer.write(work, lambda _: self._took(record))

    def _took(self, record: ServiceRecord) -> None:
        self.service = record

    async def _jobs(self, which: str, given: Sequence[int]) -> tuple[Job, ...]:
        def work(connection: sqlite3.Connection) -> tuple[Job, ...]:
            rows = connection.execute(f"SELECT * FROM commissioning_jobs {which}", given).fetchall()  # noqa: S608 ours
            return tuple(_job(connection, row) for row in rows)

        return await self._writer.read(work)


def _insert(connection: sqlite3.Connection, job: Job) -> int:
    made = connection.execute(
        """
        INSERT INTO commissioning_jobs (job_id, state, started_s, started_utc_ms, started_boot, by_whom, software,
            config_hash, installation, runs, pauses_ms, answers)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            *(job.job_id, job.state.value),
            *moments.columns(connection, job.started),
            *(job.by, job.software, job.config_hash, job.installation),
            *(job.runs, job.pauses_ms, as_json(job.answers)),
        ),
    )
    assert made.lastrowid is not None
    return made.lastrowid


LABEL = "label.serial"


def _read_label(answers: Mapping[str, str]) -> str:
    told = answers.get(LABEL, "").strip()
    return "" if told == LEFT_BLANK else told


def _label(connection: sqlite3.Connection) -> str:
    rows = connection.execute("SELECT answers FROM commissioning_jobs ORDER BY number DESC")
    return next((label for row in rows if (label := _read_label(json.loads(row["answers"])))), "")


def _keep(connection: sqlite3.Connection, job: Job) -> None:
    _update(connection, job)
    connection.execute("DELETE FROM commissioning_steps WHERE job = ?", (job.number,))
    for place, step in enumerate(job.steps):
        _insert_step(connection, job.number, place, step)


def _update(connection: sqlite3.Connection, job: Job) -> None:
    changed = connection.execute(
        """
        UPDATE commissioning_jobs SET state = ?, ended_s = ?, ended_utc_ms = ?, ended_boot = ?, by_whom = ?,
            software = ?, config_hash = ?, installation = ?, runs = ?, pauses_ms = ?, answers = ?
        WHERE number = ?
        """,
        (
            job.state.value,
            *_ended(connection, job.ended),
            *(job.by, job.software, job.config_hash, job.installation),
            *(job.runs, job.pauses_ms, as_json(job.answers), job.number),
        ),
    )
    if not changed.rowcount:
        raise StoreError(f"there is no commissioning number {job.number}")


def _insert_step(connection: sqlite3.Connection, job: int, place: int, step: StepRecord) -> None:
    connection.execute(
        """
        INSERT INTO commissioning_steps (job, place, key, started_s, started_utc_ms, started_boot, ended_s,
            ended_utc_ms, ended_boot, verdict, says, accepted_by, accepted_why, answers)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            *(job, place, step.key),
            *moments.columns(connection, step.started),
            *_ended(connection, step.ended),
            *(None if step.verdict is None else step.verdict.value, step.says),
            *(step.accepted_by, step.accepted_why, as_json(step.answers)),
        ),
    )


def _ended(connection: sqlite3.Connection, at: Instant | None) -> tuple[float | None, int | None, int | None]:
    return (None, None, None) if at is None else moments.columns(connection, at)


def _end_of(connection: sqlite3.Connection, row: sqlite3.Row) -> Instant | None:
    return None if row["ended_s"] is None else moments.instant(connection, row, "ended")


def _job(connection: sqlite3.Connection, row: sqlite3.Row) -> Job:
    number = row["number"]
    steps = connection.execute("SELECT * FROM commissioning_steps WHERE job = ? ORDER BY place", (number,)).fetchall()
    return Job(
        number=number,
        job_id=row["job_id"],
        state=JobState(row["state"]),
        started=moments.instant(connection, row, "started"),
        ended=_end_of(connection, row),
        by=row["by_whom"],
        software=row["software"],
        config_hash=row["config_hash"],
        installation=row["installation"],
        runs=row["runs"],
        pauses_ms=row["pauses_ms"],
        answers=json.loads(row["answers"]),
        steps=tuple(_step(connection, step) for step in steps),
        attempts=_attempts(connection, "job = ?", (number,)),
    )


def _step(connection: sqlite3.Connection, row: sqlite3.Row) -> StepRecord:
    return StepRecord(
        key=row["key"],
        started=moments.instant(connection, row, "started"),
        ended=_end_of(connection, row),
        verdict=None if row["verdict"] is None else Verdict(row["verdict"]),
        says=row["says"],
        accepted_by=row["accepted_by"],
        accepted_why=row["accepted_why"],
        answers=json.loads(row["answers"]),
    )


def _attempts(connection: sqlite3.Connection, which: str, given: Sequence[int]) -> tuple[Attempt, ...]:
    query = f"SELECT * FROM commissioning_attempts WHERE {which} ORDER BY id"  # noqa: S608 the condition is ours
    return tuple(attempt_of(connection, row) for row in connection.execute(query, given).fetchall())


def _forget_old(connection: sqlite3.Connection, kept: int) -> None:
    """Never what a test said last: a failure may lock an output, and many looks from afar do not end that."""
    connection.execute(
        f"""
        DELETE FROM commissioning_attempts WHERE job IS NULL
            AND id <= (SELECT id FROM commissioning_attempts WHERE job IS NULL ORDER BY id DESC LIMIT 1 OFFSET ?)
            AND id NOT IN (SELECT MAX(id) {_LAST_WORDS})
        """,  # noqa: S608 ours
        (kept,),
    )


def _verdicts(connection: sqlite3.Connection) -> dict[tuple[str, ConnectorId | None], Verdict]:
    rows = connection.execute(f"SELECT test, connector, verdict, MAX(id) {_LAST_WORDS}")
    return {
        (row["test"], None if row["connector"] is None else ConnectorId(row["connector"])): Verdict(row["verdict"])
        for row in rows.fetchall()
    }


def _service(connection: sqlite3.Connection) -> ServiceRecord | None:
    row = connection.execute("SELECT * FROM in_service").fetchone()
    if row is None:
        return None
    since = moments.instant(connection, row, "since")
    return ServiceRecord(job=row["job"], since=since, marks=json.loads(row["marks"]))
