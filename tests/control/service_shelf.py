"""The record of service of a charger, in memory: what a verb may ask of it, and what it was told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from agent.core.time import Instant
from agent.core.uptime.model import ServiceRecords, Window
from agent.core.visits.model import Attempt
from agent.ocpp_client.station.settings import VARIABLES
from agent.store.config_history import ConfigChange

T = TypeVar("T")


@dataclass
class ServiceShelf:
    """`now` is the charger's. `said` are the judgements of outages."""

    now: Callable[[], Instant]
    record: ServiceRecords | None = None
    plugs: tuple[Attempt, ...] = ()
    planned: tuple[Window, ...] = ()
    changed: tuple[ConfigChange, ...] = ()
    said: list[tuple[int, str, str, str]] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=lambda: {name: one.default for name, one in VARIABLES.items()})

    async def records(self) -> ServiceRecords:
        return self.record or ServiceRecords(now=self.now())

    async def computed(self, work: Callable[[ServiceRecords], T]) -> T:
        return work(await self.records())

    async def attempts(self) -> tuple[Attempt, ...]:
        return self.plugs

    async def month(self) -> Mapping[int, Mapping[str, Any]]:
        return {}

    async def config_changes(self) -> tuple[ConfigChange, ...]:
        return self.changed

    def settings(self) -> Mapping[str, str]:
        return self.texts

    def factory_settings(self) -> Mapping[str, str]:
        return {name: one.default for name, one in VARIABLES.items()}

    def windows(self) -> tuple[Window, ...]:
        return self.planned

    def open_now(self) -> Window | None:
        return next((one for one in self.planned if one.is_open(self.now().utc_ms or 0)), None)

    async def open_window(self, window: Window) -> Window:
        made = replace(window, number=len(self.planned) + 1)
        self.planned = (*self.planned, made)
        return made

    async def close_window(self, number: int) -> None:
        closed_ms = self.now().utc_ms
        self.planned = tuple(replace(one, closed_ms=closed_ms) if one.number == number else one for one in self.planned)

    async def judge(self, number: int, verdict: str, by: str, why: str) -> bool:
        known = any(one.number == number for one in (await self.records()).outages)
        if known:
            self.said.append((number, verdict, by, why))
        return known
