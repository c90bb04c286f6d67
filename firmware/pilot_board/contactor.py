"""The contactor: coil drive, switching rate, what the mirror contact says about it (safety reference, section 5).

What the load side says is `load_side.py`; it adds its verdicts here, so that there is one place that knows them all.
"""

from hal import COIL_HOLD, COIL_OFF, COIL_PULL
from repeats import Repeats
from travel import Travel

STATE_UNKNOWN = 0
STATE_OPEN = 1
STATE_CLOSED = 2
STATE_WELDED = 3
STATE_NO_CLOSE = 4

PULL_MS = 120
NO_CLOSE_MS = 250
"""The verdict is about what is seen then: a contactor that came late but came is `Travel`'s matter."""
WELDED_MS = 1_000
"""The car's input filter holds the load side live for up to half a second: judged earlier, it looks welded."""
OPENED_ALONE_MS = 50
STAY_OPEN_MS = 5_000
RATE_CLOSINGS = 10
RATE_MS = 600_000


class Contactor:
    """One contactor with one mirror contact. It does what it is told; who may tell it is the interlock's business."""

    def __init__(self, now: int) -> None:
        self.coil = COIL_OFF
        self.mirror_open = False
        self.closings = 0
        self.no_close = False
        self.welded = False
        self.opened_alone = False
        self.contradicted = False
        """The load side has denied what the mirror says for too long: see `load_side.py`."""
        self.switched_at = now
        """When the coil last changed between current and none. After a restart nobody knows, so it counts as now."""
        self.failures = Repeats()
        """How often it did not close."""
        self.travel = Travel()
        self._open_since = now
        self._has_closed = False
        self._mirror_since = now
        self._closed_at: list[int] = []

    @property
    def energised(self) -> bool:
        """The coil has current."""
        return self.coil != COIL_OFF

    def state(self) -> int:
        """One of the STATE_ numbers; verdicts come before the mirror."""
        if self.welded:
            return STATE_WELDED
        if self.no_close:
            return STATE_NO_CLOSE
        if self.contradicted:
            return STATE_UNKNOWN
        return STATE_OPEN if self.mirror_open else STATE_CLOSED

    def allowed_at(self) -> int:
        """When the off-time is over."""
        return self._open_since + STAY_OPEN_MS

    def rate_allowed_at(self) -> int:
        """When one more closing stays below the switching rate."""
        if len(self._closed_at) < RATE_CLOSINGS:
            return 0
        return self._closed_at[0] + RATE_MS

    def counts(self, now: int) -> bool:
        """A closing of the last ten minutes or a failure of the last 24 h counts still, and a restart forgets it."""
        return self.failures.is_recent(now) or (bool(self._closed_at) and now - self._closed_at[-1] < RATE_MS)

    def close(self, now: int) -> None:
        """Energise the coil."""
        self.coil = COIL_PULL
        self.switched_at = now
        self._has_closed = False
        self.closings += 1
        self._closed_at.append(now)
        if len(self._closed_at) > RATE_CLOSINGS:
            self._closed_at.pop(0)

    def open(self, now: int) -> None:
        """Take the current off the coil."""
        self.coil = COIL_OFF
        self.switched_at = now
        self._open_since = now
        # Open already: there is no release to measure.
        self._has_closed = self._has_closed and not self.mirror_open

    def failed_to_close(self, now: int) -> None:
        """The verdict that it did not close; told twice it counts once."""
        if not self.no_close:
            self.no_close = True
            self.failures.note(now)

    def forget_close_verdicts(self) -> None:
        """A new plug: what failed to close or opened alone may be tried again."""
        self.no_close = False
        self.opened_alone = False

    def observe(self, mirror_open: bool, now: int) -> "int | None":
        """Take the mirror's word, finish the pull-in, judge; returns when a verdict is due, None for none."""
        if mirror_open != self.mirror_open:
            self.mirror_open = mirror_open
            self._mirror_since = now
            self._measure_travel(now)
        if self.energised:
            return self._observe_energised(now)
        if mirror_open:
            return None
        return self._observe_not_open(now)

    def _measure_travel(self, now: int) -> None:
        # Only movements that the coil asked for: not those of a contactor that opens alone or is pushed by hand.
        if self.energised and not self.mirror_open and not self._has_closed:
            self.travel.closed(now - self.switched_at)
        elif self._has_closed and self.mirror_open and not self.energised:
            self.travel.released(now - self.switched_at)
            self._has_closed = False

    def _observe_energised(self, now: int) -> "int | None":
        elapsed = now - self.switched_at
        if self.coil == COIL_PULL and elapsed >= PULL_MS:
            self.coil = COIL_HOLD
        if not self.mirror_open:
            self._has_closed = True
            return self.switched_at + PULL_MS if self.coil == COIL_PULL else None
        if self._has_closed:
            self.opened_alone = self.opened_alone or now - self._mirror_since >= OPENED_ALONE_MS
            return None if self.opened_alone else self._mirror_since + OPENED_ALONE_MS
        if elapsed >= NO_CLOSE_MS:
            self.failed_to_close(now)
        if self.no_close:
            return None
        return self.switched_at + (PULL_MS if self.coil == COIL_PULL else NO_CLOSE_MS)

    def _observe_not_open(self, now: int) -> "int | None":
        # Counted from the opening, or from the moment a contactor at rest stopped reporting open. What the load side
        # denies is no weld but a contradiction.
        due = max(self.switched_at, self._mirror_since) + WELDED_MS
        self.welded = self.welded or (now >= due and not self.contradicted)
        return due if now < due else None
