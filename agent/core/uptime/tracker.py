"""From what a port is now to begins and ends of outages: one state machine a port. Pure.

Outages of a port never overlap: one with another cause begins where the one before ends. A start of the program after a
gap is an outage from the last sign of life on; it ends when the port serves again. What was wrong before the gap and is
still wrong behind it was wrong in between, too: then the gap takes that cause, and not the power cut's.
"""

from __future__ import annotations

from dataclasses import replace

from agent.core.time import Instant
from agent.core.uptime.model import OF_THE_CHARGER, Cause, Outage
from agent.values import frozen


@frozen(kw_only=True)
class Began:
    """Put it on record; its number is the store's."""

    outage: Outage


@frozen(kw_only=True)
class Changed:
    """The open one has another cause than was thought, from its begin on, or somebody wants to charge meanwhile."""

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
class Port:
    """`counts`: it has served once. `is_settled`: what it is was seen since the program started.

    `before`: the cause that was on record as lasting when the program ended.
    """

    number: int
    counts: bool = False
    is_settled: bool = False
    open: Outage | None = None
    before: Cause | None = None


@frozen(kw_only=True)
class Gap:
    """The program did not run since `alive`, for `cause`."""

    alive: Instant
    cause: Cause


Step = tuple[Port, tuple[Change, ...]]


def started(port: Port, gap: Gap | None) -> Step:
    """The program begins. `port.open` is what the record says lasts; `gap` None: it is the first run."""
    before = port.open.cause if port.open is not None else None
    port = replace(port, is_settled=False, before=before)
    if gap is None or not port.counts:
        return port, ()
    changes: list[Change] = []
    if port.open is not None:
        changes.append(Ended(outage=replace(port.open, ended=gap.alive)))
    outage = Outage(number=0, port=port.number, cause=gap.cause, began=gap.alive)
    return replace(port, open=outage), (*changes, Began(outage=outage))


def seen(port: Port, cause: Cause | None, now: Instant, *, wanted: bool, gap_cause: Cause | None = None) -> Step:
    """What the port is now. `gap_cause`: what the gap before this start turned out to be, if that is known better."""
    if not port.counts:
        return _enter(port, now) if cause is None else (port, ())
    changes: list[Change] = []
    if not port.is_settled:
        port, revised = _settled(port, cause, gap_cause)
        changes += revised
    if port.open is not None and wanted and not port.open.wanted:
        port = replace(port, open=replace(port.open, wanted=True))
        assert port.open is not None
        changes.append(Changed(outage=port.open))
    port, moved = _moved(port, cause, now, wanted)
    return port, (*changes, *moved)


def _enter(port: Port, now: Instant) -> Step:
    return replace(port, counts=True, is_settled=True, open=None), (Entered(port=port.number, at=now),)


def _settled(port: Port, cause: Cause | None, gap_cause: Cause | None) -> Step:
    outage, before = port.open, port.before
    port = replace(port, is_settled=True, before=None)
    if outage is None:
        return port, ()
    lasts = cause is not None and before is not None and cause.key == before.key and before.of in OF_THE_CHARGER
    better = before if lasts else gap_cause
    if better is None or better == outage.cause:
        return port, ()
    outage = replace(outage, cause=better)
    return replace(port, open=outage), (Changed(outage=outage),)


def _moved(port: Port, cause: Cause | None, now: Instant, wanted: bool) -> Step:
    is_same = (port.open.cause.key if port.open is not None else None) == (cause.key if cause is not None else None)
    if is_same:
        return port, ()
    changes: list[Change] = []
    if port.open is not None:
        changes.append(Ended(outage=replace(port.open, ended=now)))
    outage = None if cause is None else Outage(number=0, port=port.number, cause=cause, began=now, wanted=wanted)
    if outage is not None:
        changes.append(Began(outage=outage))
    return replace(port, open=outage), tuple(changes)
