"""What a self-test shows on the pilot: steady levels or PWM on an empty outlet, or nothing at all to an adapter.

Nothing in here offers current or closes: whatever else wants the pilot ends it in the same step, and the board is in x1
then. A square wave stands on an outlet where nobody is plugged in; the first reading that is no empty outlet ends it,
long before a plug is believed (self-test catalogue, ST202 to ST204 and ST210).
"""

from faults import BLOCK
from hal import X1, X2, F
from lease import FRESH
from offer import STEADY
from pilot import is_plugged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from situation import Situation

SHOWN_MS = 10_000
CUT_MS = 6_000
"""Longer than the break of four seconds that wakes a car, and as long as a car is given to stop."""
SEEN_MS = 250
"""So long the readings before F or a cut say what is there: what follows one another hides no plug for ever."""
LEAST_DUTY, MOST_DUTY = 300, 9_700
"""In 1/10000: 5 % asks for digital communication, 97 % is the most that the standard gives a meaning."""
NOTHING = -1


class PilotTest:
    """One thing at a time. `mode` is X1, X2 or F while something is driven, NOTHING otherwise."""

    def __init__(self) -> None:
        self.mode = NOTHING
        self.duty = STEADY
        self._cuts = False
        self._ends_at = 0

    @property
    def drives(self) -> bool:
        return self.mode != NOTHING

    def show(self, mode: int, duty: int, now: int) -> None:
        """Whoever calls this has asked `may_show`."""
        self.mode = mode
        self.duty = duty if mode == X2 else STEADY if mode == X1 else 0
        self._cuts = False
        self._ends_at = now + SHOWN_MS

    def cut(self, now: int) -> None:
        """Whoever calls this has asked `may_cut`."""
        self.mode = NOTHING
        self._cuts = True
        self._ends_at = now + CUT_MS

    def release(self) -> None:
        """The rules decide again, from x1."""
        self.mode = NOTHING
        self._cuts = False

    def may_show(self, mode: int, situation: "Situation", reaction: int, now: int) -> bool:
        """Nobody is plugged in, nothing is permitted, no fault stops, and a host speaks.

        F hides a plug: it needs an outlet that was seen empty for two seconds and says so now, as F by itself does.
        """
        if self._is_ended(situation, reaction) or not situation.pilot.seems_empty(now):
            return False
        if situation.outputs.is_disconnected():
            return False
        return mode != F or (situation.seen_empty and situation.pilot.steady_ms(now) >= SEEN_MS)

    def may_cut(self, situation: "Situation", reaction: int, now: int) -> bool:
        """A plug is in and was seen a moment ago; nobody is about to charge with it."""
        pilot = situation.pilot
        seen = is_plugged(pilot.state) and pilot.steady_ms(now) >= SEEN_MS
        return seen and situation.drive_mode == X1 and not self._is_ended(situation, reaction)

    def observe(self, situation: "Situation", reaction: int, now: int) -> "int | None":
        """End what has to end, bring the series switch in line; returns when it ends by time."""
        if self.drives and not situation.pilot.seems_empty(now):
            self.release()
        if (self.drives or self._cuts) and (now >= self._ends_at or self._is_ended(situation, reaction)):
            self.release()
        situation.outputs.pilot_cut = self._cuts
        return self._ends_at if self.drives or self._cuts else None

    def _is_ended(self, situation: "Situation", reaction: int) -> bool:
        lease = situation.lease
        wanted = lease.standing != FRESH or lease.permit or lease.must_open()
        return wanted or reaction > BLOCK or situation.contactor.energised
