"""A relay board behind a gateway: the same link over Modbus TCP."""

from __future__ import annotations

import asyncio
import random

import pytest

from agent.drivers.buses import modbus_tcp
from agent.drivers.modbus_relay import link as relay_link
from agent.drivers.watching import becomes_unavailable, first
from agent.errors import DriverUnavailable
from firmware_sim.modbus_line import TcpGateway
from firmware_sim.relay_board import RelayBoard
from firmware_sim.relay_dialects import DIALECTS
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run

WHO = "modbus_relay on relays"


@pytest.mark.parametrize("family", sorted(DIALECTS))
def test_a_board_behind_a_gateway_is_ordered_read_back_and_missed(family: str) -> None:
    async def body() -> None:
        timeline = Timeline(asyncio.get_running_loop())
        board = RelayBoard(5, DIALECTS[family](None), 8, timeline, random.Random(1))
        gateway = TcpGateway(timeline, [board])
        line = modbus_tcp.create("net", modbus_tcp.Options(host="127.0.0.1", port=await gateway.open()))
        link = relay_link.create("relays", relay_link.Options(bus="net", address=5, family=family), {"net": line})
        await line.open()
        await link.open()
        try:
            await first(link.looks(WHO))
            for closed in (True, False):
                await link.order(3, WHO, lambda: closed)  # noqa: B023 - awaited in this turn
                assert board.relays[2].closed is closed
            board.silent = True
            assert "check" in await becomes_unavailable(link.looks(WHO))
            with pytest.raises(DriverUnavailable):
                await link.order(3, WHO, lambda: True)
        finally:
            await line.aclose()
            await gateway.aclose()

    run(body())
