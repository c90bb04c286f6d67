"""Security events: into the log on disk, to whoever watches, and to the central system until it has taken them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from agent.core.time import Instant
from agent.ocpp_client.adapter import WireCall
from agent.ocpp_client.rpc.calls import Outcome, Silence
from agent.security.events import EventRates, SecurityEvent, info_text
from agent.station.station import Station

TRIES_AGAIN_AFTER_S = 30.0

Call = Callable[[WireCall], Awaitable[Outcome | None]]


class Words(Protocol):
    """How a version of OCPP says it."""

    def security_event(self, event: str, info: str, at: Instant, now: Instant) -> WireCall: ...

    def sign_certificate(self, request_pem: str) -> WireCall: ...


class SecurityEvents:
    """`note` may be called at any time, by anybody; `run` tells the network. Without a network they stay on record."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._rates = EventRates()
        self._news = asyncio.Event()
        self._is_told = station.config.ocpp is not None

    def note(self, event: SecurityEvent, info: str = "") -> None:
        """On record soon; one that comes too often is only counted (security/events.py)."""
        now = self._station.clock.now()
        count = self._rates.admit(event, now.monotonic_s)
        if count == 0:
            return
        text = info_text(info, count)
        self._station.tell("security.noted", event=event.value, info=text)
        self._station.deeds.do("keep a security event", lambda: self._keep(now, event, text))

    def wake(self) -> None:
        """The network answers again, perhaps."""
        self._news.set()

    async def run(self, words: Words, call: Call) -> None:
        """Tell the network what it was not told yet, one after the other, for ever.

        An error for an answer is one, too: a central system without the security extension would be asked for ever.
        """
        log = self._station.store.logs.security
        while True:
            record = log.oldest_waiting()
            if record is None:
                await self._wait(None)
                continue
            now = self._station.clock.now()
            outcome = await call(words.security_event(record.event, record.info, record.at, now))
            if outcome is None or isinstance(outcome, Silence):
                await self._wait(TRIES_AGAIN_AFTER_S)
            else:
                await log.told(record.seq)

    async def _wait(self, at_most_s: float | None) -> None:
        try:
            async with asyncio.timeout(at_most_s):
                await self._news.wait()
        except TimeoutError:
            pass
        self._news.clear()

    async def _keep(self, at: Instant, event: SecurityEvent, text: str) -> None:
        await self._station.store.logs.security.append(at, event.value, text, waits=self._is_told)
        self._news.set()
