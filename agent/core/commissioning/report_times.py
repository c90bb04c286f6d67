"""Moments and durations of a report, as plain values: by which clock a time is known, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from agent.core.commissioning.first_time import visits_of
from agent.core.commissioning.model import Job
from agent.core.time import Instant


def told(at: Instant) -> dict[str, object]:
    """UTC (RFC 3339) where a trusted clock knew it, and what orders it within its boot in any case."""
    return {
        "utc": None if at.utc_ms is None else utc(at.utc_ms),
        "quality": "clock" if at.utc_ms is not None else "unknown",
        "boot": at.boot_id,
        "monotonic_ms": round(at.monotonic_s * 1000),
    }


def utc(ms: int) -> str:
    """RFC 3339 with milliseconds; "" for what no calendar has."""
    try:
        moment = datetime.fromtimestamp(ms / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def duration_ms(started: Instant, ended: Instant | None) -> int | None:
    """None where it has no end, or neither clock spans it."""
    return None if ended is None else ended.ms_since(started)


def times(job: Job, made: Instant, *, is_first_time_right: bool | None) -> Mapping[str, object]:
    """From the beginning of the job to the making of the report; pauses beside it, never inside."""
    whole = duration_ms(job.started, made)
    return {
        "started": told(job.started),
        "ended": told(made),
        "whole_ms": whole,
        "pauses_ms": job.pauses_ms,
        "worked_ms": None if whole is None else max(0, whole - job.pauses_ms),
        "tests_ms": sum(one.duration_ms for one in job.attempts),
        "runs": job.runs,
        "visits": visits_of(job),
        "first_time_right": is_first_time_right,
    }
