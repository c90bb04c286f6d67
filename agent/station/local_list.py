"""The list of tokens that the network sends: kept by the store, refused by it where it cannot be kept."""

from __future__ import annotations

import logging
from collections.abc import Callable

from agent.core.local_list import ListUpdate, UpdateVerdict
from agent.errors import StoreError
from agent.station.station import Station

log = logging.getLogger(__name__)


class LocalList:
    """`LocalListPort` of the OCPP client."""

    def __init__(self, station: Station, changed: Callable[[], None]) -> None:
        """`changed` is told each time the list is another one."""
        self._station = station
        self._changed = changed

    @property
    def version(self) -> int:
        return self._station.store.tokens.network_list.version

    async def update(self, update: ListUpdate) -> UpdateVerdict:
        try:
            verdict = await self._station.store.tokens.network_list.update(update)
        except StoreError as error:
            log.warning("local list was not taken", extra={"version": update.version, "error": str(error)})
            return UpdateVerdict.FAILED
        if verdict is UpdateVerdict.ACCEPTED:
            self._station.tell(
                "list.changed", version=self.version, kind=update.kind.value, entries=len(update.entries)
            )
            self._changed()
        return verdict
