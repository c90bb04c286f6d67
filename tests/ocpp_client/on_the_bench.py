"""A client with a real store, beside the bench central system: the stage of these tests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

from agent.core.availability import ConnectorStatus
from agent.ids import Ids
from agent.ocpp_client.adapter import Registration
from agent.ocpp_client.client import Neighbours, OcppClient
from agent.ocpp_client.connections import Observers
from agent.ocpp_client.link import LinkOptions
from agent.store.store import Store, open_store
from tests.ocpp_client.plain import LoopClock, PlainAdapter, PlainSettings, PlainStation, status
from tests.store.domain import sampled, started, stopped
from tests.tools.csms.charger import Bench, bench

AVAILABLE = ConnectorStatus.AVAILABLE
A_DAY_S = 24 * 3600.0


class Charger:
    """A client with a real store behind it."""

    def __init__(self, at: Bench, store: Store) -> None:
        self.csms = at
        self.store = store
        self.station = PlainStation()
        self.settings = PlainSettings()
        self.adapter = PlainAdapter(self.station)
        self.frames: list[tuple[str, str]] = []
        self.seen: list[bool] = []
        self.client = OcppClient(
            self.adapter,
            LinkOptions(url=f"{at.url}/CP-1", identity="CP-1"),
            Neighbours(station=self.station.port, ledger=store.ledger, settings=self.settings),
            clock=LoopClock(),
            ids=Ids(Random(7)),
            observers=Observers(
                on_frame=lambda direction, text: self.frames.append((direction, text)), on_change=self.look
            ),
        )
        self.client.status_changed(status(None, AVAILABLE))
        self.client.status_changed(status(1, AVAILABLE))

    def look(self) -> None:
        """Note whether we are connected, where that is news."""
        is_connected = self.client.snapshot().is_connected
        if self.seen[-1:] != [is_connected]:
            self.seen.append(is_connected)

    def sent(self) -> list[str]:
        """Actions of our CALLs, in order."""
        frames = [json.loads(text) for direction, text in self.frames if direction == "sent"]
        return [frame[2] for frame in frames if frame[0] == 2]

    async def until(self, condition: Callable[[], bool], within_s: float = 600.0) -> None:
        async with asyncio.timeout(within_s):
            while not condition():  # noqa: ASYNC110  # what is waited for is seen from outside only
                await asyncio.sleep(0.05)

    async def told(self, within_s: float = 600.0) -> None:
        """Everything recorded was told."""
        await self.until(lambda: self.store.ledger.queued() == 0, within_s)

    async def accepted(self, within_s: float = 600.0) -> None:
        def is_so() -> bool:
            return self.client.snapshot().is_connected and self.registration() is Registration.ACCEPTED

        await self.until(is_so, within_s)

    def registration(self) -> Registration | None:
        return self.client.snapshot().registration

    async def charge(self, number: int, *, samples: int = 0) -> None:
        """One whole transaction goes on record."""
        ledger = self.store.ledger
        await ledger.record_start(started(number), None)
        self.client.facts_recorded()
        for count in range(samples):
            fact = sampled(number, 1000 + count, after_s=60.0 * (count + 1))
            await ledger.record_sample(fact, for_network=True, for_stop=False)
            self.client.facts_recorded()
        await ledger.record_stop(stopped(number))
        self.client.facts_recorded()

    async def transactions(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (await self.csms.do("transactions"))["transactions"]
        return rows


@asynccontextmanager
async def charger(folder: Path, *orders: tuple[str, dict[str, Any]]) -> AsyncIterator[Charger]:
    """A running charger beside a central system that was given `orders` before."""
    store = open_store(folder, inline=True, flush=False)
    async with bench(folder) as csms, asyncio.TaskGroup() as tasks:
        for verb, arguments in orders:
            await csms.do(verb, **arguments)
        one = Charger(csms, store)
        running = tasks.create_task(one.client.run())
        try:
            yield one
        finally:
            await one.client.aclose()
            await asyncio.wait_for(running, 60.0)
            await store.aclose()
