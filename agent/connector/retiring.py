"""The end of the program at a connector: no power, and the register on record. The transaction itself stays open."""

from __future__ import annotations

import asyncio
import logging

from agent.connector.ports import Ledger
from agent.connector.runner import Connector
from agent.connector.sampling import is_undecided, open_transaction
from agent.core.session.events import ProgramEnds
from agent.core.session.offer import CONTACTOR_OPENS_WITHIN_S, is_without_power
from agent.errors import StoreError

log = logging.getLogger(__name__)

WITHOUT_POWER_WITHIN_S = CONTACTOR_OPENS_WITHIN_S + 1.0
"""The session withdraws the permission of a contactor that stays closed by itself, a moment earlier."""
RECORDS_WITHIN_S = 2.0
"""The last register is worth so much waiting: it only counts where the meter cannot be read at the next start."""
RETIRES_WITHIN_S = WITHOUT_POWER_WITHIN_S + RECORDS_WITHIN_S


async def retire(connector: Connector, ledger: Ledger) -> None:
    """Let the session withdraw offer and permission, wait for the contactor, keep the register.

    RETIRES_WITHIN_S at most. `connector.run` must still be running. The charge goes on after a restart if the same car
    is there (core/session/restart.py).
    """
    about = {"connector": connector.session.connector}
    connector.post(ProgramEnds())
    try:
        async with asyncio.timeout(WITHOUT_POWER_WITHIN_S):
            await connector.until(lambda session: session.ends and is_without_power(session))
    except TimeoutError:
        # The link withdraws it once more when it is closed, and the board's lease ends whatever it does not hear.
        log.warning("contactor was not seen to open before the end", extra=about)
    try:
        async with asyncio.timeout(RECORDS_WITHIN_S):
            await _keep_register(connector, ledger)
    except (TimeoutError, StoreError) as error:
        log.warning("last register was not put on record", extra={**about, "error": str(error) or "it took too long"})


async def _keep_register(connector: Connector, ledger: Ledger) -> None:
    session = connector.session
    if is_undecided(session):
        # Its last record tells the next start when and in which boot the charge was interrupted.
        return
    key, register_wh = open_transaction(session), session.last_register_wh
    if key is not None and register_wh is not None and session.last_sample is not None:
        await ledger.record_checkpoint(key, register_wh, session.last_sample.at)
