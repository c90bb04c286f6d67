"""A plain switch and the contact that tells of it: when its coil gets current, and what does not fit. No I/O.

Numbers: relays-and-inputs.md section 2.4. An opening never waits; the shortest time on, which that table has too,
would make it wait, and is left out for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated

from agent.core.control_pilot import ContactorState
from agent.tables import Within
from agent.values import frozen

NEVER = float("-inf")


class ContactKind(Enum):
    """How it rests. A broken wire reads as an open contact: only one that rests closed tells it."""

    NORMALLY_OPEN = "normally_open"
    NORMALLY_CLOSED = "normally_closed"


class Feedback(Enum):
    """The contact that tells where the main contacts are, as it is while they are open."""

    NONE = "none"
    NORMALLY_OPEN = "normally_open"
    NORMALLY_CLOSED = "normally_closed"


@frozen(kw_only=True)
class ContactTimes:
    """The contact follows the coil within `feedback_within_s`; between two closings it is off for `shortest_off_s`."""

    feedback_within_s: Annotated[float, Within(0.02, 1.0, "s")] = 0.25
    shortest_off_s: Annotated[float, Within(0, 60, "s", "the coil and the car need a rest between two closings")] = 5.0


class Misfit(Enum):
    """What contacts do that they were not told; the values are ids of the fault catalogue."""

    WELDED = "contactor.welded"
    NO_CLOSE = "contactor.no_close"
    OPENED_ALONE = "contactor.opened_alone"
    CLOSED_ALONE = "contactor.mismatch"


_TOLD_AS: Mapping[Misfit, ContactorState] = {
    Misfit.WELDED: ContactorState.WELDED,
    Misfit.CLOSED_ALONE: ContactorState.WELDED,
    Misfit.NO_CLOSE: ContactorState.NO_CLOSE,
    Misfit.OPENED_ALONE: ContactorState.OPEN,
}
CLOSED_UNASKED = (Misfit.WELDED, Misfit.CLOSED_ALONE)


class Contacts:
    """Times are the loop's, and never fall. Without feedback nobody knows the state, and nothing is a misfit."""

    def __init__(self, times: ContactTimes, *, has_feedback: bool) -> None:
        self.driven = False
        """Whether the coil is to have current now."""
        self.misfit: Misfit | None = None
        self._times = times
        self._has_feedback = has_feedback
        self._wanted = False
        self._felt: bool | None = None
        self._moved_at = self._opened_at = NEVER
        self._has_followed = False

    @property
    def state(self) -> ContactorState:
        if self.misfit is not None:
            return _TOLD_AS[self.misfit]
        if self._felt is None:
            return ContactorState.UNKNOWN
        return ContactorState.CLOSED if self._felt else ContactorState.OPEN

    @property
    def due_at(self) -> float | None:
        """When to tick; None where only an event can bring something new."""
        dues = []
        if self._wanted and not self.driven and self.misfit is None:
            dues.append(self._opened_at + self._times.shortest_off_s)
        if self._has_feedback and self._felt is not None and self._felt != self.driven and self.misfit is None:
            dues.append(self._moved_at + self._times.feedback_within_s)
        return min(dues, default=None)

    def begin(self, felt: bool | None, now_s: float) -> None:
        """The device is there, with its coil off; `felt` is what the contact says, None where there is none."""
        self._wanted = False
        self._drive(False, now_s)
        self.misfit, self._felt, self._moved_at, self._has_followed = None, felt, now_s, False
        self.tick(now_s)

    def lose(self, now_s: float) -> None:
        """The device is gone; what was wanted is over."""
        self.want(False, now_s)
        self._felt = None

    def want(self, closed: bool, now_s: float) -> None:
        """Open at once; closed once it was off for long enough, and never while it is closed without being told."""
        self._wanted = closed
        if not closed:
            self._drive(False, now_s)
            self.misfit = None  # what is closed all the same is found again in this very tick
        self.tick(now_s)

    def feel(self, closed: bool, now_s: float) -> None:
        """The contact says so from now on."""
        self._felt = closed
        self.tick(now_s)

    def tick(self, now_s: float) -> None:
        """Judge, and close what waited for its time."""
        if self._has_feedback and self._felt is not None:
            self._judge(self._felt, now_s)
        is_rested = now_s >= self._opened_at + self._times.shortest_off_s
        if self._wanted and not self.driven and self.misfit is None and is_rested:
            self._drive(True, now_s)

    def _judge(self, felt: bool, now_s: float) -> None:
        if felt == self.driven:
            self._has_followed = True
            if self.misfit in CLOSED_UNASKED:
                self.misfit = None
            return
        if self.misfit is not None or now_s < self._moved_at + self._times.feedback_within_s:
            return
        if self.driven:
            self.misfit = Misfit.OPENED_ALONE if self._has_followed else Misfit.NO_CLOSE
            self._drive(False, now_s)
        else:
            self.misfit = Misfit.CLOSED_ALONE if self._has_followed else Misfit.WELDED

    def _drive(self, closed: bool, now_s: float) -> None:
        if closed == self.driven:
            return
        self.driven, self._moved_at, self._has_followed = closed, now_s, False
        if not closed:
            self._opened_at = now_s
