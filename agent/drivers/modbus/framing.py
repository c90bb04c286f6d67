"""The library that makes and reads frames: loaded beside the loop, when the first frame is wanted.

It takes ten milliseconds, a tenth of the way to the first word to the network. A relay that must open does not wait for
that word; a meter does.
"""

from __future__ import annotations

import asyncio
import sys

from agent.loading import loaded

MODULE = "agent.drivers.modbus.exchange"
AFTER_START_S = 0.3


async def ready() -> None:
    """Until the exchanges can be imported at once."""
    await loaded(MODULE)


async def unhurried() -> None:
    """Whoever has time lets the start go first; where the library is there already, nobody waits."""
    if MODULE not in sys.modules:
        await asyncio.sleep(AFTER_START_S)
