"""Keeps on record which faults stand, so that the next run knows them again and counts none of them twice.

Written along with other news, five seconds late, and at the end: a fault that a power cut follows within that time is
another occurrence after it, and one that went away within it is none when it comes again right after the start.
`fault.cleared` of what ended within it may be told again by the next run.
"""

from __future__ import annotations

import asyncio
import logging

from agent.core.faults.register import FaultRegister
from agent.core.identity import ConnectorId
from agent.core.session.model import Session
from agent.errors import StoreError
from agent.station.station import Station

log = logging.getLogger(__name__)

BATCH_S = 5.0
CONCLUDES_WITHIN_S = 1.0


class StandingFaults:
    """One object a run."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._faults: dict[ConnectorId, FaultRegister] = {}
        self._have_changed = asyncio.Event()

    def session_changed(self, session: Session) -> None:
        """After a step of a session; returns at once."""
        if self._faults.get(session.connector) is not session.faults:
            self._faults[session.connector] = session.faults
            self._have_changed.set()

    async def run(self) -> None:
        """Write what changes, for ever."""
        while True:
            await self._have_changed.wait()
            await asyncio.sleep(BATCH_S)
            self._have_changed.clear()
            await self._keep()

    async def conclude(self) -> None:
        """The last word before the end of the program; CONCLUDES_WITHIN_S at most."""
        try:
            async with asyncio.timeout(CONCLUDES_WITHIN_S):
                await self._keep()
        except TimeoutError:
            log.warning("standing faults were not written in time", extra={"limit_s": CONCLUDES_WITHIN_S})

    async def _keep(self) -> None:
        standing = {connector: faults.standing() for connector, faults in self._faults.items()}
        try:
            await self._station.store.latches.standing.keep(standing)
        except StoreError as error:
            log.warning("standing faults were not put on record", extra={"error": str(error)})
