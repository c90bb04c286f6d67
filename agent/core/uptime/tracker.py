"""From what a port is now to begins and ends of outages: one state machine a port. Pure.

Outages of a port never overlap: one with another cause begins where the one before ends. While the program does not run
nobody sees a port. Where nothing was open, that is an outage from the last sign of life on, until the port serves
again. What was open stays so until it is seen what the port is now: what is still wrong was wrong in between, too, and
is one outage over the restart; else it ended with the last sign of life of the run that saw it last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agent.core.time import Instant
from agent.core.uptime.causes import GAP_KEYS
from agent.core.uptime.model import PRIORITY, Cause, CauseClass, Outage
from agent.values import frozen

MAY_BE_EXCLUDED = frozenset({CauseClass.MAINTENANCE, CauseClass.VANDALISM, CauseClass.VEHICLE, CauseClass.GRID})
"""By a rule, a window or a person. Of every other class an outage goes on over a time without the program, and hides
nothing that counts; of these only where the gap's class does not come first."""
SHOWS_WITHIN_S = 10.0
"""Some faults show only seconds after a start. One that lasted before and is seen by then was there all the time; where
it is not, the port has served since it was seen to (proposed value)."""


@frozen(kw_only=True)
class Began:
    """Put it on record; its number is the store's."""

    outage: Outage


@frozen(kw_only=True)
class Changed:
    """The open one has another cause than was thought, or is seen by another run, or somebody wants to charge."""

    outage: Outage


@frozen(kw_only=True)
class Ended:
    outage: Outage


@frozen(kw_only=True)
class Entered:
    """The port served for the first time: it counts from here on."""

    port: int
    at: Instant


Change = Began | Changed | Ended | Entered


@frozen(kw_only=True)
class Gap:
    """The program did not run since `since`, the last sign of life of the run `after`, for `cause`."""

    since: Instant
    cause: Cause
    after: int = 0


Gaps = tuple[Gap, ...]
"""Each from where it began to the next one: what nobody saw, oldest first."""


@frozen(kw_only=True)
class Port:
    """`counts`: it has served once. `is_settled`: what it is was seen since the program started.

    `serves_since`: it is seen to serve, where what lasted before may show yet.
    """

    number: int
    counts: bool = False
    is_settled: bool = False
    serves_since: Instant | None = None
    open: Outage | None = None


Step = tuple[Port, tuple[Change, ...]]


def started(port: Port, gaps: Gaps) -> Step:
    """The program begins. `port.open` is what the record says lasts; no `gaps`: it is the first run."""
    port = replace(port, is_settled=False)
    if not gaps or not port.counts or port.open is not None:
        return port, ()
    outage = _of_gap(port, gaps[-1])
    return replace(port, open=outage), (Began(outage=outage),)


def seen(port: Port, cause: Cause | None, now: Instant, *, wanted: bool, gaps: Gaps = ()) -> Step:
    """What the port is now. `gaps`: since the run that saw last what is open, as far as their causes are known now."""
    if not port.counts:
        return _enter(port, now) if cause is None else (port, ())
    changes: list[Change] = []
    if not port.is_settled:
        if cause is None and _may_show_yet(port, now):
            return replace(port, serves_since=port.serves_since or now), ()
        port, revised = _first_seen(port, cause, gaps)
        changes += revised
    if port.open is not None and wanted and not port.open.wanted:
        port = replace(port, open=replace(port.open, wanted=True))
        assert port.open is not None
        changes.append(Changed(outage=port.open))
    port, moved = _moved(port, cause, now, wanted)
    return port, (*changes, *moved)


def _enter(port: Port, now: Instant) -> Step:
    return replace(port, counts=True, is_settled=True, open=None), (Entered(port=port.number, at=now),)


def _may_show_yet(port: Port, now: Instant) -> bool:
    if port.open is None or port.open.cause.key in GAP_KEYS:
        return False
    return port.serves_since is None or now.since(port.serves_since) < SHOWS_WITHIN_S


def _first_seen(port: Port, cause: Cause | None, gaps: Gaps) -> Step:
    """What lasted before ended where the port was first seen to serve, unless it shows after all."""
    served, port = port.serves_since, replace(port, serves_since=None)
    if served is None or port.open is None or _outlasts(port.open.cause, cause, gaps):
        return _settled(port, cause, gaps)
    port, revised = _settled(port, None, gaps)
    port, ended = _moved(port, None, served, wanted=False)
    return port, (*revised, *ended)


def _settled(port: Port, cause: Cause | None, gaps: Gaps) -> Step:
    """What was open since before the start is told apart, now that it is known what the port is."""
    port, outage = replace(port, is_settled=True), port.open
    if outage is None or not gaps:
        return port, ()
    if _outlasts(outage.cause, cause, gaps):
        outage = replace(outage, seen_in=0)
        return replace(port, open=outage), (Changed(outage=outage),)
    changes: list[Change] = []
    if outage.cause.key in GAP_KEYS:
        first, *gaps_left = gaps
        if first.cause != outage.cause:
            outage = replace(outage, cause=first.cause)
            changes.append(Changed(outage=outage))
    else:
        gaps_left = list(gaps)
    for gap in gaps_left:
        if _same(outage.cause, gap.cause):
            continue
        changes.append(Ended(outage=replace(outage, ended=gap.since)))
        outage = _of_gap(port, gap)
        changes.append(Began(outage=outage))
    return replace(port, open=outage), tuple(changes)


def _outlasts(before: Cause, now: Cause | None, gaps: Gaps) -> bool:
    """Of two causes at once the first class decides; and what counts in any case may hide another that does."""
    if now is None or now.key != before.key:
        return False
    return before.of not in MAY_BE_EXCLUDED or all(PRIORITY[before.of] <= PRIORITY[gap.cause.of] for gap in gaps)


def _same(one: Cause, other: Cause) -> bool:
    return (one.key, one.of) == (other.key, other.of)


def _of_gap(port: Port, gap: Gap) -> Outage:
    return Outage(number=0, port=port.number, cause=gap.cause, began=gap.since, seen_in=gap.after)


def _moved(port: Port, cause: Cause | None, now: Instant, wanted: bool) -> Step:
    is_same = (port.open.cause.key if port.open is not None else None) == (cause.key if cause is not None else None)
    if is_same:
        return port, ()
    changes = list(_from_to(port, cause, now, wanted))
    last = changes[-1]
    return replace(port, open=last.outage if isinstance(last, Began) else None), tuple(changes)


def _from_to(port: Port, cause: Cause | None, now: Instant, wanted: bool) -> Iterator[Began | Ended]:
    if port.open is not None:
        yield Ended(outage=replace(port.open, ended=now))
    if cause is not None:
        yield Began(outage=Outage(number=0, port=port.number, cause=cause, began=now, wanted=wanted))
