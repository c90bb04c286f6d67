"""Keeps the times without the central system, from a minute on, for uptime's other reading of "online"."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from agent.core.asking import MISSED_AFTER_S
from agent.core.time import Instant
from agent.core.uptime.model import CauseClass, Offline
from agent.ocpp_client.causes import Cause
from agent.station.network import Network
from agent.station.station import Station
from agent.station.unwritten import Unwritten
from agent.store.service import Service

OF_THE_OFFICE = frozenset(
    {
        *(Cause.REFUSED, Cause.REDIRECTED, Cause.UNAUTHORIZED, Cause.UNKNOWN_IDENTITY, Cause.UNAVAILABLE),
        *(Cause.HTTP_STATUS, Cause.SUBPROTOCOL, Cause.NOT_WEBSOCKET, Cause.CERTIFICATE),
    }
)
"""A host was reached, and it would not have us: that lies with the central system, and not with the way to it."""


class OfflineKeeper:
    """One object a run, looked at every few seconds. `link` is set by the wiring; without it nobody is missed."""

    def __init__(self, station: Station, service: Service, unwritten: Unwritten) -> None:
        self._station = station
        self._unwritten = unwritten
        self._service = service
        self._is_networked = station.config.ocpp is not None
        lasting = service.found.offline
        for one, following in pairwise(lasting):
            # They never overlap: the end of this one could not be written.
            self._ends(one.number, following.began)
        self._number = lasting[-1].number if lasting else 0
        self._since: Instant | None = lasting[-1].began if lasting else station.clock.now()
        self._is_kept = bool(lasting)
        self.link: Network | None = None

    @property
    def away_since(self) -> Instant | None:
        """Since when the central system is missed, for MISSED_AFTER_S and more; None while it is not."""
        return self._since if self._is_kept and self._is_networked else None

    def look(self) -> None:
        """Whether it is there now."""
        if not self._is_networked or self.link is None:
            return
        now = self._station.clock.now()
        if self.link.is_online():
            if self._is_kept:
                self._station.deeds.do("end of a time offline", partial(self._end, now))
            self._since, self._is_kept = None, False
            return
        if self._since is None:
            self._since = self.link.since or now
        if not self._is_kept and now.since(self._since) >= MISSED_AFTER_S:
            self._is_kept = True
            self._station.deeds.do("begin of a time offline", partial(self._begin, self._offline(self._since)))

    def _offline(self, since: Instant) -> Offline:
        seen = self.link.snapshot() if self.link is not None else None
        cause = seen.cause if seen is not None else None
        of = CauseClass.CSMS if cause in OF_THE_OFFICE else CauseClass.NETWORK
        return Offline(number=0, began=since, cause=seen.sentence if seen is not None else "", of=of)

    async def _begin(self, one: Offline) -> None:
        self._number = await self._service.begin_offline(one)

    async def _end(self, at: Instant) -> None:
        number, self._number = self._number, 0
        if number:
            self._ends(number, at)

    def _ends(self, number: int, at: Instant) -> None:
        self._unwritten.do("end of a time offline", ("offline", number), partial(self._service.end_offline, number, at))
