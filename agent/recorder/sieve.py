"""Which steps are kept: all of them, but for those of an idle connector that the next one makes forgotten.

Idle, a meter is read every five seconds, and the core looks at the time as often. Where such a step ordered nothing and
changed nothing it is left out; where it only brought a reading, it is left out once a later one leads, without it, to
the very same session. That is not assumed: the core is asked, with the session that the recording has so far. So every
step that is kept can be replayed exactly, and an idle hour is a hundred bytes and not ten thousand.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace

from agent.core.faults.model import Severity
from agent.core.identity import TransactionKey
from agent.core.recorder.rows import Recorded
from agent.core.session.events import MeterSampled, Tick
from agent.core.session.model import Session
from agent.core.session.step import step
from agent.values import frozen

DENSE_BEFORE_S = 10.0
"""So much before a fault is kept step by step, whatever it is,"""
DENSE_AFTER_S = 5.0
"""and so much after it (operations.md section 6)."""
GRAVE = frozenset({Severity.CRITICAL, Severity.STOP, Severity.BLOCK})
"""After a fault of these everything is written at once."""
LOOKED_AT_EVERY_S = 60.0
"""The core is asked once for a minute of readings: each answer costs as much as the step itself did."""
KEPT_EVERY_S = 300.0
"""One reading at least, so that what was drawn without a car can be told afterwards."""


@frozen(kw_only=True)
class Taken:
    """A step as it happened. `after` None: the core failed in it."""

    before: Session
    after: Session | None
    recorded: Recorded


class _NoKeys:
    def transaction_key(self) -> TransactionKey:
        raise ValueError("a quiet step begins no transaction")


class Sieve:
    """Of one connector. `print_of` tells sessions apart, so that nobody is misled by what compares as equal."""

    def __init__(self, print_of: Callable[[Session], int]) -> None:
        self._print = print_of
        self._last: tuple[Session | None, int] = (None, 0)
        """A session and its digest."""
        self._base: Session | None = None
        """The session after the last step that is kept."""
        self._waiting: deque[Taken] = deque()
        """Quiet ones in a row; the first one follows from `_base` by itself."""
        self._kept_at_s = 0.0
        self._dense_until_s = -1.0

    def pass_on(self, taken: Taken) -> Iterator[Taken]:
        """The steps that are kept, now that `taken` came: it, some before it, or none."""
        now_s = taken.recorded.now.monotonic_s
        if taken.after is None or not _is_quiet(taken) or now_s <= self._dense_until_s:
            yield from self.rest()
            yield self._kept(taken)
            return
        if self._digest(taken.before) == self._digest(taken.after):
            return
        self._waiting.append(taken)
        if now_s - self._kept_at_s >= KEPT_EVERY_S:
            if self._follows(taken):
                self._waiting = deque([taken])
            yield from self.rest()
        if self._waiting and now_s - self._waiting[0].recorded.now.monotonic_s > DENSE_BEFORE_S + LOOKED_AT_EVERY_S:
            self._forget()

    def rest(self) -> Iterator[Taken]:
        """What waited to be forgotten, and is kept after all."""
        self._forget()
        while self._waiting:
            yield self._kept(self._waiting.popleft())

    def fault_came(self, now_s: float) -> None:
        """From now on every step is kept for a while."""
        self._dense_until_s = now_s + DENSE_AFTER_S

    def _kept(self, taken: Taken) -> Taken:
        """As the recording has it: it begins where what was kept before has ended."""
        kept = taken if self._base is None else replace(taken, before=self._base)
        self._base, self._kept_at_s = taken.after, taken.recorded.now.monotonic_s
        return kept

    def _digest(self, session: Session) -> int:
        """A step begins with the session with which the one before it ended."""
        if self._last[0] is not session:
            self._last = session, self._print(session)
        return self._last[1]

    def _forget(self) -> None:
        """What is older than DENSE_BEFORE_S, where a later step needs none of it: all at once, else one by one."""
        if not self._waiting:
            return
        dense_from_s = self._waiting[-1].recorded.now.monotonic_s - DENSE_BEFORE_S
        old = sum(one.recorded.now.monotonic_s < dense_from_s for one in self._waiting)
        while old > 0:
            gone = next((count for count in (old, 1) if self._follows(self._waiting[count])), 0)
            if gone == 0:
                return
            for _ in range(gone):
                self._waiting.popleft()
            old -= gone

    def _follows(self, taken: Taken) -> bool:
        """Whether the core comes to the same session without what waits before it."""
        if self._base is None or taken.after is None:
            return False
        try:
            alone = step(self._base, taken.recorded.event, taken.recorded.now, _NoKeys())
        except (ValueError, AssertionError):
            return False
        return not alone.effects and self._print(alone.session) == self._print(taken.after)


def _is_quiet(taken: Taken) -> bool:
    """Nobody is there, and nothing came of it."""
    before, event, after = taken.before, taken.recorded.event, taken.after
    is_ordinary = isinstance(event, Tick) or (isinstance(event, MeterSampled) and event.purpose is None)
    if not is_ordinary or taken.recorded.effects or taken.recorded.keys or after is None:
        return False
    return before.transaction is None and not before.pilot.plugged and before.faults is after.faults
