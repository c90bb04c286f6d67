"""How many edges a sense line showed lately: interrupts count, the loop asks (pilot board's hardware reference, 6)."""

BUCKET_MS = 5


class Edges:
    """Counts over the last `window_ms`, in steps of 5 ms; the present step is left out, it is not over yet."""

    def __init__(self, window_ms: int) -> None:
        self._buckets = [0] * (window_ms // BUCKET_MS)
        self._at = 0
        self._step = 0
        self._pending = 0

    def edge(self, pin: object) -> None:
        """The interrupt: one edge more. Allocates nothing."""
        self._pending += 1

    def count(self, now: int) -> int:
        """Edges of the window that ended with the last whole step. What a late loop finds counts as seen just now."""
        step = now // BUCKET_MS
        passed = step - self._step
        self._step = step
        for _ in range(min(passed, len(self._buckets))):
            self._at = (self._at + 1) % len(self._buckets)
            self._buckets[self._at] = 0
        if passed:
            self._buckets[self._at], self._pending = self._pending, 0
        return sum(self._buckets)
