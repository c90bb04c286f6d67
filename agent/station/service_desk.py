"""The record of service as the charger keeps it and verbs ask for it: outages, maintenance windows, attempts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from agent.core.asking import Asking
from agent.core.session.model import Session
from agent.core.uptime.model import ServiceRecords, Window
from agent.core.visits.model import Attempt
from agent.station.attempts import AttemptKeeper
from agent.station.config_history import ConfigKeeper
from agent.station.network import Network
from agent.station.offline import OfflineKeeper
from agent.station.offline_look import OfflineLook
from agent.station.run_record import RunRecord
from agent.station.station import Station
from agent.station.unwritten import Unwritten
from agent.station.uptime import UptimeKeeper
from agent.store.config_history import ConfigChange
from agent.zones import zone_of

LOOKS_EVERY_S = 5.0
MONTH_AND_MORE_MS = 40 * 86_400_000
T = TypeVar("T")


class ServiceDesk:
    """One object a run."""

    def __init__(self, station: Station, record: RunRecord, look: OfflineLook) -> None:
        """`look` knows whether anybody may charge while the central system cannot be asked."""
        self._station, self._record, self._look = station, record, look
        self._unwritten = Unwritten(station)
        self._uptime = UptimeKeeper(station, self._unwritten, record)
        self._service = self._uptime.service
        self._offline = OfflineKeeper(station, self._service, self._unwritten)
        self._uptime.asking = self.asking
        self._attempts = AttemptKeeper(station, self._uptime.gap)
        self.configuration = ConfigKeeper(station)

    def use(self, link: Network) -> None:
        """From now on there is a network to miss."""
        self._offline.link = link

    def session_changed(self, session: Session) -> None:
        """After a step of a session; returns at once and does not fail."""
        self._uptime.session_changed(session)
        self._attempts.session_changed(session)

    async def run(self) -> None:
        """Look at the link and renew the sign of life, for ever."""
        self._uptime.begin_telling()
        self._attempts.begin_telling()
        while True:
            self._offline.look()
            self._uptime.look()
            await self._record.renew()
            self._unwritten.look()
            await asyncio.sleep(LOOKS_EVERY_S)

    # What is asked.

    def asking(self) -> Asking:
        """Who can say who may charge, by the very facts that health has."""
        link = self._offline.link
        if link is None or not link.is_there:
            return Asking()
        return Asking(
            is_connected=link.is_online(),
            has_accepted=link.has_accepted(),
            is_missed=self.is_missed,
            lets_anybody_in=self._look.lets_anybody_in,
        )

    @property
    def is_missed(self) -> bool:
        """The central system is away, for a minute and more, over restarts of the program."""
        link = self._offline.link
        return self._offline.away_since is not None and not (link is not None and link.is_online())

    def failed_start(self, port: int) -> Attempt | None:
        """The last start that a fault of the charger kept from coming about; None once one came about."""
        return self._attempts.failed.get(port)

    async def records(self) -> ServiceRecords:
        """Everything that the figures are computed from. Raises StoreError."""
        return await self.computed(lambda records: records)

    async def computed(self, work: Callable[[ServiceRecords], T], since_ms: int | None = None) -> T:
        """`work` of the records, in the store's thread: a year of them takes longer than the loop may wait.

        `since_ms`: only of what ended after it. Raises StoreError.
        """
        config, now = self._station.config, self._station.clock.now()
        bare = ServiceRecords(
            now=now,
            hours=config.site.opening_hours,
            zone=zone_of(config.site.time_zone),
            is_networked=config.ocpp is not None,
        )
        return await self._service.computed(work, bare, since_ms)

    async def config_changes(self) -> tuple[ConfigChange, ...]:
        """How the configuration came to be, oldest first. Raises StoreError."""
        return await self.configuration.kept.all()

    def settings(self) -> Mapping[str, str]:
        """What the network may write, as it is now."""
        return self.configuration.texts()

    def factory_settings(self) -> Mapping[str, str]:
        """The same where nobody wrote them."""
        return self.configuration.defaults()

    async def attempts(self) -> tuple[Attempt, ...]:
        """Of all plug-ins on record, oldest first. Raises StoreError."""
        return await self._attempts.kept.all()

    async def month(self) -> Mapping[int, Mapping[str, Any]]:
        """This month so far, by port: month, percent (absent where unknown); minutes of outage, excluded, recorded."""
        from agent.core.uptime.figures import figures_of

        found: dict[int, Mapping[str, Any]] = {}
        now_ms = self._station.clock.now().utc_ms
        since_ms = None if now_ms is None else now_ms - MONTH_AND_MORE_MS
        figures = await self.computed(lambda records: figures_of(records, months=1), since_ms)
        for one in figures.months:
            percent = {} if one.month_percent is None else {"percent": round(one.month_percent, 4)}
            minutes = {
                "outage_min": round(one.alone.outage_ms / 60_000, 2),
                "excluded_min": round(one.alone.excluded_ms / 60_000, 2),
                "recorded_min": round(one.alone.recorded_ms / 60_000, 2),
            }
            found[one.port] = {"month": one.month, **percent, **minutes}
        return found

    # Planned maintenance, and what people say of outages.

    def windows(self) -> tuple[Window, ...]:
        return self._service.windows

    def open_now(self) -> Window | None:
        """The maintenance window that is open."""
        return self._uptime.window()

    async def open_window(self, window: Window) -> Window:
        """With its number; durable when it returns. Raises StoreError."""
        return await self._service.open_window(window)

    async def close_window(self, number: int) -> None:
        """It ends now. Raises StoreError."""
        utc_ms = self._station.clock.now().utc_ms
        if utc_ms is not None:
            await self._service.close_window(number, utc_ms)

    async def judge(self, number: int, verdict: str, by: str, why: str) -> bool:
        """What a person says of an outage; False where there is none of that number. Raises StoreError."""
        return await self._service.judge(number, verdict, by, why)
