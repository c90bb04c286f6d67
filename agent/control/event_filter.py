"""Which events somebody wants to see: of which time, connector, name, severity and code. Pure."""

from __future__ import annotations

import fnmatch
from datetime import datetime, timedelta

from agent.bus import News
from agent.control.durations import seconds_of
from agent.control.moments import EPOCH, age_s, utc_text
from agent.control.wire import Argument
from agent.core.faults.model import Severity
from agent.core.identity import ConnectorId
from agent.core.time import Instant
from agent.errors import BadRequest
from agent.values import frozen

CODES = ("id", "code", "cause", "class", "key", "reason")
"""Fields that say what an event is about."""


@frozen
class Edge:
    """A moment: so long ago, or at a time of the wall clock in UTC milliseconds."""

    ago_s: float | None = None
    utc_ms: int | None = None

    def is_before(self, at: Instant, now: Instant) -> bool | None:
        """Whether it lies before `at`, or at it; None where nobody knows when that was."""
        if self.ago_s is not None:
            age = age_s(at, now)
            return None if age is None else age <= self.ago_s
        utc = utc_text(at, now)
        if utc is None or self.utc_ms is None:
            return None
        return _utc_ms(datetime.fromisoformat(utc.replace("Z", "+00:00"))) >= self.utc_ms


def edge(name: str, value: Argument | None) -> Edge | None:
    """Of "90m", "2h", "3d" ago, or a time with its offset. Raises BadRequest."""
    if value is None:
        return None
    text = str(value)
    ago_s = seconds_of(text) if not text.isdecimal() else None
    if ago_s is not None:
        return Edge(ago_s=ago_s)
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        wanted = "write 90m, 2h or 3d ago, or 2026-12-01T18:00Z"
        raise BadRequest(f'{name}: "{text[:40]}" is no time; {wanted}') from error
    if at.tzinfo is None:
        raise BadRequest(f"{name}: of {text[:40]} nobody knows in which zone; write it with Z or +01:00 behind it")
    return Edge(utc_ms=_utc_ms(at))


def _utc_ms(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)


@frozen(kw_only=True)
class EventFilter:
    """What is empty lets everything through. `severity`: a word of `Severity`; `code` may hold * and ?."""

    connector: ConnectorId | None = None
    about: str = ""
    severity: str = ""
    code: str = ""
    since: Edge | None = None
    until: Edge | None = None

    @property
    def is_open(self) -> bool:
        """Whether it lets everything through."""
        return self == EventFilter()

    def fits(self, one: News) -> bool:
        """Of all but the time."""
        fields = dict(one.fields)
        return (
            (not self.about or one.name == self.about or one.name.startswith(f"{self.about}."))
            and (self.connector is None or one.connector in (self.connector, None))
            and (not self.severity or fields.get("severity") == Severity[self.severity.upper()].value)
            and (not self.code or any(_matches(str(fields[name]), self.code) for name in CODES if fields.get(name)))
        )

    def in_time(self, one: News, now: Instant) -> bool | None:
        """None where nobody knows when it was: a boot before the time was known, that is over."""
        after = True if self.since is None else self.since.is_before(one.at, now)
        past = False if self.until is None else self.until.is_before(one.at, now)
        return None if after is None or past is None else after and not past


def _matches(text: str, code: str) -> bool:
    """A pattern, or what it begins with."""
    return fnmatch.fnmatchcase(text, code) if any(letter in code for letter in "*?[") else text.startswith(code)
