"""Keeps how the configuration came to be: what a start finds changed, and what the central system writes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from functools import partial

from agent.config.plan_files import CONNECTION, NAME
from agent.core.time import Instant
from agent.errors import StoreError
from agent.ocpp_client.station.settings import VARIABLES
from agent.station.station import Station
from agent.store.config_history import ConfigChange, ConfigHistory, KeyNow

log = logging.getLogger(__name__)

AFTER_S = 3.0
"""The start is over by then."""
LOOKS_BACK = 50
"""Commands in which the one that changed the configuration is looked for."""
WRITERS = ("plan apply", "plan undo", "ocpp connect")
"""Verbs that write the files of the configuration."""
BY_NETWORK = "central system"
SETTING = "setting "
"""In front of the name of a setting of the network; the site file's `[ocpp.settings]` is a key of its own."""


class ConfigKeeper:
    """One object a run."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self.kept = ConfigHistory(station.store.writer)
        station.settings.when_put = self._network_wrote

    async def run(self) -> None:
        """Look once, and never again: files count from the next start on."""
        await asyncio.sleep(AFTER_S)
        try:
            who = await self._who()
            await self.kept.found(self._station.clock.now(), self._keys, who)
            await self._station.store.upkeep.runs.made_of(self._station.config.station.firmware_version, self._mark)
        except StoreError as error:
            log.warning("changes of the configuration are not on record", extra={"error": str(error)})
        await asyncio.Event().wait()

    def texts(self) -> dict[str, str]:
        """The settings of the network as they are now, by name."""
        return {name: self._station.settings.text(name) for name in VARIABLES}

    def defaults(self) -> dict[str, str]:
        """The same where nobody wrote them."""
        return {name: variable.default for name, variable in VARIABLES.items()}

    def _keys(self) -> Iterable[KeyNow]:
        from agent.config.layers import Layer, entries
        from agent.drivers import loader

        for one in entries(self._station.config, loader):
            path = _path(one.where) if one.layer is Layer.SITE else one.layer.value
            yield KeyNow(key=one.key, value=one.value, path=path)

    def _mark(self) -> str:
        from agent.config.mark import mark_of
        from agent.drivers import loader

        return mark_of(self._station.config, loader)

    async def _who(self) -> str:
        """Of the newest command that wrote files and went well, since the program before began."""
        began = await self._before()
        for command in reversed(await self._station.store.logs.journal.commands(LOOKS_BACK)):
            passed_ms = None if began is None else command.at.ms_since(began)
            is_old = passed_ms is None or passed_ms < 0
            if command.verb in WRITERS and command.outcome.startswith("done") and not is_old:
                return f"{command.verb} by {command.role}, uid {command.uid}"
        return ""

    async def _before(self) -> Instant | None:
        runs = await self._station.store.upkeep.runs.newest(2)
        return runs[-1][1] if len(runs) > 1 else None

    def _network_wrote(self, name: str, before: str, after: str) -> None:
        change = ConfigChange(
            at=self._station.clock.now(),
            key=f"{SETTING}{name}",
            before=before,
            after=after,
            path="ocpp",
            who=BY_NETWORK,
        )
        self._station.deeds.do("change of a setting on record", partial(self.kept.note, change))


def _path(where: str) -> str:
    """By the file that a key stands in."""
    if NAME in where:
        return "plan"
    return "connection" if CONNECTION in where else "site file"
