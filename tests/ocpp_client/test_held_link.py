"""A link that is held closed for a test, and opened again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from agent.station.network import HELD_AT_MOST_S, Network
from agent.station.station import Station
from firmware_sim.virtual_loop import run
from tests.ocpp_client.on_the_bench import charger
from tests.ocpp_client.plain import LoopClock


def test_a_held_link_stays_closed_and_what_was_recorded_is_told_once_it_is_released(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path) as one:
            await one.accepted()
            await one.client.hold("for a test")
            await one.until(lambda: not one.client.snapshot().is_open)
            before = len(one.frames)
            await one.charge(1)
            await asyncio.sleep(900)
            assert len(one.frames) == before
            assert one.store.ledger.queued() == 2

            one.client.release()
            await one.accepted(within_s=30)
            await one.told()
            assert [what for what in one.sent() if what.endswith("Transaction")] == [
                "StartTransaction",
                "StopTransaction",
            ]

    run(scenario())


def test_a_held_client_can_still_end(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path) as one:
            await one.accepted()
            await one.client.hold("for a test")
            await asyncio.sleep(60)

    run(scenario())


def test_a_link_that_a_forgotten_test_holds_is_opened_again_after_a_while(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with charger(tmp_path) as one:
            await one.accepted()
            network = Network(cast(Station, SimpleNamespace(clock=LoopClock())))
            network.use(one.client)
            async with network.held_closed("for a test"):
                await asyncio.sleep(HELD_AT_MOST_S - 1)
                assert not one.client.snapshot().is_open
                await one.accepted(within_s=30)

    run(scenario())
