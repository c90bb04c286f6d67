"""The health channel as a whole: client, publisher, orders, and homes where they are wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from agent.ids import Ids
from agent.telemetry.client import Client
from agent.telemetry.connection import Incoming
from agent.telemetry.exchange import Exchange
from agent.telemetry.letters import Fate, Letter, written
from agent.telemetry.mqtt_client import Login
from agent.telemetry.ports import Source
from agent.telemetry.profile import Profile
from agent.telemetry.publisher import Publisher
from agent.telemetry.topics import Topics

AGAIN_AFTER_S = 30.0
"""A home that starts says so once; whoever says so all the time is not answered each time."""


class Telemetry:
    """One object a run. `home_prefix`: describe the charger to homes there; "" does not."""

    def __init__(
        self,
        topics: Topics,
        profile: Profile,
        login: Callable[[], Login],
        source: Source,
        *,
        ids: Ids,
        home_prefix: str = "",
    ) -> None:
        self._source, self._home_prefix = source, home_prefix
        self.client = client = Client(topics, profile, login, source, ids=ids)
        self.publisher = Publisher(source, client, ids)
        client.born = self._born
        self.exchange = Exchange(client, source.orders, source) if source.orders is not None else None
        if self.exchange is not None:
            client.heard[topics.command] = self.exchange.hear
        self._home_came = asyncio.Event()
        if home_prefix:
            from agent.telemetry.home_assistant import status_topic

            client.heard[status_topic(home_prefix)] = self._hear_home

    async def run(self) -> None:
        """For ever; the client says goodbye when this is cancelled because the program ends."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.client.run())
            tasks.create_task(self.publisher.run())
            if self.exchange is not None:
                tasks.create_task(self.exchange.run())
            if self._home_prefix:
                tasks.create_task(self._answer_homes())

    async def _born(self, known: bool) -> None:
        self._describe()
        await self.publisher.again(known)

    def _hear_home(self, message: Incoming) -> None:
        if message.payload == b"online" and not message.retained:
            self._home_came.set()

    async def _answer_homes(self) -> None:
        while True:
            await self._home_came.wait()
            self._home_came.clear()
            self._describe()
            self.client.tell_state()
            await self.publisher.again()
            await asyncio.sleep(AGAIN_AFTER_S)

    def _describe(self) -> None:
        if not self._home_prefix:
            return
        from agent.telemetry.home_assistant import config_topic, discovery

        topics, source = self.client.topics, self._source
        self.client.post(
            Letter(
                topic=config_topic(self._home_prefix, topics),
                at=source.now(),
                octets=written(discovery(topics, source.identity(), source.ports())),
                retain=True,
                fate=Fate.NEWEST,
            )
        )
