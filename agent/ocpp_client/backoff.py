"""How long to wait between connections. Pure: chance and failures come in, seconds go out.

OCPP 1.6 standardises nothing here; the shape is 2.0.1's back-off (ocpp16.md section 1): a wait that doubles, a random
part each time, and a start from the bottom after success. Success is an *answered* connection, not an opened one: some
central systems accept whoever calls and hang up at once.
"""

from __future__ import annotations

from dataclasses import replace

from agent.ids import Ids
from agent.values import frozen

FIRST_WAIT_S = 1.0
"""After a good connection broke. Home Assistant closes the first successor, and takes the next a second later."""
DOUBLES_FROM_S = 2.0
LONGEST_WAIT_S = 240.0
RANDOM_PART = 0.5
"""Up to this share is added, so that the chargers of a site do not all come back in the same second (proposed)."""
LONGEST_OBEYED_S = 3600.0
"""A server may ask for more by Retry-After, and does not get it."""


@frozen
class Ladder:
    """`rung` counts the failures since the last answered connection."""

    rung: int = 0

    def failed(self) -> Ladder:
        """One more attempt came to nothing."""
        return replace(self, rung=self.rung + 1)

    def wait_s(self, ids: Ids, retry_after_s: float | None = None) -> float:
        """Seconds before the next attempt; never fewer than the server asked for, within `LONGEST_OBEYED_S`."""
        steps = min(self.rung - 1, 32)
        base_s = FIRST_WAIT_S if steps < 1 else min(LONGEST_WAIT_S, DOUBLES_FROM_S * 2 ** (steps - 1))
        asked_s = min(retry_after_s or 0.0, LONGEST_OBEYED_S)
        return max(base_s, asked_s) + ids.between(0.0, RANDOM_PART * base_s)
