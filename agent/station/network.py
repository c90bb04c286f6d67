"""The central system as the rest of the charger knows it: there, away, or none configured."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from agent.core.availability import StatusReport
from agent.core.facts import kind_of, moment_of
from agent.core.identity import IdToken
from agent.core.link_figures import LinkFigures, SlotFigures
from agent.core.time import Instant
from agent.errors import Busy
from agent.ocpp_client.adapter import Registration, WireCall
from agent.ocpp_client.causes import Cause, LinkFailed
from agent.ocpp_client.client import OcppClient
from agent.ocpp_client.health import CallTimes, ClientSnapshot
from agent.ocpp_client.link import LinkOptions
from agent.ocpp_client.ports import AuthorizationAnswer
from agent.ocpp_client.rpc.calls import Outcome
from agent.station.station import Station

log = logging.getLogger(__name__)

HELD_AT_MOST_S = 1_800.0
"""A charge until a coarse meter has counted (900 s), behind the rest of a contactor (600 s), and what is around it."""


async def _no_options(_slot: int | None) -> LinkOptions:
    raise LinkFailed(Cause.CONFIGURATION, "no central system is configured")


async def _no_slot(slot: int) -> None:
    raise Busy(f"slot {slot} is not in use: no central system is configured")


class Network:
    """A client, or none: then everything is told to nobody, and facts wait in the ledger for one."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._client: OcppClient | None = None
        self.since: Instant = station.clock.now()
        """When it became connected, or ceased to be."""
        self._was_connected = False
        self._clock_offset_s: float | None = None
        self.certificate_ends_ms: Callable[[], int | None] = lambda: None
        """The end of the charger's own certificate; given by the wiring where there may be one."""
        self.slots: Callable[[], tuple[SlotFigures, ...]] = tuple
        self.use_slot: Callable[[int], Awaitable[None]] = _no_slot
        self.preview: Callable[[int | None], Awaitable[LinkOptions]] = _no_options
        """With what a connection to a slot would be opened; these three are given by the wiring for a network."""

        self.when_changed: Callable[[], None] = lambda: None
        """Told each time it becomes connected, or ceases to be."""
        self.noticed: Callable[[], None] = lambda: None
        """Told each time anything about the connection may be another than before."""
        self.status_seen: Callable[[StatusReport], None] = lambda _: None

    def use(self, client: OcppClient) -> None:
        """From now on there is one."""
        self._client = client

    async def run(self) -> None:
        """Stay connected, for ever."""
        if self._client is None:
            await asyncio.Event().wait()
        else:
            await self._client.run()

    async def call(self, call: WireCall, is_triggered: bool = False) -> Outcome | None:
        """Make one CALL; None where nobody can be asked."""
        return None if self._client is None else await self._client.call(call, is_triggered=is_triggered)

    async def reconnect(self, why: str) -> None:
        """Open another connection in place of the one there is."""
        if self._client is not None:
            await self._client.reconnect(why)

    @asynccontextmanager
    async def held_closed(self, why: str) -> AsyncIterator[None]:
        """No connection inside, for HELD_AT_MOST_S at most: a test that is forgotten must not keep a charger offline.

        Only one at a time.
        """
        if self._client is None:
            yield
            return
        release = self._client.release
        over = asyncio.get_running_loop().call_later(HELD_AT_MOST_S, release)
        try:
            await self._client.hold(why)
            yield
        finally:
            over.cancel()
            release()

    async def attempt(self) -> None:
        """Where there is no connection, try to open one now; returns when that came to something."""
        if self._client is not None:
            await self._client.attempt()

    async def ping(self, within_s: float) -> float:
        """A round trip over the connection, in seconds. Raises LinkFailed, also where there is none."""
        if self._client is None:
            raise LinkFailed(Cause.CONFIGURATION, "no central system is configured")
        return await self._client.ping(within_s)

    @property
    def subprotocol(self) -> str:
        """The version of OCPP on the wire, "" where there is none."""
        return "" if self._client is None else self._client.subprotocol

    async def aclose(self) -> None:
        """Say goodbye to the central system."""
        if self._client is not None:
            await self._client.aclose()

    # What it is told.

    def status_changed(self, report: StatusReport) -> None:
        self.status_seen(report)
        if self._client is not None:
            self._client.status_changed(report)

    def facts_recorded(self) -> None:
        if self._client is not None:
            self._client.facts_recorded()

    def notices_changed(self) -> None:
        if self._client is not None:
            self._client.notices_changed()

    def settings_changed(self) -> None:
        if self._client is not None:
            self._client.settings_changed()

    # What it is asked.

    async def authorize(self, token: IdToken) -> AuthorizationAnswer | None:
        return None if self._client is None else await self._client.authorize(token)

    def is_online(self) -> bool:
        """Whether the central system answers."""
        return self._client is not None and self._client.is_connected()

    @property
    def is_there(self) -> bool:
        """A central system is configured."""
        return self._client is not None

    def has_accepted(self) -> bool:
        """Whether it has accepted this charger, or not said yet. True where there is none."""
        return self._client is None or self._client.registration in (None, Registration.ACCEPTED)

    def may_be_asked(self) -> bool:
        """Whether it can say who may charge: it answers, and has accepted this charger. True where there is none."""
        return self._client is None or (self.is_online() and self.has_accepted())

    def silent_since(self) -> Instant | None:
        """Since when it does not answer, from the start of the program on at the earliest; None while it does.

        None also where no central system is configured: nobody is missed then.
        """
        return None if self._client is None or self.is_online() else self.since

    def changed(self) -> None:
        """The connection may be another one than before: tell it once."""
        self.noticed()
        connected = self.is_online()
        if connected == self._was_connected:
            return
        self._was_connected, self.since = connected, self._station.clock.now()
        self.when_changed()
        seen = self.figures()
        if seen is None:
            return
        if connected:
            self._station.tell("ocpp.connected", endpoint=seen.endpoint, reconnects=seen.reconnects, queued=seen.queued)
        else:
            self._station.tell("ocpp.disconnected", cause=seen.cause, queued=seen.queued)

    def clock_told(self, utc_ms: int) -> None:
        """The central system says that it is `utc_ms` now; before the charger's clock is told."""
        here_ms = self._station.clock.now().utc_ms
        self._clock_offset_s = None if here_ms is None else (utc_ms - here_ms) / 1000

    @property
    def clock_ahead_s(self) -> float | None:
        """Of the central system's clock, before the charger's, when it was told last; None where that is not known."""
        return self._clock_offset_s

    def figures(self) -> LinkFigures | None:
        """How the link is doing; None where no central system is configured."""
        ocpp, seen = self._station.config.ocpp, self.snapshot()
        if ocpp is None or seen is None:
            return None
        oldest = self._station.store.ledger.oldest()
        now_s = self._station.clock.now().monotonic_s
        return LinkFigures(
            endpoint=_without_credentials(seen.url or ocpp.endpoint),
            is_connected=seen.is_connected,
            since=self.since,
            cause="" if seen.is_connected else seen.sentence,
            registration=seen.registration.value if seen.registration else "",
            queued=seen.queued,
            unanswered=seen.unanswered,
            oldest=None if oldest is None else moment_of(oldest.fact),
            oldest_kind="" if oldest is None else kind_of(oldest.fact),
            last_answer_s=None if seen.last_answered_s is None else now_s - seen.last_answered_s,
            round_trip_s=seen.round_trip_s,
            reconnects=max(0, seen.connections - 1),
            losses=seen.losses,
            clock_offset_s=self._clock_offset_s,
            certificate_ends_ms=self.certificate_ends_ms(),
            slots=self.slots(),
            fill=self._station.store.ledger.fill(),
            thinned=self._station.store.ledger.thinned,
        )

    def call_times(self) -> CallTimes:
        """How long the central system took to answer, by action; nothing where none is configured."""
        return {} if self._client is None else self._client.call_times()

    def snapshot(self) -> ClientSnapshot | None:
        """The connection as it is; None where no central system is configured."""
        return None if self._client is None else self._client.snapshot()


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
