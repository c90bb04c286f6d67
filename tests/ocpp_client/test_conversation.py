"""One connection against a central system of a few lines, where the bench cannot be made to do it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from agent.core.availability import ConnectorStatus
from agent.core.identity import IdToken
from agent.ids import Ids
from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.causes import Cause
from agent.ocpp_client.client import Neighbours, OcppClient
from agent.ocpp_client.link import LinkOptions
from firmware_sim.virtual_loop import run
from tests.ocpp_client.plain import LoopClock, PlainAdapter, PlainSettings, PlainStation, status, time_text
from tests.ocpp_client.station.test_outbox import ListLedger
from tests.store.domain import sampled, started, stopped

BOOT = {"status": "Accepted", "interval": 300, "currentTime": "2026-11-25T12:00:00Z"}
ACCEPTED = {"idTagInfo": {"status": "Accepted"}}
ANSWERS: dict[str, Payload] = {
    "BootNotification": BOOT,
    "StartTransaction": {"transactionId": 77} | ACCEPTED,
    "Authorize": ACCEPTED,
    "Heartbeat": {"currentTime": "2026-11-25T12:00:00Z"},
}

Answer = Callable[["Csms", list[Any]], Awaitable[None]]


class SlowLedger(ListLedger):
    """Its disk needs two seconds for a commit, and the word of it two more."""

    async def settle(self, seq: int, remote_id: int | None = None) -> None:
        await asyncio.sleep(2.0)
        await super().settle(seq, remote_id)
        await asyncio.sleep(2.0)


class Csms:
    """Answers CALLs like a good one, or as `behave` says. `heard` holds every frame it got, with its time."""

    def __init__(self, behave: dict[str, Answer]) -> None:
        self.behave = behave
        self.heard: list[tuple[float, list[Any]]] = []
        self.socket: ServerConnection | None = None

    async def serve(self, socket: ServerConnection) -> None:
        self.socket = socket
        async for message in socket:
            frame = json.loads(message)
            self.heard.append((asyncio.get_running_loop().time(), frame))
            if frame[0] == 2:
                await self.behave.get(frame[2], answer_well)(self, frame)

    async def send(self, *frames: list[Any]) -> None:
        assert self.socket is not None
        for frame in frames:
            await self.socket.send(json.dumps(frame))

    def calls(self, action: str) -> list[float]:
        """When CALLs of `action` came."""
        return [at_s for at_s, frame in self.heard if frame[0] == 2 and frame[2] == action]


async def answer_well(csms: Csms, frame: list[Any]) -> None:
    await csms.send([3, frame[1], ANSWERS.get(frame[2], {})])


async def answer_nothing(_csms: Csms, _frame: list[Any]) -> None:
    return


async def hang_up_as_too_big(csms: Csms, _frame: list[Any]) -> None:
    assert csms.socket is not None
    await csms.socket.close(1009, "over 64 KiB")


class Charger:
    def __init__(self, url: str, ledger: ListLedger) -> None:
        self.ledger = ledger
        self.station = PlainStation()
        self.settings = PlainSettings()
        self.known_to_stop: list[bool] = []
        self.client = OcppClient(
            PlainAdapter(self.station, {"RemoteStopTransaction": self.remote_stop}),
            LinkOptions(url=url, identity="CP-1"),
            Neighbours(station=self.station.port, ledger=ledger, settings=self.settings),
            clock=LoopClock(),
            ids=Ids(Random(7)),
        )

    async def remote_stop(self, payload: Payload) -> Answered:
        is_known = payload["transactionId"] in self.ledger.remote_ids.values()
        self.known_to_stop.append(is_known)
        return Answered({"status": "Accepted" if is_known else "Rejected"})

    async def connected(self) -> None:
        async with asyncio.timeout(600):
            while not self.client.snapshot().is_connected:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


@asynccontextmanager
async def charger(behave: dict[str, Answer], ledger: ListLedger | None = None) -> AsyncIterator[tuple[Charger, Csms]]:
    csms = Csms(behave)
    async with serve(csms.serve, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp1.6")]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        one = Charger(f"ws://127.0.0.1:{port}/CP-1", ledger or ListLedger())
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(one.client.run())
            try:
                yield one, csms
            finally:
                await one.client.aclose()
                await running


def test_a_stop_that_is_too_big_for_the_peer_uses_attempts_and_the_rest_goes_on() -> None:
    async def scenario() -> None:
        ledger = ListLedger()
        for fact in (started(1), stopped(1), started(2)):
            ledger.record(fact)
        async with charger({"StopTransaction": hang_up_as_too_big}, ledger) as (one, csms):
            await asyncio.sleep(600)

            assert len(csms.calls("StopTransaction")) == one.settings.transaction_message_attempts
            assert ledger.abandoned == [stopped(1)]
            assert len(csms.calls("StartTransaction")) == 2
            assert one.client.snapshot().cause is Cause.TOO_BIG

    run(scenario())


def test_a_fact_that_is_never_answered_holds_up_its_own_transaction_only() -> None:
    async def answer_all_but_the_first(csms: Csms, frame: list[Any]) -> None:
        if frame[3]["meterStart"] != started(1).register_wh or frame[3]["timestamp"] != time_text(started(1).at):
            await answer_well(csms, frame)

    async def scenario() -> None:
        ledger = ListLedger()
        for fact in (started(1), stopped(1), started(2), sampled(2), stopped(2)):
            ledger.record(fact)
        async with charger({"StartTransaction": answer_all_but_the_first}, ledger) as (one, csms):
            await asyncio.sleep(600)

            assert [queued.fact for queued in ledger.facts] == [started(1), stopped(1)]
            assert one.station.set_aside == [started(1)]
            assert one.client.snapshot().unanswered == 1
            assert one.client.snapshot().is_connected
            assert one.client.snapshot().cause is None, "the connection was never given up"

            csms.behave.clear()
            await asyncio.sleep(3600)

            assert ledger.facts == []
            assert one.client.snapshot().unanswered == 0

    run(scenario())


def test_whoever_waits_for_an_authorisation_is_released_when_the_line_breaks() -> None:
    async def tear(csms: Csms, _frame: list[Any]) -> None:
        assert csms.socket is not None
        csms.socket.transport.abort()

    async def scenario() -> None:
        async with charger({"Authorize": tear}) as (one, _):
            await one.connected()
            began_s = asyncio.get_running_loop().time()

            assert await one.client.authorize(IdToken("CAFE")) is None
            assert asyncio.get_running_loop().time() - began_s < 4.0

    run(scenario())


def test_an_authorisation_overtakes_waiting_facts() -> None:
    async def slowly(csms: Csms, frame: list[Any]) -> None:
        await asyncio.sleep(1.0)
        await answer_well(csms, frame)

    async def scenario() -> None:
        ledger = ListLedger()
        ledger.record(started(1))
        for number in range(100):
            ledger.record(sampled(1, 1000 + number))
        async with charger({"MeterValues": slowly}, ledger) as (one, _):
            await one.connected()
            began_s = asyncio.get_running_loop().time()

            assert await one.client.authorize(IdToken("CAFE")) is not None
            assert asyncio.get_running_loop().time() - began_s < 1.5

    run(scenario())


def test_calls_that_cross_are_answered_at_once() -> None:
    async def scenario() -> None:
        async with charger({"Heartbeat": answer_nothing}) as (one, csms):
            await one.connected()
            one.settings.heartbeat_interval_s = 10
            one.client.settings_changed()
            await asyncio.sleep(11)
            assert len(csms.calls("Heartbeat")) == 1, "ours is outstanding"

            await csms.send([2, "theirs", "ClearCache", {}])
            await asyncio.sleep(0.1)
            assert csms.heard[-1][1] == [3, "theirs", {"status": "Accepted"}]

    run(scenario())


def test_a_command_right_behind_the_answer_to_a_start_finds_its_transaction() -> None:
    async def answer_and_command(csms: Csms, frame: list[Any]) -> None:
        await csms.send(
            [3, frame[1], ANSWERS["StartTransaction"]], [2, "stop", "RemoteStopTransaction", {"transactionId": 77}]
        )

    async def scenario() -> None:
        ledger = SlowLedger()
        ledger.record(started(1))
        async with charger({"StartTransaction": answer_and_command}, ledger) as (one, csms):
            await asyncio.sleep(10)

            assert one.known_to_stop == [True]
            assert len(csms.calls("StartTransaction")) == 1

    run(scenario())


def test_a_slow_disk_neither_repeats_a_fact_nor_spins() -> None:
    async def scenario() -> None:
        ledger = SlowLedger()
        for fact in (started(1), sampled(1), stopped(1)):
            ledger.record(fact)
        async with charger({}, ledger) as (one, csms):
            await one.connected()
            for _ in range(20):
                one.client.facts_recorded()
                await asyncio.sleep(1.0)

            assert [frame[2] for _, frame in csms.heard if "Transaction" in frame[2] or "Meter" in frame[2]] == [
                "StartTransaction",
                "MeterValues",
                "StopTransaction",
            ]

    run(scenario())


def test_a_status_is_told_in_time_also_when_it_changed_beside_an_unanswered_call() -> None:
    async def after_a_second(csms: Csms, frame: list[Any]) -> None:
        await asyncio.sleep(1.0)
        await answer_well(csms, frame)

    async def scenario() -> None:
        async with charger({"Heartbeat": after_a_second}) as (one, csms):
            await one.connected()
            one.client.status_changed(status(1, ConnectorStatus.AVAILABLE))
            one.settings.heartbeat_interval_s, one.settings.minimum_status_duration_s = 10, 5
            one.client.settings_changed()
            async with asyncio.timeout(60):
                while not csms.calls("Heartbeat"):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            changed_s = asyncio.get_running_loop().time()
            one.client.status_changed(status(1, ConnectorStatus.PREPARING, changed_s))
            await asyncio.sleep(20.0)

            assert csms.calls("StatusNotification")[1] == pytest.approx(changed_s + 5.0, abs=0.1)

    run(scenario())


def test_two_calls_without_an_answer_end_the_connection_and_one_does_not() -> None:
    async def scenario() -> None:
        async with charger({"Heartbeat": answer_nothing}) as (one, csms):
            await one.connected()
            one.settings.heartbeat_interval_s = 100
            one.client.settings_changed()
            await asyncio.sleep(140)
            snapshot = one.client.snapshot()
            assert (snapshot.is_open, snapshot.is_connected) == (True, False)

            await asyncio.sleep(100)
            assert one.client.snapshot().cause is Cause.CALLS_UNANSWERED
            assert csms.calls("Heartbeat")[:2] == pytest.approx([100.0, 200.0], abs=1.0)

    run(scenario())


def test_a_boot_answered_too_late_still_counts() -> None:
    async def late(csms: Csms, frame: list[Any]) -> None:
        await asyncio.sleep(45.0)
        await answer_well(csms, frame)

    async def scenario() -> None:
        async with charger({"BootNotification": late}) as (one, csms):
            await asyncio.sleep(50)

            assert one.client.snapshot().is_connected
            assert one.station.clock_ms == [], "its time is old news"
            assert len(csms.calls("BootNotification")) == 1

    run(scenario())


def test_an_idle_connection_sends_nothing_but_heartbeats() -> None:
    async def scenario() -> int:
        async with charger({}) as (one, csms):
            await one.connected()
            await asyncio.sleep(3600)
            return len(csms.heard)

    assert run(scenario()) <= 3600 / 300 + 2
