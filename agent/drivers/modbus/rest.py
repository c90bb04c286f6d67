"""Who does not answer is asked more rarely: the wait for nothing is taken from the neighbours on the line.

A silent meter holds a line of 9600 baud for a second each time it is asked, its patience and the silence behind it.
Asked as often as the others it would take more of the line than all of them together.
"""

from __future__ import annotations

from agent.values import mutable

SILENT_READS = 4
"""In a row, until a device rests. Whoever reads it takes it for lost by then; a device that answers the question for
its model, and is silent to three others (interview.py), is asked for its model again before it may rest."""
RESTS_TIMES = 4
"""As long as the wait for it: at most a fifth of the line's time is spent on waiting for one device in vain."""
RESTS_AT_MOST_S = 5.0
"""A device that is back is heard within this time."""


@mutable
class Rest:
    """Of one device. Times are loop time."""

    silences: int = 0
    until: float = float("-inf")
    why: str = ""

    def answered(self) -> None:
        """It is there: ask as often as there is a wish to."""
        self.silences = 0
        self.until = float("-inf")

    def silent(self, why: str, now: float, waited_s: float) -> None:
        """A read without an answer ended at `now`; `waited_s` is how long the line was given to it."""
        self.silences += 1
        self.why = why
        if self.silences >= SILENT_READS:
            self.until = now + min(RESTS_TIMES * waited_s, RESTS_AT_MOST_S)
