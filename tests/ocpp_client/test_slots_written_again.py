"""Addresses that are written again as they are."""

from __future__ import annotations

import asyncio
from pathlib import Path

from agent.ocpp_client.causes import Cause
from firmware_sim.virtual_loop import run
from tests.ocpp_client.secured import accepted, central_system, charger
from tests.ocpp_client.test_slots import PREFIX, at_slot, site


def test_writing_what_is_there_already_disturbs_no_connection(tmp_path: Path) -> None:
    """Central systems that write a whole template after each connection would never have one that lasts."""

    async def story() -> None:
        async with central_system(tmp_path, None) as first, charger(tmp_path, first, site()) as one:
            await at_slot(one, 1)
            for slot, text in ((1, first.url), (1, f"{first.url}/CP-1"), (3, "")):
                await accepted(first, "change_configuration", key=f"{PREFIX}Profile{slot}", value=text)
            await asyncio.sleep(60.0)
            assert Cause.RECONNECTS not in one.causes

    run(story())
