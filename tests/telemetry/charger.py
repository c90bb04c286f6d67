"""A charger as telemetry sees it, made by hand, and its client beside a stand-in broker on the virtual clock."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.bus import Bus, News
from agent.core.identity import ConnectorId
from agent.core.time import Instant
from agent.ids import Ids
from agent.telemetry.letters import read
from agent.telemetry.mqtt_client import Login
from agent.telemetry.ports import OrderDesk, Reply
from agent.telemetry.profile import NORMAL, Profile
from agent.telemetry.service import Telemetry
from agent.telemetry.topics import Topics
from firmware_sim import virtual_loop
from firmware_sim.mqtt_broker import Broker
from firmware_sim.mqtt_packets import Message
from tests.telemetry.health_document import SYSTEM, port, whole
from tools.simulate.clock import VirtualClock

TOPICS = Topics("evse", "A-1")


@dataclass
class HandMade:
    """`Source`: its fields are what the charger is and says."""

    bus: Bus = field(default_factory=Bus)
    orders: OrderDesk | None = None
    is_ending: bool = False
    clock: VirtualClock = field(default_factory=VirtualClock)
    status: dict[int, dict[str, Any]] = field(default_factory=dict)
    reading: dict[int, dict[str, Any]] = field(default_factory=dict)
    told_verdicts: dict[str, Any] = field(default_factory=lambda: {"1": "ok"})

    def now(self) -> Instant:
        return self.clock.now()

    def time_quality(self) -> str:
        return "clock"

    def identity(self) -> Mapping[str, Any]:
        return {
            "serial_number": "A-1",
            "vendor": "acme",
            "model": "m",
            "board": "sim",
            "versions": {"agent": "0", "firmware": "0"},
        }

    def ports(self) -> Sequence[int]:
        return (1,)

    def verdicts(self) -> Mapping[str, Any]:
        return self.told_verdicts

    async def health(self) -> Mapping[str, Any]:
        identity = self.identity()
        versions = {**identity["versions"], **SYSTEM}
        return whole(identity={**identity, "country": "DE", "versions": versions}, ports=[port(1)])

    async def port_status(self, port: int) -> Mapping[str, Any]:
        said = {"port": port, "state": "Available", "verdict": "ok", "reasons": [], "headline": "Ready.", "faults": []}
        return {**said, "charging": False, **self.status.get(port, {})}

    def port_meter(self, port: int) -> Mapping[str, Any] | None:
        return {"port": port, "register_wh": 1000, "charging": False, **self.reading.get(port, {})}

    async def load_profile(self, day: str) -> Mapping[str, Any] | None:
        return {"day": day, "step_s": 900, "mean_w": [0] * 96, "peak_w": [0] * 96}

    def tell(self, name: str, port: int | None = None, **fields: str | float | bool) -> None:
        at = None if port is None else ConnectorId(port)
        self.bus.tell(News(name=name, at=self.now(), connector=at, fields=tuple(fields.items())))


class Scene:
    """Broker, charger and client."""

    def __init__(self, broker: Broker, port: int, source: HandMade, profile: Profile, home: str = "") -> None:
        self.broker, self.source = broker, source
        login = Login(host="127.0.0.1", port=port, client_id="A-1", context=None, keep_alive_s=profile.keep_alive_s)
        self.telemetry = Telemetry(TOPICS, profile, lambda: login, source, ids=Ids(random.Random(7)), home_prefix=home)

    @property
    def client(self) -> Any:
        return self.telemetry.client

    def told(self, topic: str = "") -> list[dict[str, Any]]:
        """Every document the broker took, of one topic or of all of this charger's, oldest first."""
        return [body for one, body in self.messages() if topic in ("", one.topic)]

    def messages(self) -> list[tuple[Message, dict[str, Any]]]:
        own = [one for one in self.broker.taken if one.topic.startswith(TOPICS.base) and "/blob/" not in one.topic]
        return [(one, read(one.payload, one.content_type)) for one in own if not one.topic.endswith("/cmd")]

    async def linked(self) -> None:
        """Once what happened has come through, and a birth has arrived."""
        await asyncio.sleep(0.5)
        async with asyncio.timeout(900):
            await self.client.is_linked.wait()
        await asyncio.sleep(1.0)

    async def left(self, within_s: float) -> float:
        """Wait until the charger gives the connection up; how long that took."""
        began_s = asyncio.get_running_loop().time()
        async with asyncio.timeout(within_s):
            await self.client.connection.ended.wait()
        return asyncio.get_running_loop().time() - began_s


@asynccontextmanager
async def scene(source: HandMade | None = None, profile: Profile = NORMAL, home: str = "") -> AsyncIterator[Scene]:
    """Running, not yet connected. It ends in order, or dies of what is raised inside."""
    broker = Broker()
    found = Scene(broker, await broker.open(), source or HandMade(), profile, home)
    try:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(found.telemetry.run())
            await asyncio.sleep(0)
            try:
                yield found
                found.source.is_ending = True
            finally:
                running.cancel()
    finally:
        await asyncio.sleep(0.1)  # the broker outlives the charger
        await broker.close()


def play(
    story: Callable[[Scene], Awaitable[None]],
    source: HandMade | None = None,
    profile: Profile = NORMAL,
    home: str = "",
) -> None:
    """Run a story in virtual time."""

    async def told() -> None:
        async with scene(source, profile, home) as found:
            await story(found)

    virtual_loop.run(told())


@dataclass
class Desk:
    """`OrderDesk` that notes what it was given and answers as it was told."""

    taken: list[tuple[bytes, bool]] = field(default_factory=list)
    answer: Callable[[Reply], Awaitable[None]] | None = None

    async def take(self, payload: bytes, reply: Reply, *, retained: bool) -> None:
        self.taken.append((payload, retained))
        if self.answer is not None:
            await self.answer(reply)


def file_of(octets: bytes) -> Path:
    with tempfile.NamedTemporaryFile(delete=False) as opened:
        opened.write(octets)
    return Path(opened.name)
