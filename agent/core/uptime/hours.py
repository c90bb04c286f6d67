"""Hours of operation as OpenStreetMap writes them, in its simplest form: "Mo-Fr 07:00-22:00", "Sa,Su 09:00-18:00"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from agent.core.uptime.intervals import Stretch, Stretches, united, without
from agent.values import frozen

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
RULE = re.compile(r"(?P<days>[A-Z][a-z](?:[-,][A-Z][a-z])*) (?P<from>\d\d:\d\d)-(?P<to>\d\d:\d\d)")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@frozen(kw_only=True)
class Opening:
    """On these days of the week (0 is Monday), in minutes of the day; an end before the begin is the next day's."""

    days: frozenset[int]
    from_min: int
    to_min: int


def parsed(text: str) -> Opening:
    """Raises ValueError with what would be right."""
    match = RULE.fullmatch(text.strip())
    days = None if match is None else _days(match["days"])
    if match is None or days is None:
        raise ValueError(f'"{text}" are no hours; write days and times, as in "Mo-Fr 07:00-22:00" or "Su 00:00-24:00"')
    from_min, to_min = _minute(match["from"]), _minute(match["to"])
    if from_min is None or to_min is None or from_min in (to_min, 24 * 60):
        raise ValueError(f'"{text}": times go from 00:00 to 24:00, and an end is not its begin; all day is 00:00-24:00')
    return Opening(days=days, from_min=from_min, to_min=to_min)


def closed(hours: Iterable[str], time_zone: str, within: Stretch) -> Stretches:
    """When nobody is served by intent; nothing where no hours are written. Raises ValueError, ZoneInfoNotFoundError."""
    openings = [parsed(one) for one in hours]
    if not openings or within[0] >= within[1]:
        return ()
    zone = ZoneInfo(time_zone)
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


def _days(text: str) -> frozenset[int] | None:
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            return None
        low, high = DAYS.index(first), DAYS.index(last or first)
        found |= {n % 7 for n in range(low, high + 1 if high >= low else high + 8)}
    return frozenset(found)


def _minute(text: str) -> int | None:
    hour, minute = int(text[:2]), int(text[3:])
    total = 60 * hour + minute
    return total if minute < 60 and total <= 24 * 60 else None
