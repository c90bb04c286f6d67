"""The bench's clock: one place that asks what time it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def utc_now(offset_s: float = 0.0) -> datetime:
    """The present moment in UTC, moved by `offset_s` for a central system whose clock is wrong."""
    return datetime.now(UTC) + timedelta(seconds=offset_s)


def wire_time(moment: datetime) -> str:
    """RFC 3339 with milliseconds and `Z`, the form every charger must read."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
