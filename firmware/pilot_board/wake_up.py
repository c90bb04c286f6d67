"""A car that sleeps at a standing offer: one look at a broken pilot wakes many of them (pilot reference, section 7).

The series switch opens for four seconds, so that the car sees E; then three quarters of a second of x1, then the offer
again. All that time is x1 for the generator, longer than the standard's three seconds. Where the board's kind says so,
a second and longer break follows. A car that asked during this offer sleeps by its own will: it is left alone.
"""

from guard import NO_LIMIT_DA, Guard
from hal import X2
from pilot import B, asks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kind import Kind
    from situation import Situation

BREAKS_MS = (4_000, 30_000)
X1_MS = 750


class WakeUp(Guard):
    """Does nothing on a board whose kind has no `wake_up_s`. That the car did not wake is the host's to tell."""

    def __init__(self, kind: "Kind", now: int) -> None:
        super().__init__()
        self._after_ms = kind.wake_up_s * 1_000
        self._breaks_ms = BREAKS_MS if kind.second_wake_up else BREAKS_MS[:1]
        self._made = 0
        self._asked = False
        self._waits_since = -1
        self._connects_at = -1
        self._offers_at = -1

    def observe(self, situation: "Situation", now: int) -> "int | None":
        if self._after_ms == 0:
            return None
        if self._offers_at >= 0:
            return self._observe_break(situation, now)
        state = situation.pilot.state
        if situation.drive_mode != X2:
            self._begin_anew()
            return None
        self._asked = self._asked or asks(state)
        if state != B or self._asked or self._made == len(self._breaks_ms):
            self._waits_since = -1
            return None
        if self._waits_since < 0:
            self._waits_since = now
        if now >= self._waits_since + self._after_ms:
            self._break(situation, now)
            return self._connects_at
        return self._waits_since + self._after_ms

    def unplugged(self, now: int) -> None:
        self._begin_anew()

    def limit_da(self) -> int:
        return NO_LIMIT_DA if self._offers_at < 0 else 0

    def _begin_anew(self) -> None:
        """The next offer is a new one, with wake-ups of its own."""
        self._made = 0
        self._asked = False
        self._waits_since = -1

    def _break(self, situation: "Situation", now: int) -> None:
        situation.outputs.pilot_disconnected = True
        self._connects_at = now + self._breaks_ms[self._made]
        self._offers_at = self._connects_at + X1_MS
        self._made += 1
        self._waits_since = -1

    def _observe_break(self, situation: "Situation", now: int) -> "int | None":
        if now < self._connects_at:
            return self._connects_at
        situation.outputs.pilot_disconnected = False
        if now < self._offers_at:
            return self._offers_at
        self._offers_at = -1
        return now + 1
