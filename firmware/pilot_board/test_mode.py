"""The energised test of whoever takes the station into service: a token that lets contacts close before it is.

It replaces two conditions of closing, commissioning and switching rate, and no other (safety reference, section 2 and
P32; self-test catalogue, section 1). Whoever asks proves to know the station's local key; no backend does.
"""

CLOSINGS = 40
CLOSED_MS = 60_000
TEST_MS = 600_000


class EnergisedTest:
    """One job at a time. What was closed under it opens with its end."""

    def __init__(self) -> None:
        self.running = False
        self.closings_left = 0
        self._ends_at = 0
        self._closed_at: int | None = None
        """Since when the contacts are closed under the token; None while they are not."""

    def begin(self, now: int) -> None:
        """Whoever calls this has seen the proof."""
        self.running = True
        self.closings_left = CLOSINGS
        self._ends_at = now + TEST_MS

    def end(self) -> None:
        """The token is void."""
        self.running = False
        self.closings_left = 0

    def observe(self, host_talks: bool, now: int) -> "int | None":
        """Let the token grow old; returns when it ends, or when the contacts must open. A silent host ends it."""
        if not self.running:
            return None
        if not host_talks or now >= self._ends_at:
            self.end()
            return None
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
