"""A queue told over a new connection: when it begins, how fast it goes, and that nothing live waits for it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from agent.core.availability import ConnectorStatus
from agent.core.identity import IdToken
from firmware_sim.virtual_loop import run
from tests.ocpp_client.on_the_bench import Charger, charger
from tests.ocpp_client.plain import status

ROUND_TRIP_S = 0.2
SAMPLES = 100


def calls(one: Charger, *actions: str) -> list[dict[str, Any]]:
    frames = [json.loads(text) for direction, text in one.frames if direction == "sent"]
    return [frame for frame in frames if frame[0] == 2 and frame[2] in actions]


async def with_a_backlog(folder: Path, one: Charger, samples: int = SAMPLES) -> None:
    """Accepted, cut off, and a charge meanwhile; the network answers again now."""
    await one.accepted()
    await one.csms.do("drop")
    await one.until(lambda: not one.client.snapshot().is_open)
    await one.charge(1, samples=samples)


def test_a_queue_begins_within_the_time_that_is_set_and_a_live_message_does_not_wait_for_it(tmp_path: Path) -> None:
    async def main() -> tuple[float, float]:
        async with charger(tmp_path) as one:
            one.settings.replay_starts_within_s = 600
            await with_a_backlog(tmp_path, one)
            loop = asyncio.get_running_loop()
            await one.until(lambda: one.client.snapshot().is_connected)
            began = loop.time()
            await one.client.authorize(IdToken("CAFE"))
            authorized_s = loop.time() - began
            await one.until(lambda: bool(calls(one, "StartTransaction")), 700.0)
            return authorized_s, loop.time() - began

    authorized_s, began_s = run(main())

    assert authorized_s < 0.1
    assert 1.0 < began_s <= 600.0


@pytest.mark.parametrize("pause_s", [0.0, 0.5])
def test_a_replay_goes_as_fast_as_the_network_answers_or_as_slow_as_is_set(tmp_path: Path, pause_s: float) -> None:
    async def main() -> float:
        async with charger(tmp_path) as one:
            one.settings.replay_pause_s = pause_s
            await with_a_backlog(tmp_path, one)
            await one.csms.do("slow", delay_s=ROUND_TRIP_S)
            await one.until(lambda: bool(calls(one, "StartTransaction")))
            began = asyncio.get_running_loop().time()
            await one.told()
            return asyncio.get_running_loop().time() - began

    facts = SAMPLES + 2
    each_s = max(pause_s, ROUND_TRIP_S)

    assert run(main()) == pytest.approx(facts * each_s, rel=0.03)


def test_during_a_replay_nothing_live_waits_longer_than_two_round_trips(tmp_path: Path) -> None:
    async def main() -> list[float]:
        async with charger(tmp_path) as one:
            await with_a_backlog(tmp_path, one)
            await one.csms.do("slow", delay_s=ROUND_TRIP_S)
            await one.until(lambda: bool(calls(one, "StartTransaction")))
            waits_s = [await authorized(one, number) for number in range(10)]
            waits_s += [await status_told(one, number) for number in range(10)]
            assert one.store.ledger.queued() > 0, "the replay was over before"
            return waits_s

    async def authorized(one: Charger, number: int) -> float:
        # At another moment of a round trip each time.
        await asyncio.sleep(number * ROUND_TRIP_S / 10)
        began = asyncio.get_running_loop().time()
        assert await one.client.authorize(IdToken(f"CARD-{number}")) is not None
        return asyncio.get_running_loop().time() - began

    async def status_told(one: Charger, number: int) -> float:
        await asyncio.sleep(number * ROUND_TRIP_S / 10)
        began, before = asyncio.get_running_loop().time(), len(calls(one, "StatusNotification"))
        shown = (ConnectorStatus.PREPARING, ConnectorStatus.AVAILABLE)[number % 2]
        one.client.status_changed(status(1, shown, began))
        await one.until(lambda: len(calls(one, "StatusNotification")) > before)
        return asyncio.get_running_loop().time() - began

    assert max(run(main())) <= 2 * ROUND_TRIP_S + 0.05
