"""The energised test of whoever takes the station into service: a token that lets contacts close before it is.

It replaces two conditions of closing, commissioning and switching rate, and no other (safety reference, section 2 and
P32; self-test catalogue, section 1). Whoever asks proves to know the station's local key; no backend does.
"""

CLOSINGS = 40
CLOSED_MS = 60_000
TEST_MS = 600_000
QUIET_MS = 300
"""So long no pulse keeps the charge pump up when that is tested; it holds the chain for 30 to 50 ms."""


class EnergisedTest:
    """One job at a time. What was closed under it opens with its end."""

    def __init__(self) -> None:
        self.running = False
        self.closings_left = 0
        self._ends_at = 0
        self._quiet_since: int | None = None
        """When the pulses were stopped; None: they were not, in this test."""
        self._closed_at: int | None = None
        """Since when the contacts are closed under the token; None while they are not."""

    def begin(self, now: int) -> None:
        """Whoever calls this has seen the proof."""
        self.running = True
        self._quiet_since = None
        self.closings_left = CLOSINGS
        self._ends_at = now + TEST_MS

    def end(self) -> None:
        """The token is void."""
        self.running = False
        self.closings_left = 0

    def stop_pulses(self, now: int) -> None:
        """Let the hardware chain run down once, as a program that stands still would (ST406)."""
        if self.running:
            self._quiet_since = now

    def pulses(self, now: int) -> bool:
        """The charge pump gets its edges."""
        return not self.running or self._quiet_since is None or now >= self._quiet_since + QUIET_MS

    def quiet_ms(self, now: int) -> int:
        """How long ago the pulses were stopped in this test, also when they are back; 0 where they were not."""
        return 0 if self._quiet_since is None else now - self._quiet_since

    def observe(self, host_talks: bool, now: int) -> "int | None":
        """Let the token grow old; returns when it ends, or when the contacts must open. A silent host ends it."""
        if not self.running:
            return None
        if not host_talks or now >= self._ends_at:
            self.end()
            return None
        if not self.pulses(now):
            # They have to go on again.
            return now + 1
        if self._closed_at is None:
            return self._ends_at
        # Past that moment already: it opens in this very step.
        return max(now + 1, min(self._ends_at, self._closed_at + CLOSED_MS))

    def closed(self, now: int) -> None:
        """The coil took current."""
        if self.running:
            self.closings_left -= 1
            self._closed_at = now

    def opened(self) -> None:
        """The coil lost its current."""
        self._closed_at = None

    def may_stay_closed(self, now: int) -> bool:
        """What was closed under the token is within its time; always so for what was not."""
        return self._closed_at is None or (self.running and now < self._closed_at + CLOSED_MS)
