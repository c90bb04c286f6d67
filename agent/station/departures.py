"""Tells the network of cars that left after a charge, up to when an idle fee may run; each until it is taken."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from agent.core.time import Instant
from agent.errors import StoreError
from agent.ocpp_client.adapter import WireCall
from agent.ocpp_client.rpc.calls import Outcome, Silence
from agent.station.prices import Prices
from agent.station.station import Station

log = logging.getLogger(__name__)

LOOKS_AGAIN_AFTER_S = 10.0
"""The end of the transaction is to be told before, and that waits its turn in the ledger's queue."""


class Words(Protocol):
    """How a version of OCPP says it."""

    def connector_unplugged(self, remote_id: int, at: Instant, now: Instant) -> WireCall: ...


Call = Callable[[WireCall], Awaitable[Outcome | None]]


async def tell_departures(station: Station, prices: Prices, words: Words, call: Call) -> None:
    """One after the other, for ever. An error for an answer is one: asking again would bring the same."""
    while True:
        try:
            was_told = await _tell_oldest(station, words, call)
        except StoreError as error:
            log.warning("a departure could not be looked up", extra={"error": str(error)})
            was_told = False
        if was_told:
            continue
        prices.departed.clear()
        waits = station.store.latches.prices.departures() > 0
        try:
            async with asyncio.timeout(LOOKS_AGAIN_AFTER_S if waits else None):
                await prices.departed.wait()
        except TimeoutError:
            continue


async def _tell_oldest(station: Station, words: Words, call: Call) -> bool:
    """Whether it is done with. Raises StoreError."""
    departure = await station.store.latches.prices.oldest_departure()
    if departure is None:
        return False
    if departure.remote_id is None or departure.is_lost:
        log.warning("a departure cannot be told", extra={"transaction": departure.key})
        await station.store.latches.prices.told(departure.id)
        return True
    outcome = await call(words.connector_unplugged(departure.remote_id, departure.at, station.clock.now()))
    if outcome is None or isinstance(outcome, Silence):
        return False
    await station.store.latches.prices.told(departure.id)
    return True
