"""Client, 1.6 adapter and store together against the `ocpp` package as the central system: nobody finds a fault."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

from agent.core.availability import ConnectorStatus
from agent.core.time import Instant
from agent.ids import Ids
from agent.ocpp_client.client import Neighbours, OcppClient
from agent.ocpp_client.connections import Observers
from agent.ocpp_client.link import LinkOptions
from agent.ocpp_client.station.settings import NetworkSettings
from agent.ocpp_client.v16.adapter import Ocpp16
from agent.store.store import Store, open_store
from firmware_sim.virtual_loop import run
from tests.ocpp_client.plain import LoopClock, status
from tests.ocpp_client.v16.station import ONE, Kept, RecordingStation
from tests.store.domain import sampled, started, stopped
from tests.tools.csms.charger import Bench, bench
from tools.csms.hostile import FRAMES


class Charger:
    def __init__(self, csms: Bench, store: Store) -> None:
        self.csms = csms
        self.store = store
        self.station = RecordingStation(time=Instant(5000.0, 1_790_000_100_000, "boot-1"))
        self.settings = NetworkSettings(Kept())
        self.received: list[list[Any]] = []
        self.client = OcppClient(
            Ocpp16(self.station, self.settings),
            LinkOptions(url=f"{csms.url}/CP-1", identity="CP-1"),
            Neighbours(station=self.station, ledger=store.ledger, settings=self.settings),
            clock=LoopClock(),
            ids=Ids(Random(7)),
            observers=Observers(on_frame=self.note),
        )
        for connector in (None, 1, 2):
            self.client.status_changed(status(connector, ConnectorStatus.AVAILABLE))
        self.sent: list[list[Any]] = []

    def note(self, direction: str, text: str) -> None:
        if direction == "sent":
            self.sent.append(json.loads(text))

    async def settle(self) -> None:
        """Everything there was to tell is told."""
        async with asyncio.timeout(600):
            while self.store.ledger.queued() or not self.client.snapshot().is_connected:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        await asyncio.sleep(1.0)

    async def problems(self) -> list[str]:
        return [problem["what"] for problem in (await self.csms.do("problems"))["problems"]]


@asynccontextmanager
async def charger(folder: Path) -> AsyncIterator[Charger]:
    store = open_store(folder, inline=True, flush=False)
    async with bench(folder) as csms, asyncio.TaskGroup() as tasks:
        one = Charger(csms, store)
        running = tasks.create_task(one.client.run())
        try:
            await one.settle()
            yield one
        finally:
            await one.client.aclose()
            await running
            await store.aclose()


def test_a_whole_charge_is_told_without_a_fault(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path) as one:
            await one.store.ledger.record_start(started(1), None)
            await one.store.ledger.record_sample(sampled(1), for_network=True, for_stop=True)
            await one.store.ledger.record_stop(stopped(1))
            one.client.facts_recorded()
            await one.settle()

            actions = [frame[2] for frame in one.sent if frame[0] == 2]
            assert actions[:4] == ["BootNotification", *["StatusNotification"] * 3]
            assert actions[4:] == ["StartTransaction", "MeterValues", "StopTransaction"]
            assert [row["energy_wh"] for row in (await one.csms.do("transactions"))["transactions"]] == [1000]
            assert await one.problems() == []

    run(scenario())


def test_commands_are_answered_and_triggered_messages_follow(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path) as one:
            one.station.meters(ONE)
            configuration = await one.csms.do("get_configuration")
            changed = await one.csms.do("change_configuration", key="HeartbeatInterval", value="60")
            begun = await one.csms.do("remote_start", token="CAFE", connector=1)
            for message in ("BootNotification", "Heartbeat", "StatusNotification", "MeterValues"):
                before = len(one.sent)
                await one.csms.do("trigger", message=message)
                await asyncio.sleep(1.0)
                assert next(frame[2] for frame in one.sent[before:] if frame[0] == 2) == message

            assert len(configuration["answer"]["configurationKey"]) > 20
            assert changed["answer"]["status"] == begun["answer"]["status"] == "Accepted"
            assert one.settings.heartbeat_interval_s in (60, 300), "a triggered boot brings the network's own interval"
            assert ("start", ONE, "CAFE", None) in one.station.asked
            assert await one.problems() == []

    run(scenario())


def test_hostile_frames_change_nothing_and_cost_no_connection(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path) as one:
            before = list(one.station.asked)
            for name in FRAMES:
                if name != "huge":
                    await one.csms.do("hostile", name=name)
            await asyncio.sleep(5.0)

            assert dict(one.client.snapshot().counts)["connections"] == 1
            assert one.station.asked == before
            codes = [frame[2] for frame in one.sent if frame[0] == 4]
            assert set(codes) >= {"NotImplemented", "FormationViolation", "TypeConstraintViolation", "ProtocolError"}

    run(scenario())
