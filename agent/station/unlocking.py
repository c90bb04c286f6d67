"""The lock of a connector opened on somebody's word: the one way for the network, a person and an order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from agent.core.identity import ConnectorId
from agent.core.session.events import UnlockRequested
from agent.core.session.offer import may_be_live
from agent.drivers.interfaces import Lock
from agent.errors import DriverError
from agent.station.station import Station

UNLOCKS_WITHIN_S = 5.0


async def unlock(station: Station, locks: Mapping[ConnectorId, Lock], connector: ConnectorId) -> bool | None:
    """Whether it is open; None where there is no lock.

    After the charge that may run has come to its end, whoever the cable is kept for then. What may be live stays
    locked.
    """
    lock = locks.get(connector)
    if lock is None:
        return None
    try:
        async with asyncio.timeout(UNLOCKS_WITHIN_S):
            place = station.connectors[connector]
            await place.until(lambda session: session.transaction is None and not may_be_live(session))
            place.post(UnlockRequested())
            await place.until(lambda session: session.held_for is None)
            return not await lock.set_locked(False)
    except (TimeoutError, DriverError):
        return False
