"""The central system as the rest of the charger knows it: there, away, or none configured."""

from __future__ import annotations

import asyncio
import logging

from agent.config.model import StationConfig
from agent.core.availability import StatusReport
from agent.core.identity import IdToken
from agent.core.time import Instant
from agent.ocpp_client.client import OcppClient
from agent.ocpp_client.health import ClientSnapshot
from agent.ocpp_client.link import LinkOptions
from agent.ocpp_client.ports import AuthorizationAnswer
from agent.station.station import Station

log = logging.getLogger(__name__)


class Network:
    """A client, or none: then everything is told to nobody, and facts wait in the ledger for one."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._client: OcppClient | None = None
        self.since: Instant = station.clock.now()
        """When it became connected, or ceased to be."""
        self._was_connected = False

    def use(self, client: OcppClient) -> None:
        """From now on there is one."""
        self._client = client

    async def run(self) -> None:
        """Stay connected, for ever."""
        if self._client is None:
            await asyncio.Event().wait()
        else:
            await self._client.run()

    async def aclose(self) -> None:
        """Say goodbye to the central system."""
        if self._client is not None:
            await self._client.aclose()

    # What it is told.

    def status_changed(self, report: StatusReport) -> None:
        if self._client is not None:
            self._client.status_changed(report)

    def facts_recorded(self) -> None:
        if self._client is not None:
            self._client.facts_recorded()

    def settings_changed(self) -> None:
        if self._client is not None:
            self._client.settings_changed()

    # What it is asked.

    async def authorize(self, token: IdToken) -> AuthorizationAnswer | None:
        return None if self._client is None else await self._client.authorize(token)

    def is_online(self) -> bool:
        """Whether the central system answers."""
        return self._client is not None and self._client.snapshot().is_connected

    def changed(self) -> None:
        """The connection may be another one than before: tell it once."""
        connected = self.is_online()
        if connected == self._was_connected:
            return
        self._was_connected, self.since = connected, self._station.clock.now()
        if connected:
            self._station.tell("ocpp.connected")
        else:
            seen = self.snapshot()
            self._station.tell("ocpp.disconnected", cause=seen.sentence if seen else "")

    def snapshot(self) -> ClientSnapshot | None:
        """The connection as it is; None where no central system is configured."""
        return None if self._client is None else self._client.snapshot()


def link_options(config: StationConfig) -> LinkOptions | None:
    """How to reach the central system of the configuration; None where there is none."""
    ocpp, tls = config.ocpp, config.tls
    if ocpp is None:
        return None
    return LinkOptions(
        url=ocpp.endpoint,
        identity=ocpp.identity,
        password=ocpp.password,
        ca_file=tls.ca_file,
        client_certificate_file=tls.client_certificate_file,
        client_key_file=tls.client_key_file,
    )
