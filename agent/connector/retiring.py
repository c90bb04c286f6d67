"""The end of the program at a connector: no power, and the register on record. The transaction itself stays open."""

from __future__ import annotations

import asyncio
import logging

from agent.connector.ports import Ledger
from agent.connector.runner import Connector
from agent.connector.sampling import open_transaction
from agent.core.control_pilot import ContactorState
from agent.core.limits import LimitSource
from agent.core.session.events import LimitChanged
from agent.errors import DriverError, StoreError

log = logging.getLogger(__name__)

OPENS_WITHIN_S = 8.0
"""How long the end waits for the contactor: the board opens under load 6 s after the offer ended."""


async def retire(connector: Connector, ledger: Ledger) -> None:
    """Withdraw offer and permission, wait for the contactor, keep the register. `connector.run` must still be running.

    The charge goes on after a restart if the same car is there (core/session/restart.py).
    """
    connector.post(LimitChanged(source=LimitSource.FAILSAFE, current_a=0.0, detail="the program is ending"))
    try:
        async with asyncio.timeout(OPENS_WITHIN_S):
            await connector.until(lambda session: session.contactor is not ContactorState.CLOSED)
    except TimeoutError:
        log.warning("contactor was not seen to open before the end", extra={"connector": connector.session.connector})
    try:
        await connector.devices.contactor.permit(False)
        await _keep_register(connector, ledger)
    except (DriverError, StoreError) as error:
        log.warning("end was not in order", extra={"connector": connector.session.connector, "error": str(error)})


async def _keep_register(connector: Connector, ledger: Ledger) -> None:
    session = connector.session
    key, register_wh = open_transaction(session), session.last_register_wh
    if key is not None and register_wh is not None and session.last_sample is not None:
        await ledger.record_checkpoint(key, register_wh, session.last_sample.at)
