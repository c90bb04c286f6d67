"""The contactor: coil drive, switching rate, what the mirror contact says about it (safety reference, section 5)."""

from hal import COIL_HOLD, COIL_OFF, COIL_PULL

STATE_UNKNOWN = 0
STATE_OPEN = 1
STATE_CLOSED = 2
STATE_WELDED = 3
STATE_NO_CLOSE = 4

PULL_MS = 120
NO_CLOSE_MS = 250
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
        self._switched_at = now
        # After a restart nobody knows when the last opening was, so it counts as just now.
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
        return STATE_OPEN if self.mirror_open else STATE_CLOSED

    def allowed_at(self) -> int:
        """When the off-time is over."""
        return self._open_since + STAY_OPEN_MS

    def rate_allowed_at(self) -> int:
        """When one more closing stays below the switching rate."""
        if len(self._closed_at) < RATE_CLOSINGS:
            return 0
        return self._closed_at[0] + RATE_MS

    def close(self, now: int) -> None:
        """Energise the coil."""
        self.coil = COIL_PULL
        self._switched_at = now
        self._has_closed = False
        self.closings += 1
        self._closed_at.append(now)
        if len(self._closed_at) > RATE_CLOSINGS:
            self._closed_at.pop(0)

    def open(self, now: int) -> None:
        """Take the current off the coil."""
        self.coil = COIL_OFF
        self._switched_at = now
        self._open_since = now

    def forget_close_verdicts(self) -> None:
        """A new plug: what failed to close or opened alone may be tried again."""
        self.no_close = False
        self.opened_alone = False

    def observe(self, mirror_open: bool, now: int) -> "int | None":
        """Take the mirror's word, finish the pull-in, judge; returns when a verdict is due, None for none."""
        if mirror_open != self.mirror_open:
            self.mirror_open = mirror_open
            self._mirror_since = now
        if self.energised:
            return self._observe_energised(now)
        if mirror_open:
            return None
        return self._observe_not_open(now)

    def _observe_energised(self, now: int) -> "int | None":
        elapsed = now - self._switched_at
        if self.coil == COIL_PULL and elapsed >= PULL_MS:
            self.coil = COIL_HOLD
        if not self.mirror_open:
            self._has_closed = True
            return self._switched_at + PULL_MS if self.coil == COIL_PULL else None
        if self._has_closed:
            self.opened_alone = self.opened_alone or now - self._mirror_since >= OPENED_ALONE_MS
            return None if self.opened_alone else self._mirror_since + OPENED_ALONE_MS
        self.no_close = self.no_close or elapsed >= NO_CLOSE_MS
        if self.no_close:
            return None
        return self._switched_at + (PULL_MS if self.coil == COIL_PULL else NO_CLOSE_MS)

    def _observe_not_open(self, now: int) -> "int | None":
        # Counted from the opening, or from the moment a contactor at rest stopped reporting open.
        due = max(self._switched_at, self._mirror_since) + WELDED_MS
        self.welded = self.welded or now >= due
        return None if self.welded else due
