"""Instants as a reply tells them: by the wall clock where that is known, and as an age where the two clocks meet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from agent.core.time import LONG_AGO, Instant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def age_s(at: Instant, now: Instant) -> float | None:
    """Seconds from `at` to `now`; None where `at` is of another boot and one of the wall clocks is not trusted."""
    if at.boot_id == now.boot_id:
        return round(now.since(at), 1)
    if at.utc_ms is None or now.utc_ms is None:
        return None
    return round((now.utc_ms - at.utc_ms) / 1000, 1)


def utc_text(at: Instant, now: Instant) -> str | None:
    """RFC 3339 with milliseconds; a moment of this boot is placed by `now` where it was not stamped itself."""
    utc_ms = at.utc_ms
    if utc_ms is None and at.boot_id == now.boot_id and now.utc_ms is not None:
        utc_ms = now.utc_ms - round(now.since(at) * 1000)
    if utc_ms is None:
        return None
    return (EPOCH + timedelta(milliseconds=utc_ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def told(at: Instant | None, now: Instant) -> dict[str, Any] | None:
    """{"utc": …, "age_s": …}, either of which may be unknown; None for a moment that never was."""
    if at is None or at is LONG_AGO:
        return None
    return {"utc": utc_text(at, now), "age_s": age_s(at, now)}
