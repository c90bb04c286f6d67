"""How many orders a charger takes (security.md S-24 and section 8): a bucket for each kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf

from agent.core.orders.effects import Effect
from agent.core.time import Instant

RESTART = "restart"
"""The verb; its words say what starts anew."""
UNLOCK = "unlock"
MOVES = (UNLOCK, RESTART)
"""First words of all that is done only so often."""


@dataclass(slots=True, kw_only=True)
class Pace:
    """`burst` at once, and again as many as `per_s` gives."""

    per_s: float
    burst: float
    _left: float = field(default=0.0, init=False)
    _at_s: float = field(default=-inf, init=False)

    def take(self, now_s: float) -> bool:
        """Whether one more may come at `now_s`, a monotonic time; it is counted then."""
        passed_s = max(0.0, now_s - self._at_s)
        self._left = min(self.burst, self._left + passed_s * self.per_s)
        self._at_s = max(self._at_s, now_s)
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

    def give_back(self) -> None:
        """The last one that was counted did not come after all."""
        self._left = min(self.burst, self._left + 1.0)


def of_all() -> Pace:
    return Pace(per_s=10.0, burst=30.0)


def of_lock() -> Pace:
    """6 a minute."""
    return Pace(per_s=0.1, burst=6.0)


def of_restart() -> Pace:
    """One a minute."""
    return Pace(per_s=1 / 60, burst=1.0)


class Moves:
    """What is done from afar only so often, whoever asks for it: the lock, and restarts. One a door.

    `before`: what earlier runs of the program have done of it, a verb and its time each, oldest first. A restart ends
    the run that counts it, so whoever began at nothing would let restarts follow one another without end.
    """

    def __init__(self, before: Iterable[tuple[str, float]] = ()) -> None:
        self._lock, self._restart = of_lock(), of_restart()
        for verb, at_s in before:
            (self._restart if _is_restart(verb) else self._lock).take(at_s)

    def too_often(self, verb: str, effect: Effect, now_s: float) -> str:
        """Why it is not done at `now_s`, a monotonic time; "" where it may be, and it is counted then."""
        if effect is Effect.MOVES_LOCK and not self._lock.take(now_s):
            return "the lock is moved from afar 6 times a minute at most; wait ten seconds"
        if _is_restart(verb) and not self._restart.take(now_s):
            return "a restart is ordered once a minute at most; wait a minute"
        return ""

    def not_done(self, verb: str) -> None:
        """It was refused after all: a restart that did not come keeps nobody from the next one."""
        if _is_restart(verb):
            self._restart.give_back()


def by_this_boot_s(at: Instant, now: Instant) -> float:
    """When that was, in monotonic seconds of the boot of `now`; negative before it.

    Where no clock spans both it is the latest that it can have been, the begin of this boot.
    """
    if at.boot_id == now.boot_id:
        return at.monotonic_s
    age_ms = now.ms_since(at)
    return 0.0 if age_ms is None else min(0.0, now.monotonic_s - age_ms / 1000)


def _is_restart(verb: str) -> bool:
    return verb.partition(" ")[0] == RESTART
