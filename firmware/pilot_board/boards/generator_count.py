"""Frequency and duty at the generator's output, from a counter that one slice of the PWM block lends (section 3).

It counts edges for a second, then, gated by the level, half-microseconds for a tenth: both against the time that truly
passed, since the loop that reads it is a few milliseconds early or late. Pure; the board owns the counter.
"""

EDGES_US = 1_000_000
LEVEL_US = 100_000
TICKS_PER_MS = 500
"""125 MHz through a divider of 250."""

COUNT_EDGES, COUNT_LEVEL = 0, 1


def frequency_mhz(edges: int, elapsed_us: int) -> int:
    """0.001 Hz."""
    return edges * 1_000_000_000 // elapsed_us


def duty(ticks: int, elapsed_us: int) -> int:
    """1/10000."""
    return min(10_000, ticks * 10_000 * 1_000 // (elapsed_us * TICKS_PER_MS))


class GeneratorCount:
    """Which count runs, and what the finished ones said. `turn` returns which to start now, None to let it run."""

    def __init__(self) -> None:
        self.frequency_mhz: int | None = None
        self.duty: int | None = None
        self._mode = COUNT_EDGES
        self._since_us = -1

    def stop(self) -> None:
        """PWM ended: what was counted says nothing any more."""
        self.frequency_mhz = self.duty = None
        self._mode = COUNT_EDGES
        self._since_us = -1

    def turn(self, count: int, now_us: int) -> "int | None":
        """Take the counter's present content."""
        if self._since_us < 0:
            self._since_us = now_us
            return self._mode
        elapsed_us = now_us - self._since_us
        if elapsed_us < (EDGES_US if self._mode == COUNT_EDGES else LEVEL_US):
            return None
        if self._mode == COUNT_EDGES:
            self.frequency_mhz = frequency_mhz(count, elapsed_us)
        else:
            self.duty = duty(count, elapsed_us)
        self._mode = COUNT_LEVEL if self._mode == COUNT_EDGES else COUNT_EDGES
        self._since_us = now_us
        return self._mode
