"""Whether the charger has something to do or to tell that a change of the central system's address would disturb."""

from __future__ import annotations

from agent.core.session.model import BUSY, SessionPhase
from agent.station.station import Station

OCCUPIED = BUSY | {SessionPhase.AUTHORIZED}


async def is_quiet(station: Station) -> bool:
    """Nobody charges or is about to, and nothing waits to be told. Raises StoreError."""
    if station.store.ledger.queued() or any(session.phase in OCCUPIED for session in station.sessions()):
        return False
    return not await station.store.ledger.owes_transactions()


async def is_owing(station: Station) -> bool:
    """Whether the network must still hear of a transaction: of its end, or when its car left. Raises StoreError."""
    prices = station.store.latches.prices
    costs = (prices.of(id) for id in station.connectors)
    stays = any(cost is not None and cost.left_at is None for cost in costs)
    if prices.departures() or (stays and station.settings.idle_fee_after_stop):
        return True
    return await station.store.ledger.owes_transactions()
