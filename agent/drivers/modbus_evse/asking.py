"""One exchange with the controller over its line: what becomes of it is told to the conversation."""

from __future__ import annotations

import asyncio

from agent.drivers.modbus.answers import Refused
from agent.drivers.modbus.block import Ask, Block
from agent.drivers.modbus.line import Device, Line, Unanswered
from agent.drivers.modbus_evse.conversation import Conversation


async def exchange(line: Line, device: Device, ask: Ask, talk: Conversation) -> None:
    """Returns when there is an answer, a refusal, or none after the repetitions of the line."""
    loop = asyncio.get_running_loop()
    try:
        values = await _said(line, device, ask)
    except Refused as error:
        talk.refused(ask, str(error), loop.time(), is_permanent=error.is_permanent)
    except Unanswered as error:
        talk.unanswered(ask, str(error), loop.time())
    else:
        talk.answered(ask, values, loop.time())


async def _said(line: Line, device: Device, ask: Ask) -> tuple[int, ...]:
    if isinstance(ask, Block):
        return await line.read(device, ask)
    await line.write(device, ask)
    return ask.values
