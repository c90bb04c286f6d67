"""What the store held when the program began, told to the connectors before anything else happens."""

from __future__ import annotations

from agent.core.session.events import FaultObserved, TransactionFound
from agent.station.station import Station


def post_what_was_found(station: Station) -> None:
    """Open transactions from before the start come first; then what bars power whatever the devices say."""
    store, boot_id = station.store, station.clock.now().boot_id
    for record in store.ledger.open_transactions():
        connector = station.connectors.get(record.connector)
        if connector is None:
            continue  # close_orphans ends it
        connector.post(TransactionFound(record=record, kernel_restarted=record.kernel_boot_id != boot_id))
    if store.set_aside is not None:
        evidence = (("file", store.set_aside.name),)
        for connector in station.connectors.values():
            connector.post(FaultObserved(id="storage.replaced", present=True, evidence=evidence))
