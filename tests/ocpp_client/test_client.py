"""The client against the bench central system over a real websocket, in virtual time."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from agent.core.availability import ConnectorStatus
from agent.core.identity import IdToken
from agent.core.session.events import AuthorizationStatus
from agent.ocpp_client.adapter import Registration
from agent.ocpp_client.causes import Cause
from firmware_sim.virtual_loop import run
from tests.ocpp_client.on_the_bench import charger
from tests.ocpp_client.plain import status


def test_a_boot_is_followed_by_every_status_and_only_then_by_facts(tmp_path: Path) -> None:
    async def scenario() -> list[str]:
        async with charger(tmp_path) as one:
            await one.charge(1, samples=2)
            await one.told()
            return one.sent()

    assert run(scenario()) == [
        "BootNotification",
        "StatusNotification",
        "StatusNotification",
        "StartTransaction",
        "MeterValues",
        "MeterValues",
        "StopTransaction",
    ]


def test_connected_means_answered(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path, ("silent", {})) as one:
            await one.until(lambda: one.client.snapshot().is_open)
            assert not one.client.snapshot().is_connected

            await one.csms.do("heal")
            await one.accepted()
            assert one.client.snapshot().is_connected
            await one.csms.do("silent")
            await one.charge(1)
            await asyncio.sleep(31)
            assert one.client.snapshot().is_open
            assert one.seen == [False, True, False], "each change is told, and nothing else"

    run(scenario())


def test_the_networks_clock_and_interval_are_taken_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path, ("boot_answer", {"status": "Accepted", "interval_s": 77})) as one:
            await one.accepted()
            await one.until(lambda: one.settings.heartbeat_interval_s == 77)
            await asyncio.sleep(200)

            assert len(one.station.clock_ms) == 3
            assert one.sent().count("Heartbeat") == 2

    run(scenario())


def test_a_pending_charger_answers_and_sends_nothing_of_its_own(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path, ("boot_answer", {"status": "Pending", "interval_s": 900})) as one:
            await one.charge(1)
            await one.until(lambda: one.registration() is Registration.PENDING)
            await one.csms.do("trigger", message="Heartbeat")
            await asyncio.sleep(800)

            assert one.sent() == ["BootNotification", "Heartbeat"]
            assert await one.client.authorize(IdToken("CAFE")) is None

            await one.csms.do("boot_answer", status="Accepted")
            await one.told()

    run(scenario())


def test_a_rejected_charger_is_silent_until_its_interval_is_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path, ("boot_answer", {"status": "Rejected", "interval_s": 500})) as one:
            await one.until(lambda: one.registration() is Registration.REJECTED)
            await one.csms.do("raw", text='[2,"x","ClearCache",{}]')
            await asyncio.sleep(450)
            assert [direction for direction, _ in one.frames].count("sent") == 1

            await one.csms.do("boot_answer", status="Accepted")
            await one.accepted()
            assert one.sent()[:2] == ["BootNotification", "BootNotification"]

    run(scenario())


def test_a_mere_reconnect_brings_no_boot_and_no_known_status(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path) as one:
            await one.accepted()
            await one.until(lambda: one.sent().count("StatusNotification") == 2)
            await one.csms.do("drop")
            await one.until(lambda: one.client.snapshot().cause is Cause.LINE_LOST)
            await one.accepted()

            assert one.sent() == ["BootNotification", "StatusNotification", "StatusNotification", "Heartbeat"]

    run(scenario())


def test_what_changed_while_away_is_told_by_its_present_state(tmp_path: Path) -> None:
    async def scenario() -> list[dict[str, Any]]:
        async with charger(tmp_path) as one:
            await one.accepted()
            await one.until(lambda: one.sent().count("StatusNotification") == 2)
            await one.csms.do("offline")
            await asyncio.sleep(20)
            for shown in (ConnectorStatus.PREPARING, ConnectorStatus.SUSPENDED_EV, ConnectorStatus.CHARGING):
                one.client.status_changed(status(1, shown, asyncio.get_running_loop().time()))
                await asyncio.sleep(20)
            before = len(one.frames)
            await one.csms.system.reopen()
            await one.accepted()
            await asyncio.sleep(20)
            calls = [json.loads(text) for direction, text in one.frames[before:] if direction == "sent"]
            return [call[3] for call in calls if call[2] == "StatusNotification"]

    told = run(scenario())

    assert [one["status"] for one in told] == ["Charging"]


def test_authorize_asks_and_gives_up_in_time(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path, ("refuse_token", {"token": "BAD", "status": "Blocked"})) as one:
            assert await one.client.authorize(IdToken("CAFE")) is None, "nobody can be asked yet"
            await one.accepted()
            good = await one.client.authorize(IdToken("CAFE"))
            bad = await one.client.authorize(IdToken("BAD"))
            assert good is not None and good.status is AuthorizationStatus.ACCEPTED
            assert bad is not None and bad.status is AuthorizationStatus.BLOCKED

            await one.csms.do("slow", delay_s=12)
            began_s = asyncio.get_running_loop().time()
            assert await one.client.authorize(IdToken("LATE")) is None
            assert asyncio.get_running_loop().time() - began_s == pytest.approx(10.0, abs=0.5)
            await asyncio.sleep(10)
            assert one.station.tokens == [
                ("CAFE", AuthorizationStatus.ACCEPTED),
                ("BAD", AuthorizationStatus.BLOCKED),
                ("LATE", AuthorizationStatus.ACCEPTED),
            ]

    run(scenario())


def test_a_reset_acts_only_after_its_answer_left_and_a_repeated_command_is_not_performed_twice(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path) as one:
            await one.accepted()
            for _ in range(2):
                await one.csms.do("raw", text='[2,"reset-1","Reset",{"type":"Soft"}]')
            await one.until(lambda: len([text for _, text in one.frames if "reset-1" in text]) == 4)

            assert one.station.resets == 1
            answers = [text for direction, text in one.frames if direction == "sent" and "reset-1" in text]
            assert answers[0] == answers[1]

    run(scenario())


@pytest.mark.parametrize(
    ("http_status", "cause"),
    [(401, Cause.UNAUTHORIZED), (403, Cause.UNAUTHORIZED), (404, Cause.UNKNOWN_IDENTITY), (503, Cause.UNAVAILABLE)],
)
def test_a_refused_connection_is_named_and_tried_again(tmp_path: Path, http_status: int, cause: Cause) -> None:
    async def scenario() -> None:
        async with charger(tmp_path, ("refuse", {"status": http_status})) as one:
            await one.until(lambda: one.client.snapshot().cause is cause)
            assert f"HTTP {http_status}" in one.client.snapshot().sentence

            await one.csms.do("heal")
            await one.accepted()

    run(scenario())


def test_a_trace_shows_no_token(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path) as one:
            await one.accepted()
            await one.client.authorize(IdToken("04A2B3C4D5E6F7"))

            assert not [text for _, text in one.frames if "04A2B3C4D5E6F7" in text]
            assert [text for _, text in one.frames if '"…E6F7"' in text]

    run(scenario())


@pytest.mark.parametrize("after_turns", range(40))
def test_a_goodbye_ends_the_client_at_whatever_moment(tmp_path: Path, after_turns: int) -> None:
    async def scenario() -> None:
        async with charger(tmp_path):
            for _ in range(after_turns):
                await asyncio.sleep(0)
        assert asyncio.get_running_loop().time() < 3.0

    run(scenario())
