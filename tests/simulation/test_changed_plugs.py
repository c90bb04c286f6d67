"""A permission is for the plug it was decided for, however late it is carried out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.simulation.stage import CARD, Charger, tell

A_SLOW_CARD_S = 8.0


def slowed(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def slow(*arguments: Any, **named: Any) -> Any:
        await asyncio.sleep(A_SLOW_CARD_S)
        return await method(*arguments, **named)

    return slow


def test_a_permission_that_a_slow_disk_held_up_is_not_carried_out_for_the_next_car() -> None:
    async def story(charger: Charger) -> None:
        ledger: Any = charger.agent.station.store.ledger
        ledger.record_start, ledger.record_sample = slowed(ledger.record_start), slowed(ledger.record_sample)
        await charger.plug_in(current_a=16)
        await charger.world("swipe", token=CARD)
        await charger.passes(1.5)
        await charger.world("plug_out", connector=1)
        await charger.passes(1.5)
        await charger.world("plug_in", connector=1, ready_delay_s=0.2, draw_delay_s=0.2, current_a=16)

        for _ in range(300):
            await charger.passes(0.1)
            assert charger.outlet()["contactor"] != "closed", "the second car asked nobody"

        assert [(one["meter_start_wh"], one["meter_stop_wh"]) for one in charger.transactions()] == [(0, 0)]

    tell(story)
