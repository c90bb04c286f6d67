"""Central systems that are silent, slow, hostile, dying or gone for days: everything arrives once and in order."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.ocpp_client.causes import Cause
from firmware_sim.virtual_loop import run
from tests.ocpp_client.on_the_bench import A_DAY_S, charger
from tests.searching import costly
from tools.csms.hostile import FRAMES


def test_a_session_recorded_while_nobody_answered_for_days_arrives_once_and_in_order(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path) as one:
            await one.accepted()
            await one.csms.do("offline")
            await one.charge(1, samples=30)
            await asyncio.sleep(3 * A_DAY_S)
            await one.charge(2, samples=30)
            assert one.store.ledger.queued() == 64
            assert one.client.snapshot().cause is Cause.REFUSED

            await one.csms.system.reopen()
            await one.told()

            rows = await one.transactions()
            assert [(row["energy_wh"], row["starts"], row["stops"]) for row in rows] == [(1000, 1, 1)] * 2
            assert (await one.csms.do("problems"))["problems"] == []

    run(scenario())


def test_a_central_system_that_dies_every_twenty_messages_gets_everything_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path, ("drop", {"every": 20})) as one:
            for number in range(1, 11):
                await one.charge(number, samples=20)
            await one.told(within_s=3600)

            rows = await one.transactions()
            assert [(row["energy_wh"], row["stop_reason"]) for row in rows] == [(1000, "Local")] * 10
            assert (await one.csms.do("problems"))["problems"] == []

    run(scenario())


@pytest.mark.parametrize("delay_s", [5, 29, 40, 55])
def test_a_slow_central_system_gets_everything_once(tmp_path: Path, delay_s: float) -> None:
    async def scenario() -> None:
        async with charger(tmp_path, ("slow", {"delay_s": delay_s})) as one:
            await one.charge(1, samples=3)
            await one.charge(2, samples=3)
            await one.told(within_s=A_DAY_S)

            rows = await one.transactions()
            assert [row["energy_wh"] for row in rows] == [1000, 1000]
            assert (await one.csms.do("problems"))["problems"] == []

    run(scenario())


def test_silence_never_uses_up_an_attempt(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path) as one:
            await one.accepted()
            await one.csms.do("silent")
            await one.charge(1)
            await asyncio.sleep(A_DAY_S)
            head = await one.store.ledger.next_fact()
            assert head is not None and head.attempts == 0

            await one.csms.do("heal")
            await one.told()
            assert [row["energy_wh"] for row in await one.transactions()] == [1000]

    run(scenario())


def test_a_refused_start_is_given_up_after_its_attempts_and_the_rest_goes_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path, ("reject", {"action": "StartTransaction"})) as one:
            await one.accepted()
            began_s = asyncio.get_running_loop().time()
            await one.charge(1)
            await one.told()

            assert one.sent().count("StartTransaction") == 3
            assert asyncio.get_running_loop().time() - began_s == pytest.approx(60 + 120, abs=1.0)
            [stop] = [json.loads(text) for _, text in one.frames if "StopTransaction" in text]
            assert stop[3]["transactionId"] == -1

    run(scenario())


def test_a_hostile_central_system_is_answered_counted_and_survived(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path) as one:
            await one.accepted()
            for name in [name for name in FRAMES if name != "huge"] * 3:
                await one.csms.do("hostile", name=name)
            # What is not read yet goes with the line that a huge frame breaks.
            await one.until(lambda: dict(one.client.snapshot().counts).get("an answer to nothing") == 6)
            assert one.client.snapshot().is_connected
            await one.csms.do("hostile", name="huge")
            await one.until(lambda: not one.client.snapshot().is_open)
            await one.accepted()
            await one.charge(1)
            await one.told()

            counts = dict(one.client.snapshot().counts)
            assert counts["a frame that is not JSON"] == 6, "one empty and one without JSON each time"
            assert counts["a binary frame"] == 3
            assert counts["an answer to nothing"] == 6
            assert one.client.snapshot().cause is Cause.PEER_BROKE_PROTOCOL
            assert [row["energy_wh"] for row in await one.transactions()] == [1000]

    run(scenario())


def test_a_frozen_line_is_noticed_by_the_ping(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path) as one:
            await one.accepted()
            one.settings.websocket_ping_interval_s = 20
            await asyncio.sleep(60)
            await one.csms.do("freeze")
            await asyncio.sleep(32)

            assert one.client.snapshot().cause is Cause.PING_UNANSWERED
            await one.accepted()

    run(scenario())


WEATHER: tuple[tuple[str, dict[str, Any]], ...] = (
    ("drop", {"every": 3}),
    ("drop", {}),
    ("silent", {}),
    ("deaf", {}),
    ("slow", {"delay_s": 20}),
    ("slow", {"delay_s": 45}),
    ("refuse", {"status": 503}),
    ("offline", {}),
    ("freeze", {}),
    ("hostile", {"name": "all"}),
    ("boot_answer", {"status": "Pending", "interval_s": 30}),
    ("heal", {}),
)


@given(st.lists(st.tuples(st.sampled_from(WEATHER), st.integers(0, 3000), st.booleans()), max_size=12))
@costly(40, search=1_000)
def test_in_any_weather_everything_arrives_once_and_in_order(
    days: list[tuple[tuple[str, dict[str, Any]], int, bool]],
) -> None:
    async def scenario(folder: Path) -> None:
        async with charger(folder) as one:
            charges = 0
            for (verb, arguments), lasts_s, has_charge in days:
                await one.csms.system.reopen()
                await one.csms.do(verb, **arguments)
                if has_charge:
                    charges += 1
                    await one.charge(charges, samples=4)
                await asyncio.sleep(lasts_s)
            await one.csms.do("heal")
            await one.csms.system.reopen()
            await one.told(within_s=A_DAY_S)

            rows = await one.transactions()
            assert [row["energy_wh"] for row in rows] == [1000] * charges
            problems = (await one.csms.do("problems"))["problems"]
            assert problems == []

    with tempfile.TemporaryDirectory() as folder:
        run(scenario(Path(folder)))
