"""Transactions that were open at a connector which the board file no longer has: nobody else would ever end them."""

from __future__ import annotations

import logging

from agent.core.session.restart import end_without_connector
from agent.errors import StoreError
from agent.station.station import Station

log = logging.getLogger(__name__)


async def close_orphans(station: Station) -> None:
    """End each with the last register on record, before the network is told anything. Never raises.

    One that the store cannot close now stays open, and the next start tries again.
    """
    boot_id = station.clock.now().boot_id
    for record in station.store.ledger.open_transactions():
        if record.connector in station.connectors:
            continue
        stop = end_without_connector(record, kernel_restarted=record.kernel_boot_id != boot_id)
        try:
            await station.store.ledger.record_stop(stop)
        except StoreError as error:
            log.warning("orphaned transaction stays open", extra={"transaction": record.key, "error": str(error)})
            continue
        station.tell(
            "transaction.orphaned",
            transaction=record.key,
            connector_id=record.connector,
            reason=stop.reason.value,
            register_wh=stop.register_wh,
        )
