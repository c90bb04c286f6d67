"""`--replay`: a recording from the field against this program's core, in no time at all, and the first difference."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from agent.core.identity import ConnectorId
from agent.core.recorder.codec import Codec
from agent.core.recorder.replay import GAP, Decide, Played, Replay, changed_fields
from agent.core.recorder.rows import effects_written
from agent.core.recorder.schema import Unreadable
from agent.core.session.effects import SessionEffect
from agent.core.session.model import Session
from agent.core.session.step import step
from agent.core.time import Instant
from agent.recorder.checks import check_of
from tools.recordings import open_recording

EQUAL, DIFFERS, UNUSABLE = 0, 1, 2
LONGEST = 160
"""Characters of a value in a line."""
_WORDS = re.compile(r"<(\w+)\.(\w+): [^>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What of a recording is shown. `every_step`: those too after which nothing was ordered."""

    connector: int | None = None
    since: datetime | None = None
    every_step: bool = False
    decide: Decide = step


def run(path: Path, wish: Wish) -> int:
    """Print it; the exit code."""
    try:
        for line in lines(path, wish):
            if isinstance(line, int):
                return line
            print(line)
    except Unreadable as error:
        print(error)
    return UNUSABLE


def print_samples(path: Path, wish: Wish) -> int:
    """The samples for plots as CSV, one row a time, connector and step; the exit code."""
    try:
        recording = open_recording(path)
    except Unreadable as error:
        print(error)
        return UNUSABLE
    print("time,connector,step_s,column,value")
    for chunk in recording.chunks():
        if wish.connector not in (None, chunk.connector):
            continue
        for at_s, row in chunk.rows:
            at = chunk.began.plus(at_s - chunk.began.monotonic_s)
            for column, value in zip(chunk.columns, row, strict=True):
                if value is not None:
                    print(f"{moment(at)},{chunk.connector},{chunk.step_s},{column},{value:g}")
    return EQUAL


def lines(path: Path, wish: Wish) -> Iterator[str | int]:
    """What is shown, and at the end the exit code. Raises Unreadable where nothing can be played."""
    recording = open_recording(path)
    since_ms = None if wish.since is None else round(wish.since.timestamp() * 1000)
    count = ordered = 0
    first = last = None
    for played in Replay(wish.decide, check_of).play(recording.blocks(since_ms)):
        if not _is_wished(played, wish):
            continue
        count += 1
        first, last = first or played.recorded.now, played.recorded.now
        if played.breaks:
            yield _break_line(played)
        if played.differs:
            yield from difference(played)
            yield DIFFERS
            return
        if played.recorded.effects or wish.every_step:
            ordered += bool(played.recorded.effects)
            yield step_line(played)
    for problem, times in recording.problems.items():
        yield f"not played, {times} times: {problem}" if times > 1 else f"not played: {problem}"
    if first is None or last is None:
        what = "; ".join(recording.problems) or "no step of it is of that connector and time"
        raise Unreadable(f"{path}: nothing can be played: {what}")
    yield f"{count} steps from {moment(first)} to {moment(last)}, {ordered} with orders: every decision is the same"
    yield EQUAL


def _is_wished(played: Played, wish: Wish) -> bool:
    if wish.connector is not None and played.recorded.connector != ConnectorId(wish.connector):
        return False
    utc_ms = played.recorded.now.utc_ms
    return wish.since is None or utc_ms is None or utc_ms / 1000 >= wish.since.timestamp()


def typed_moment(text: str) -> datetime:
    """A time of the command line; without a zone it is UTC. Raises ArgumentTypeError."""
    try:
        typed = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: write 2027-01-15T08:00:00Z") from None
    return typed if typed.tzinfo is not None else typed.replace(tzinfo=UTC)


def moment(at: Instant) -> str:
    """By the wall clock where it was known."""
    if at.utc_ms is None:
        return f"{at.monotonic_s:.3f} s after boot {at.boot_id[:8]}"
    return datetime.fromtimestamp(at.utc_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def step_line(played: Played) -> str:
    """One step: when, where, what happened, what was ordered."""
    recorded = played.recorded
    orders = "; ".join(_short(one) for one in recorded.effects) or "nothing"
    return f"{moment(recorded.now)}  connector {recorded.connector}  {_short(recorded.event)}  ->  {orders}"


def order_texts(effects: Iterable[SessionEffect]) -> list[str]:
    """Orders as a person reads them; without the last characters of tokens, which a recording does not have."""
    codec = Codec()
    return [_short(codec.read(tuple[SessionEffect, ...], effects_written(codec, [one]))[0], None) for one in effects]


def _break_line(played: Played) -> str:
    what = "steps are missing here" if played.breaks == GAP else "the program started anew, or was not recorded, here"
    return f"{moment(played.recorded.now)}  connector {played.recorded.connector}  -- {what}"


def difference(played: Played) -> Iterator[str]:
    """All that is known of the first step that came out otherwise."""
    recorded, decided = played.recorded, played.decided
    yield (
        f"step {played.number}, {moment(recorded.now)}, connector {recorded.connector}: "
        f"decided otherwise now ({', '.join(played.differs)})"
    )
    yield f"  event     {_short(recorded.event, None)}"
    yield from _ordered("recorded", recorded.effects if recorded.check is not None else None)
    yield from _ordered("now", None if decided is None else decided.effects)
    if played.error:
        yield f"  the core failed: {played.error}"
    if decided is not None and "session" in played.differs:
        yield "  the session that came of it is another one than was recorded; this step changes now:"
        for name, (before, after) in changed_fields(played.before, decided.session).items():
            yield f"    {name}: {_short(before)} -> {_short(after)}"
    yield "  the session before, where it is not as at the start of a program:"
    for name, value in _told(played.before):
        yield f"    {name}: {value}"


def _ordered(label: str, effects: Sequence[object] | None) -> Iterator[str]:
    if effects is None:
        yield f"  {label:9} the core failed"
        return
    yield f"  {label:9} {_short(effects[0], None) if effects else 'nothing is ordered'}"
    for one in effects[1:]:
        yield f"            {_short(one, None)}"


def _told(session: Session) -> Iterator[tuple[str, str]]:
    plain = Session(connector=session.connector)
    for one in fields(Session):
        value = getattr(session, one.name)
        if one.name != "outputs" and value != getattr(plain, one.name):
            yield one.name, _short(value, None)


def _short(value: object, longest: int | None = LONGEST) -> str:
    text = _WORDS.sub(r"\2", repr(value))
    return text if longest is None or len(text) <= longest else f"{text[: longest - 1]}…"
