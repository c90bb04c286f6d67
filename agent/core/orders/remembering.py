"""Which orders were taken: their ids, until an hour after they expired. Pure; `agent/store/orders.py` keeps it.

Whoever forgets an id must never take it again, though the clock may jump: what is forgotten raises a floor, and an
order that expires no later than the floor is refused, whatever the clock says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from agent.core.orders.envelope import Order
from agent.values import frozen

KEPT_AFTER_MS = 3_600_000
"""security.md S-22."""
MOST = 4096
"""Beyond it those that expire first are forgotten before their time, and the floor rises."""


@frozen(kw_only=True)
class Seen:
    """`until_ms`: when each order expires, by its id."""

    until_ms: Mapping[str, int] = field(default_factory=dict)
    floor_ms: int = 0

    def has(self, order: Order) -> bool:
        return order.id in self.until_ms


def with_order(seen: Seen, order: Order, now_ms: int | None) -> Seen:
    """`order` remembered too, and forgotten what may be. `now_ms` None: no clock, so nothing is too old."""
    until_ms = {**seen.until_ms, order.id: order.expires_ms}
    stale = [] if now_ms is None else [id for id, end_ms in until_ms.items() if end_ms + KEPT_AFTER_MS < now_ms]
    if len(until_ms) - len(stale) > MOST:
        # Half at once: one by one would sort the whole list for each order.
        stale = sorted(until_ms, key=lambda id: until_ms[id])[: len(until_ms) - MOST // 2]
    if not stale:
        return Seen(until_ms=until_ms, floor_ms=seen.floor_ms)
    floor_ms = max(seen.floor_ms, *(until_ms[id] for id in stale))
    return Seen(until_ms={id: end for id, end in until_ms.items() if end > floor_ms}, floor_ms=floor_ms)
