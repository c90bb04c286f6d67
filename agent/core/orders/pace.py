"""How many orders a charger takes (security.md S-24 and section 8): a bucket for each kind."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Pace:
    """`burst` at once, and again as many as `per_s` gives."""

    per_s: float
    burst: float
    _left: float = field(default=-1.0, init=False)
    _at_s: float = field(default=0.0, init=False)

    def take(self, now_s: float) -> bool:
        """Whether one more may come at `now_s`, a monotonic time; it is counted then."""
        passed_s = max(0.0, now_s - self._at_s)
        self._left = self.burst if self._left < 0 else min(self.burst, self._left + passed_s * self.per_s)
        self._at_s = max(self._at_s, now_s)
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

    def give_back(self) -> None:
        """The last one that was counted did not come after all."""
        self._left = min(self.burst, self._left + 1.0)


def of_all() -> Pace:
    return Pace(per_s=10.0, burst=30.0)


def of_lock() -> Pace:
    """As UnlockConnector over OCPP: 6 a minute."""
    return Pace(per_s=0.1, burst=6.0)


def of_restart() -> Pace:
    """As Reset over OCPP: one a minute."""
    return Pace(per_s=1 / 60, burst=1.0)
