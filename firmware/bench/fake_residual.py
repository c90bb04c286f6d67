"""A residual current module on the bench, and the latch it has in the chain (pilot board's hardware, sections 2 and 7).

It sees the test winding and the main contacts, and moves the module's lines and the chain's feedback. Milliseconds.
"""

from inputs import RESIDUAL_DC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fake_hal import FakeHal

LEAST_PULSE_MS = 50


class FakeResidual:
    """Healthy until a test breaks it: change its fields, then let the bench look (`touch`)."""

    def __init__(self, hal: "FakeHal") -> None:
        self.trip_ms = 400
        """From the beginning of the test current to the trip: 200 to 800."""
        self.release_ms = 1_000
        """From the end of what tripped it to the release: 500 to 2000."""
        self.dead = False
        """Never trips."""
        self.stuck = False
        """Never releases once it tripped."""
        self.error = 0
        """RESIDUAL_ERROR while its error line is active."""
        self.is_in_chain = True
        """The wire from the module to its latch."""
        self.obeys_reset = True
        self.emergency_stop = False
        """Opens the same chain."""
        self._hal = hal
        self._lines = 0
        self._latched = False
        self._opens = False
        self._resets = 0
        self._tested_since: int | None = None
        self._trips_at: int | None = None
        self._releases_at: int | None = None

    def trip(self, lines: int) -> None:
        """These RESIDUAL_ lines trip; the current behind it flows while the contacts are closed."""
        self._lines |= lines
        self._releases_at = None

    def release(self) -> None:
        """The output falls back this moment."""
        self._lines = 0
        self._releases_at = None

    def look(self) -> None:
        """Bring lines and chain up to date with the bench's time and the board's outputs."""
        self._follow_test_winding()
        now = self._hal.now
        if self._trips_at is not None and now >= self._trips_at:
            self._trips_at = None
            if not self.dead:
                self._lines |= RESIDUAL_DC
        current_flows = self._hal.main_closed or self._tested_since is not None
        if self._lines and not current_flows and not self.stuck and self._releases_at is None:
            self._releases_at = now + self.release_ms
        if self._releases_at is not None and now >= self._releases_at:
            self.release()
        self._hal.pins.residual = self._lines | self.error
        self._follow_chain()

    def due(self) -> "int | None":
        """When something changes by itself."""
        moments = [at for at in (self._trips_at, self._releases_at) if at is not None]
        return min(moments) if moments else None

    def _follow_test_winding(self) -> None:
        now = self._hal.now
        if self._hal.residual_testing and self._tested_since is None:
            self._tested_since = now
            self._trips_at = now + self.trip_ms
        elif not self._hal.residual_testing and self._tested_since is not None:
            if now - self._tested_since < LEAST_PULSE_MS:
                self._trips_at = None
            self._tested_since = None

    def _follow_chain(self) -> None:
        if self._lines and self.is_in_chain:
            self._latched = True
        elif self._hal.residual_resets != self._resets and not self._lines and self.obeys_reset:
            self._latched = False
        self._resets = self._hal.residual_resets
        opens = self._latched or self.emergency_stop
        if opens != self._opens:
            # A test may move the chain's feedback itself.
            self._opens = opens
            self._hal.chain = not opens
