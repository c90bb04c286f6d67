"""ST805: the signal of the Wi-Fi, median of a minute."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, not_applicable
from agent.selftest.bench import Bench
from agent.selftest.judging import network

VERSION = 1
LOOKS, EVERY_S = 11, 6.0


async def run(bench: Bench) -> Outcome:
    levels: list[float] = []
    for look in range(LOOKS):
        if look:
            await bench.wait(EVERY_S)
        seen = await bench.controller.measures("link")
        level = seen.get("rssi_dbm")
        if isinstance(level, int | float):
            levels.append(level)
        elif not levels:
            return not_applicable(
                f"{seen.get('interface', 'the network')} is no Wi-Fi; of a modem nothing is told here"
            )
    return network.signal(levels)
