"""How often something may happen: so much at once, and then only as time gives. Pure."""

from __future__ import annotations

from agent.values import frozen


@frozen
class Rate:
    """So many at once, and one more after each `every_s`."""

    burst: int
    every_s: float

    def bucket(self) -> Bucket:
        """One that keeps it, full as at the beginning."""
        return Bucket(self)


class Bucket:
    """Keeps a rate. Seconds come in, by a clock that nobody sets."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._left = float(rate.burst)
        self._at_s: float | None = None

    def take(self, now_s: float) -> bool:
        """Whether one more may pass now."""
        self._fill(now_s)
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

    def give_back(self) -> None:
        """The last one that passed did not come after all."""
        self._left = min(float(self._rate.burst), self._left + 1.0)

    def wait_s(self, now_s: float) -> float:
        """Until the next may pass."""
        self._fill(now_s)
        return 0.0 if self._left >= 1.0 else (1.0 - self._left) * self._rate.every_s

    def _fill(self, now_s: float) -> None:
        if self._at_s is not None:
            now_s = max(self._at_s, now_s)
            self._left = min(float(self._rate.burst), self._left + (now_s - self._at_s) / self._rate.every_s)
        self._at_s = now_s
