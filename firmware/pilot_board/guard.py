"""A guard: one group of protective functions. It watches its own readings and says what follows from them.

A group is one file with one class below this one, and one line in `protection.GUARDS`. The interlock asks all of them
the same questions, and knows none.
"""

from faults import Watcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from faults import Check
    from situation import Situation

NO_LIMIT_DA = 800
NOTHING = 0
FOR_CABLE = 13
FOR_LOCK = 14
FOR_RESIDUAL = 15
FOR_MAINS = 16
FOR_OPEN_CHECK = 17
FOR_RAILS = 18
FOR_RESTART = 19
"""What closing waits for: places in `messages.WAITS_FOR`; the interlock's own have the other numbers."""

UNLOCKED, LOCKED, MOVING, LOCK_FAULT = 1, 2, 3, 4
"""Places in `messages.LOCK_STATES`; 0 is a board without a lock."""


class Guard(Watcher):
    """What every guard may do; by default, nothing. `checks` are its rows of protective functions.

    A step must be cheap: `observe` returns early where the readings that it depends on have not changed, and says by
    `calm` when nothing of what its checks ask for can be present.
    """

    def __init__(self) -> None:
        self.checks: tuple[Check, ...] = ()

    def observe(self, situation: "Situation", now: int) -> "int | None":
        """Look at the readings of this moment; returns when to look again if nothing changes, None for no wish."""
        return None

    def unplugged(self, now: int) -> None:
        """State A has lasted for two seconds: what belonged to that plug is over."""

    def obstacle(self, situation: "Situation", now: int) -> "tuple[int, int | None]":
        """What, being no fault, stands in the way of closing (a FOR_ number), and when time alone may remove it."""
        return NOTHING, None

    def counts(self, now: int) -> bool:
        """It counts against somebody what a restart would forget."""
        return False

    def limit_da(self) -> int:
        """The most that may be offered now, in 0.1 A; below 6 A there is no offer."""
        return NO_LIMIT_DA
