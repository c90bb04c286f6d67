"""What the board's own counter makes of its pilot generator on the bench: one count for each whole second of PWM."""

from hal import X2
from kind import RAILS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fake_hal import FakeHal

COUNT_MS = 1_000


class FakeGenerator:
    """Healthy until a test breaks it: change its fields. A count over a change of the duty is a mixture."""

    def __init__(self, hal: "FakeHal") -> None:
        self.frequency_mhz = 1_000_000
        self.duty_error = 0
        self.counter_works = True
        self.runs_on = False
        """Steady is asked for, and PWM goes on."""
        self._hal = hal
        self._runs = False
        self._ends_at = hal.now
        self._duty = 0
        self._sum = 0
        self._seen_at = hal.now

    def look(self) -> None:
        """Bring the count up to date with the bench's time and the board's drive."""
        if not self._hal.kind.fits(RAILS):
            return
        now = self._hal.now
        self._sum += self._duty * (now - self._seen_at)
        self._seen_at = now
        runs = self._hal.mode == X2 or (self._runs and self.runs_on)
        if not runs or not self._runs:
            self._begin(now)
            self._tell(None, None)
        self._runs = runs
        if self._hal.mode == X2:
            self._duty = self._hal.duty
        if runs and now >= self._ends_at:
            self._tell(self.frequency_mhz, self._sum // COUNT_MS + self.duty_error)
            self._begin(now)

    def due(self) -> "int | None":
        """When the next count is there."""
        return self._ends_at if self._runs else None

    def _begin(self, now: int) -> None:
        self._sum = 0
        self._ends_at = now + COUNT_MS

    def _tell(self, mhz: "int | None", duty: "int | None") -> None:
        self._hal.pins.generator_mhz = mhz if self.counter_works else None
        self._hal.pins.generator_duty = duty if self.counter_works else None
