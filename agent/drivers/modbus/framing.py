"""The library that makes and reads frames: loaded beside the loop, when the first frame is wanted.

It takes ten milliseconds, a tenth of the way to the first word to the network. A relay that must open does not wait for
that word; a meter does.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from importlib import import_module

from agent.drivers.aside import Aside

MODULE = "agent.drivers.modbus.exchange"
AFTER_START_S = 0.3
WITHIN_S = 60.0
"""A card that stalls comes back within seconds."""


async def loaded() -> None:
    """Until the exchanges can be imported at once. Raises TimeoutError where the disk does not give them."""
    await Aside().call(partial(import_module, MODULE), WITHIN_S)


async def unhurried() -> None:
    """Whoever has time lets the start go first; where the library is there already, nobody waits."""
    if MODULE not in sys.modules:
        await asyncio.sleep(AFTER_START_S)
