"""Time zones by their name; the system's own table of them is read, so the core gets one as an argument."""

from __future__ import annotations

from datetime import UTC, tzinfo


def zone_of(name: str) -> tzinfo:
    """Raises KeyError, ValueError or OSError for what is none here."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)
