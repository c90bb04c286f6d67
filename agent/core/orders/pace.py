"""How many orders a charger takes (security.md S-24 and section 8): a bucket for each kind."""

from __future__ import annotations

from collections.abc import Iterable

from agent.core.orders.effects import Effect
from agent.core.rate import Rate
from agent.core.time import Instant

RESTART = "restart"
"""The verb; its words say what starts anew."""
UNLOCK = "unlock"
MOVES = (UNLOCK, RESTART)
"""First words of all that is done only so often."""


OF_ALL = Rate(30, 0.1)
OF_LOCK = Rate(6, 10.0)
OF_RESTART = Rate(1, 60.0)


class Moves:
    """What is done from afar only so often, whoever asks for it: the lock, and restarts. One a door.

    `before`: what earlier runs of the program have done of it, a verb and its time each, oldest first. A restart ends
    the run that counts it, so whoever began at nothing would let restarts follow one another without end.
    """

    def __init__(self, before: Iterable[tuple[str, float]] = ()) -> None:
        self._lock, self._restart = OF_LOCK.bucket(), OF_RESTART.bucket()
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
