"""Attempts at tests as rows: what they found is JSON, written once and never changed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from agent.core.commissioning.model import Attempt, Measured, Outcome, Verdict
from agent.core.identity import ConnectorId
from agent.errors import StoreError
from agent.store import moments

OUTCOME_MOST_BYTES = 128 * 1024
"""Evidence below 64 KiB, and words; more is a check's mistake, and is left out with a note."""


def insert_attempt(connection: sqlite3.Connection, job: int | None, one: Attempt) -> None:
    connection.execute(
        """
        INSERT INTO commissioning_attempts (job, test, connector, version, attempt, started_s, started_utc_ms,
            started_boot, duration_ms, verdict, outcome, by_whom, is_remote, answers)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            *(job, one.test, one.connector, one.version, one.attempt),
            *moments.columns(connection, one.started),
            *(one.duration_ms, one.outcome.verdict.value, outcome_text(one.outcome)),
            *(one.by, int(one.remote), as_json(one.answers)),
        ),
    )


def attempt_of(connection: sqlite3.Connection, row: sqlite3.Row) -> Attempt:
    return Attempt(
        test=row["test"],
        connector=None if row["connector"] is None else ConnectorId(row["connector"]),
        version=row["version"],
        attempt=row["attempt"],
        started=moments.instant(connection, row, "started"),
        duration_ms=row["duration_ms"],
        outcome=_outcome(Verdict(row["verdict"]), json.loads(row["outcome"])),
        by=row["by_whom"],
        remote=bool(row["is_remote"]),
        answers=json.loads(row["answers"]),
    )


def outcome_text(outcome: Outcome) -> str:
    """Raises StoreError for evidence that is no JSON."""
    content = asdict(outcome) | {"measured": [asdict(one) for one in outcome.measured]}
    del content["verdict"]
    text = as_json(content)
    if len(text) > OUTCOME_MOST_BYTES:
        text = as_json(content | {"evidence": {"left_out": f"{len(text)} characters are more than is kept"}})
    return text


def as_json(content: Mapping[str, Any]) -> str:
    try:
        return json.dumps(dict(content), ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise StoreError(f"this is nothing that can be kept: {error}") from error


def _outcome(verdict: Verdict, content: Mapping[str, Any]) -> Outcome:
    measured = tuple(Measured(**one) for one in content["measured"])
    return Outcome(**{**content, "verdict": verdict, "measured": measured})
