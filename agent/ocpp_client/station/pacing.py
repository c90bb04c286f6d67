"""When the queue may be told: a random moment after a connection began, and as fast as the network answers from there.

A central system that comes back has all its chargers at once; what each of them has to tell is spread a little. After
that only a backend that refuses bursts needs a pause between two facts. Nothing else waits for either: statuses,
questions about tokens and answers go past.
"""

from __future__ import annotations

from collections.abc import Callable

from agent.values import frozen


@frozen(kw_only=True)
class Pace:
    """The network's settings as they are now. 0: at once, and without a pause."""

    starts_within_s: float
    pause_s: float


def at_the_earliest(low: float, _high: float) -> float:
    """No chance in it, where nobody gives any."""
    return low


class Pacing:
    """Times are monotonic seconds. `between(low, high)` draws a number."""

    def __init__(self, between: Callable[[float, float], float]) -> None:
        self._between = between
        self._begins_s: float | None = None
        self._left_s: float | None = None
        self.until_s: float | None = None
        """Whatever there is to tell waits for this moment; None where it waits for none."""

    def connected(self) -> None:
        """Over a new connection the queue begins anew."""
        self._begins_s = self._left_s = self.until_s = None

    def left(self, now_s: float) -> None:
        """A fact was sent."""
        self._left_s = now_s

    def may_tell(self, queued: int, pace: Pace, now_s: float) -> bool:
        """Whether a fact may leave now; `queued` wait. What comes while nothing waited is told at once."""
        if self._begins_s is None:
            self._begins_s = now_s + (self._between(0.0, pace.starts_within_s) if queued else 0.0)
        # A bound that was lowered meanwhile counts.
        begins_s = min(self._begins_s, now_s + pace.starts_within_s)
        paused_until_s = begins_s if self._left_s is None else self._left_s + pace.pause_s
        due_s = max(begins_s, paused_until_s)
        self.until_s = due_s if due_s > now_s else None
        return due_s <= now_s
