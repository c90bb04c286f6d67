"""Hours of operation as OpenStreetMap writes them, in its simplest form: "Mo-Fr 07:00-22:00", "Sa,Su 09:00-18:00"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo

from agent.core.uptime.intervals import Stretch, Stretches, united, without
from agent.values import frozen

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAY, _TIME = f"(?:{'|'.join(DAYS)})", r"(?:[01]\d:[0-5]\d|2[0-3]:[0-5]\d)"
PATTERN = f"(?P<days>{_DAY}(?:-{_DAY})?(?:,{_DAY}(?:-{_DAY})?)*) (?P<from>{_TIME})-(?P<to>{_TIME}|24:00)"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@frozen(kw_only=True)
class Opening:
    """On these days of the week (0 is Monday), in minutes of the day; an end before the begin is the next day's."""

    days: frozenset[int]
    from_min: int
    to_min: int


def parsed(text: str) -> Opening:
    """Raises ValueError with what would be right."""
    match = re.fullmatch(PATTERN, text.strip())
    if match is None:
        raise ValueError(f'"{text}" are no hours; write days and times, as in "Mo-Fr 07:00-22:00" or "Su 00:00-24:00"')
    return Opening(days=_days(match["days"]), from_min=_minute(match["from"]), to_min=_minute(match["to"]))


def closed(hours: Iterable[str], zone: tzinfo, within: Stretch) -> Stretches:
    """When nobody is served by intent; nothing where no hours are written. Raises ValueError."""
    openings = [parsed(one) for one in hours]
    if not openings or within[0] >= within[1]:
        return ()
    first = datetime.fromtimestamp(within[0] / 1000, zone).date() - timedelta(days=1)
    last = datetime.fromtimestamp(within[1] / 1000, zone).date()
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    opened = united(stretch for day in days for stretch in _of_day(day, openings, zone))
    return without((within,), opened)


def _of_day(day: date, openings: Iterable[Opening], zone: tzinfo) -> Iterable[Stretch]:
    for one in openings:
        if day.weekday() in one.days:
            next_day = 0 if one.to_min > one.from_min else 24 * 60
            yield _ms(day, one.from_min, zone), _ms(day, one.to_min + next_day, zone)


def _ms(day: date, minute: int, zone: tzinfo) -> int:
    """By the clock on the wall of the place, also on the days on which it is set."""
    of_day = day + timedelta(days=minute // (24 * 60))
    minute %= 24 * 60
    at = datetime(of_day.year, of_day.month, of_day.day, minute // 60, minute % 60, tzinfo=zone)
    return round((at - EPOCH).total_seconds() * 1000)


def _days(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        low, high = DAYS.index(first), DAYS.index(last or first)
        found |= {n % 7 for n in range(low, high + 1 if high >= low else high + 8)}
    return frozenset(found)


def _minute(text: str) -> int:
    return 60 * int(text[:2]) + int(text[3:])
