"""ST805: the signal of the Wi-Fi, median of a minute; of a modem, what its service says of it."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, not_applicable
from agent.core.network_check.model import Layer
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
            return await _of_a_modem(bench, str(seen.get("interface", "the network")))
    return network.signal(levels)


async def _of_a_modem(bench: Bench, interface: str) -> Outcome:
    """The check of the network asks for it; where there is no central system nothing does."""
    findings = await bench.connection.findings() if bench.config.ocpp is not None else ()
    radio = next((one for one in findings if one.layer is Layer.RADIO), None)
    if radio is None or "modem" not in radio.values:
        return not_applicable(f"{interface} is no Wi-Fi, and no modem is known")
    return network.layers(findings, Layer.RADIO)
