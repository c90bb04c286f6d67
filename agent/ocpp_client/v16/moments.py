"""Times as OCPP 1.6 writes and reads them (RFC 3339), and the place of a moment the clock was not trusted at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from agent.core.time import Instant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
SET_FROM_MS = 2000
"""A clock that is this far off what it was was set; less is the pace of two clocks."""
EARLIEST_MS = 1_767_225_600_000
"""2026-01-01: nothing this program records can be older."""


def time_text(utc_ms: int) -> str:
    """UTC with `Z` and milliseconds, which every central system we know reads."""
    return (EPOCH + utc_ms * MILLISECOND).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def read_time(text: object) -> int | None:
    """UTC milliseconds of a time with any offset and any fraction; without an offset it is taken for UTC.

    None for what is no time.
    """
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.strip().upper())
        zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return (zoned - EPOCH) // MILLISECOND
    except (ValueError, OverflowError):
        return None


def placed_ms(at: Instant, now: Instant) -> int | None:
    """The UTC milliseconds of `at`, also where the clock was not trusted then (ocpp16.md section 2, rule 8).

    A moment of this boot is counted back from now. One of an earlier boot is only known to lie before this one: that is
    what is told. None while the clock still is not trusted.
    """
    if at.utc_ms is not None:
        return at.utc_ms
    if now.utc_ms is None:
        return None
    ago_s = now.since(at) if at.boot_id == now.boot_id else now.monotonic_s
    return now.utc_ms - round(ago_s * 1000)


def in_transaction_ms(at_ms: int, at: Instant, started_at: Instant | None, now: Instant) -> int:
    """The time of what happened `at` in a transaction, which is `at_ms` by the wall clock.

    A transaction lasts as long as the monotonic clock says: where the wall clock was set meanwhile, all is told by
    the clock that it began with. Nothing of it is told to lie before its start.
    """
    if started_at is None:
        return at_ms
    started_ms = certain_ms(started_at, now)
    if at.boot_id != started_at.boot_id:
        return max(at_ms, started_ms)
    by_length_ms = started_ms + round(at.since(started_at) * 1000)
    return max(started_ms, at_ms if abs(at_ms - by_length_ms) <= SET_FROM_MS else by_length_ms)


def certain_ms(at: Instant, now: Instant) -> int:
    """As `placed_ms`, for messages that must have a time.

    Without any clock, which only a central system that does not know the time itself can bring about, times count from
    the first day of this program: in the right order, and never 1970.
    """
    placed = placed_ms(at, now)
    return EARLIEST_MS + round(at.monotonic_s * 1000) if placed is None else placed
