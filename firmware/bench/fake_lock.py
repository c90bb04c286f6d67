"""The lock of a socket-outlet on the bench: a motor that travels, and the code that its feedback gives.

Pilot board's hardware reference, section 8. Milliseconds; the way from unlocked to locked is measured in them.
"""

from kind import SOCKET
from outputs import LOCK_LOCK, LOCK_UNLOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fake_hal import FakeHal

LOCKED_CODE = 600
UNLOCKED_CODE = 3_000
BETWEEN_CODE = 1_800
BROKEN_CODE = 4_000


class FakeLock:
    """Healthy until a test breaks it: change its fields, then let the bench look (`touch`)."""

    def __init__(self, hal: "FakeHal") -> None:
        self.travel_ms = 250
        self.is_jammed = False
        """The motor stalls: nothing moves whatever is driven."""
        self.feedback_is_broken = False
        self.locked_code = LOCKED_CODE
        self.pulses = 0
        self.pulsed_while_live = 0
        """How often it was told to unlock while the main contacts were closed."""
        self._hal = hal
        self._travelled_ms = 0
        self._drive = 0
        self._seen_at = hal.now

    @property
    def holds(self) -> bool:
        """The pin is all the way in."""
        return self._travelled_ms >= self.travel_ms

    @property
    def is_free(self) -> bool:
        return self._travelled_ms == 0

    def force_open(self) -> None:
        """Somebody tears the plug out."""
        self._travelled_ms = 0

    def look(self) -> None:
        """Bring the feedback up to date with the bench's time and the board's drive."""
        if not self._hal.kind.fits(SOCKET):
            return
        self._move(self._hal.now - self._seen_at)
        self._seen_at = self._hal.now
        drive = self._hal.lock_drive
        if drive != self._drive:
            self._drive = drive
            self.pulses += drive in (LOCK_LOCK, LOCK_UNLOCK)
        if drive == LOCK_UNLOCK and self._hal.main_closed:
            self.pulsed_while_live += 1
        self._hal.pins.lock_code = self._code()

    def due(self) -> "int | None":
        """When it arrives, None while it rests."""
        if self.is_jammed:
            return None
        if self._drive == LOCK_LOCK and not self.holds:
            return self._seen_at + self.travel_ms - self._travelled_ms
        if self._drive == LOCK_UNLOCK and not self.is_free:
            return self._seen_at + self._travelled_ms
        return None

    def _move(self, elapsed_ms: int) -> None:
        if self.is_jammed:
            return
        if self._drive == LOCK_LOCK:
            self._travelled_ms = min(self.travel_ms, self._travelled_ms + elapsed_ms)
        elif self._drive == LOCK_UNLOCK:
            self._travelled_ms = max(0, self._travelled_ms - elapsed_ms)

    def _code(self) -> int:
        if self.feedback_is_broken:
            return BROKEN_CODE
        if self.is_free:
            return UNLOCKED_CODE
        return self.locked_code if self.holds else BETWEEN_CODE
