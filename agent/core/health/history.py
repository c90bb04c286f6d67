"""When the verdict of a port changed, and the first of its reasons: what goes on record, and how it is read. Pure.

The record is the journal of events, in which each change is one; nothing is computed anew from the events of the parts,
for most of what a verdict looks at is no event: a disk that fills, a certificate that ends, a clock that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.core.health.model import Judgement, Verdict
from agent.core.rate import Rate
from agent.core.settling import Settling
from agent.core.time import Instant
from agent.values import frozen

BELIEVED_AFTER_S = 75.0
"""From the start of the program on. Before, much is not known yet (health/common.py, GRACE_S), so only what is worse
than what was told last is believed."""
AT_ONCE = 12
ONE_MORE_AFTER_S = 600.0
"""So many changes of a port go on record at once, then one in that time: whatever flaps, a day of one
run has 156 at the most. Each run begins with all of them."""


@frozen(kw_only=True)
class Standing:
    """What is told of a port. `reason` is the key of the first one, "" where there is none."""

    verdict: Verdict
    reason: str = ""


@frozen(kw_only=True)
class Change:
    """One on record: at `at` the port was seen to stand so. `what` is the first reason in words.

    `unkept`: changes right before it that were too many to be kept. `stood_s`: how long the first reason had been there
    by then, without one how long every look had found it so; None where an older release kept the row.
    """

    port: int
    at: Instant
    standing: Standing
    what: str = ""
    unkept: int = 0
    stood_s: float | None = None


@frozen(kw_only=True)
class Away:
    """The program did not run, and nobody knows what the port was."""

    since: Instant
    until: Instant


@frozen(kw_only=True)
class Stretch:
    """How a port stood for a while. `until` None: it still does. `lasted_ms` None: no clock spans it.

    `since`: when its first reason began, as health tells it of a fault; where there is none, when a look first found it
    so; where that reason was there before the change and something else made it, when the change went on record.
    `away_ms`: so much of it the program did not run, as far as a clock tells.
    """

    change: Change
    since: Instant
    until: Instant | None
    lasted_ms: int | None
    away_ms: int


def standing_of(judgement: Judgement) -> Standing:
    first = judgement.defects[0].key if judgement.defects else ""
    return Standing(verdict=judgement.verdict, reason=first)


class Port:
    """Decides which changes of one port go on record. `told` is the newest there, None where there is none."""

    def __init__(self, told: Standing | None) -> None:
        self._told = self._stands = self._seen = told
        self._settling = Settling()
        self._seen_from_s = 0.0
        self._rate = Rate(AT_ONCE, ONE_MORE_AFTER_S).bucket()
        self._unkept = 0

    def looked(self, standing: Standing, runs_s: float) -> int | None:
        """Whether that goes on record now: how many before it were not kept; None: it does not.

        `runs_s`: seconds since the start of the program.
        """
        is_still, self._seen = standing == self._seen, standing
        if not is_still:
            self._seen_from_s = runs_s
        is_other = standing != self._stands and (runs_s >= BELIEVED_AFTER_S or self._is_worse(standing))
        if self._settling.is_over(runs_s, is_other=is_other, is_still=is_still):
            self._settling.told()
            self._stands = standing
            self._unkept += 1
        # Where it waited for the rate, what this look found has to be what settled: it is what goes on record.
        if self._stands == self._told or standing != self._stands or not self._rate.take(runs_s):
            return None
        unkept, self._unkept, self._told = self._unkept - 1, 0, self._stands
        return unkept

    def seen_for_s(self, runs_s: float) -> float:
        """How long every look has found it as the last one did."""
        return runs_s - self._seen_from_s

    def _is_worse(self, standing: Standing) -> bool:
        before = Verdict.OK if self._told is None else self._told.verdict
        return standing.verdict.rank > before.rank


def stretches(changes: Sequence[Change], away: Sequence[Away], now: Instant) -> Iterator[Stretch]:
    """How each port stood from change to change, the newest first. `changes`: oldest first."""
    following: dict[int, Instant] = {}
    for change, since in reversed(_dated(changes)):
        until = following.get(change.port)
        end = now if until is None else until
        lasted_ms = end.ms_since(since)
        away_ms = 0 if lasted_ms is None else sum(_within(one, since, lasted_ms) for one in away)
        yield Stretch(change=change, since=since, until=until, lasted_ms=lasted_ms, away_ms=away_ms)
        following[change.port] = since


def _dated(changes: Sequence[Change]) -> list[tuple[Change, Instant]]:
    """Each with when it began."""
    found: list[tuple[Change, Instant]] = []
    before: dict[int, Instant] = {}
    for change in changes:
        began = change.at if change.stood_s is None else change.at.plus(-change.stood_s)
        last = before.get(change.port)
        passed_ms = None if last is None else began.ms_since(last)
        before[change.port] = since = began if passed_ms is None or passed_ms > 0 else change.at
        found.append((change, since))
    return found


def _within(away: Away, began: Instant, lasted_ms: int) -> int:
    """Milliseconds of it that lie in the stretch."""
    since, until = away.since.ms_since(began), away.until.ms_since(began)
    return 0 if since is None or until is None else max(0, min(until, lasted_ms) - max(since, 0))
