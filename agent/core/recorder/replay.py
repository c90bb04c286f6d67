"""Plays a recording against a core: every input goes in again, and every decision is held against the recorded one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields

from agent.core.identity import ConnectorId, TransactionKey
from agent.core.recorder.blocks import Block
from agent.core.recorder.codec import Codec
from agent.core.recorder.rows import Recorded, effects_written
from agent.core.recorder.schema import Unreadable
from agent.core.session.events import SessionEvent
from agent.core.session.model import Session
from agent.core.session.step import KeySource, Step
from agent.core.time import Instant
from agent.values import frozen

Decide = Callable[[Session, SessionEvent, Instant, KeySource], Step]
"""`agent.core.session.step.step`, or what is to be held against it."""
Check = Callable[[Session], int]
"""The digest of a session, as the recorder took it."""
FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a mistake in a core looks like; a replay goes on after it."""
RESTART = "restart"
GAP = "gap"


@frozen(kw_only=True)
class Played:
    """One step, played again. `number` counts from 1 over the whole recording, all connectors together.

    `differs`: what is not as it was recorded, in a word each. `decided` None: the core failed, and `error` says how.
    `breaks`: it begins with the session that was recorded, and not with the one before: RESTART of the program, or a
    GAP, where blocks are missing; "" else.
    """

    number: int
    recorded: Recorded
    before: Session
    decided: Step | None
    differs: tuple[str, ...] = ()
    error: str = ""
    breaks: str = ""


class _Keys:
    """Those that were drawn then, in their order; made up where the core draws more now."""

    def __init__(self, drawn: Sequence[TransactionKey]) -> None:
        self.left = list(drawn)
        self.made_up = 0

    def transaction_key(self) -> TransactionKey:
        if self.left:
            return self.left.pop(0)
        self.made_up += 1
        return TransactionKey(f"not-recorded-{self.made_up}")


@frozen
class _Rule:
    """What the steps of one block are held against."""

    codec: Codec
    check: Check
    breaks: str

    def differences(self, step: Recorded, decided: Step | None, keys: _Keys) -> Iterator[str]:
        if decided is None or step.check is None:
            if decided is not None or step.check is not None:
                yield "failure"
            return
        if effects_written(self.codec, decided.effects) != effects_written(self.codec, step.effects):
            yield "effects"
        # Where the recording's sessions have fields that are gone, there is nothing to hold against their digest.
        if self.codec.compares_all and self.check(decided.session) != step.check:
            yield "session"
        if keys.left or keys.made_up:
            yield "keys"


class Replay:
    """Holds `decide` against recordings. `check_of` gives the digest by the codec of a block."""

    def __init__(self, decide: Decide, check_of: Callable[[Codec], Check]) -> None:
        self._decide = decide
        self._check_of = check_of

    def play(self, blocks: Iterable[Block]) -> Iterator[Played]:
        """Every step of `blocks`, oldest first; after a difference it goes on with the session as it came out now."""
        sessions: dict[ConnectorId, Session] = {}
        ended: dict[ConnectorId, int | None] = {}
        expected, number = None, 0
        for block in blocks:
            is_gap = expected is not None and block.number != expected
            expected = block.number + 1
            fresh, check = dict(block.sessions), self._check_of(block.codec)
            for step in block.steps:
                number += 1
                breaks, begins_with = "", fresh.pop(step.connector, None)
                if begins_with is not None:
                    breaks = GAP if is_gap else _restart(ended.get(step.connector), check(begins_with))
                    if breaks or step.connector not in sessions:
                        sessions[step.connector] = begins_with
                if step.connector not in sessions:
                    raise Unreadable(f"block {block.number} does not say how connector {step.connector} was before it")
                played = self._played(step, sessions[step.connector], number, _Rule(block.codec, check, breaks))
                ended[step.connector] = step.check
                if played.decided is not None:
                    sessions[step.connector] = played.decided.session
                yield played

    def _played(self, step: Recorded, before: Session, number: int, rule: _Rule) -> Played:
        keys, error, decided = _Keys(step.keys), "", None
        try:
            decided = self._decide(before, step.event, step.now, keys)
        except FAILURES as problem:
            error = f"{type(problem).__name__}: {problem}"
        differs = tuple(rule.differences(step, decided, keys))
        return Played(
            number=number,
            recorded=step,
            before=before,
            decided=decided,
            differs=differs,
            error=error,
            breaks=rule.breaks,
        )


def _restart(ended_with: int | None, begins_with: int) -> str:
    """By what the recording says of both sides, so that a core that decides otherwise is no restart."""
    return RESTART if ended_with is not None and ended_with != begins_with else ""


def changed_fields(before: Session, after: Session) -> dict[str, tuple[object, object]]:
    """What a step changed in the session, for people."""
    return {
        one.name: (getattr(before, one.name), getattr(after, one.name))
        for one in fields(Session)
        if one.name != "outputs" and getattr(before, one.name) != getattr(after, one.name)
    }
