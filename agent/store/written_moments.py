"""Moments of commissionings and of the hand-over as they were read then, for figures that place them by themselves.

What is read for people is placed by the boots after it, at the latest moment that it can have been (moments.py). A
figure must not take that for the moment, and two moments of one boot lie exactly as far apart as its own clock says.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace

from agent.core.commissioning.model import Job
from agent.core.time import Instant
from agent.store import moments
from agent.store.writer import Writer


async def jobs_as_written(writer: Writer, jobs: tuple[Job, ...]) -> tuple[Job, ...]:
    """The same jobs. Raises StoreError."""
    return await writer.read(lambda connection: tuple(_job(connection, job) for job in jobs))


async def ticks_as_written(writer: Writer) -> Mapping[str, Instant]:
    """By item of the hand-over list. Raises StoreError."""

    def work(connection: sqlite3.Connection) -> Mapping[str, Instant]:
        rows = connection.execute("SELECT * FROM handover_ticks").fetchall()
        return {row["item"]: moments.as_written(connection, row, "ticked") for row in rows}

    return await writer.read(work)


def _job(connection: sqlite3.Connection, job: Job) -> Job:
    given = (job.number,)
    row = connection.execute("SELECT * FROM commissioning_jobs WHERE number = ?", given).fetchone()
    steps = connection.execute("SELECT * FROM commissioning_steps WHERE job = ? ORDER BY place", given).fetchall()
    attempts = connection.execute("SELECT * FROM commissioning_attempts WHERE job = ? ORDER BY id", given).fetchall()
    if row is None:
        return job
    return replace(
        job,
        started=moments.as_written(connection, row, "started"),
        ended=_end(connection, row),
        # One that was added since the jobs were read is left for the next time.
        steps=tuple(
            replace(step, started=moments.as_written(connection, one, "started"), ended=_end(connection, one))
            for step, one in zip(job.steps, steps, strict=False)
        ),
        attempts=tuple(
            replace(attempt, started=moments.as_written(connection, one, "started"))
            for attempt, one in zip(job.attempts, attempts, strict=False)
        ),
    )


def _end(connection: sqlite3.Connection, row: sqlite3.Row) -> Instant | None:
    return None if row["ended_s"] is None else moments.as_written(connection, row, "ended")
