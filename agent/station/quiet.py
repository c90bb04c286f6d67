"""Whether the charger has something to do or to tell that a change of the central system's address would disturb."""

from __future__ import annotations

from agent.core.session.model import SessionPhase
from agent.station.station import Station

BUSY = frozenset({SessionPhase.AUTHORIZED, SessionPhase.STARTING, SessionPhase.CHARGING, SessionPhase.STOPPING})


async def is_quiet(station: Station) -> bool:
    """Nobody charges or is about to, and nothing waits to be told. Raises StoreError."""
    if station.store.ledger.queued() or any(session.phase in BUSY for session in station.sessions()):
        return False
    return not await is_owing(station)


async def is_owing(station: Station) -> bool:
    """Whether a transaction is open, or the network must still hear of one. Raises StoreError."""
    return await station.store.ledger.owes_transactions()
