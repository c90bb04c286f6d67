"""How fast a limit may follow a temperature: 1 A down every 10 s, 1 A up a minute (safety.md section 8)."""

from __future__ import annotations

from dataclasses import replace

from agent.core.time import Instant
from agent.values import frozen

STEP_A = 1.0
LOWER_EVERY_S = 10.0
RAISE_EVERY_S = 60.0


@frozen(kw_only=True)
class PacedLimit:
    """`lowered_at`: the last step down. `room_since`: since when, or since which step up, more would be allowed."""

    current_a: float
    lowered_at: Instant | None = None
    room_since: Instant | None = None

    def capped(self, most_a: float, now: Instant) -> PacedLimit:
        """Not more than this from now on, without any pace."""
        return self if self.current_a <= most_a else PacedLimit(current_a=most_a, lowered_at=now)

    def followed(self, target_a: float, now: Instant) -> PacedLimit:
        """One step towards the target, if one is due."""
        if target_a < self.current_a:
            if self.lowered_at is not None and now.since(self.lowered_at) < LOWER_EVERY_S:
                return replace(self, room_since=None)
            return PacedLimit(current_a=max(target_a, self.current_a - STEP_A), lowered_at=now)
        if target_a == self.current_a:
            return replace(self, room_since=None)
        if self.room_since is None:
            return replace(self, room_since=now)
        if now.since(self.room_since) < RAISE_EVERY_S:
            return self
        return replace(self, current_a=min(target_a, self.current_a + STEP_A), room_since=now)
