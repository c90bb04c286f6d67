"""ST801: the network interface, and broken frames within ten seconds."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, failed, passed
from agent.core.network_check.model import Layer
from agent.selftest.bench import Bench
from agent.selftest.judging import network
from agent.selftest.judging.summing import summed

VERSION = 1
COUNTED_S = 10.0


async def run(bench: Bench) -> Outcome:
    first = await bench.controller.measures("link")
    await bench.wait(COUNTED_S)
    later = await bench.controller.measures("link")
    counted = network.errors(first, later)
    if bench.config.ocpp is not None:
        return summed((network.layers(await bench.connection.findings(), Layer.LINK), counted, network.duplex(later)))
    if not later.get("carrier"):
        then = "plug in the network cable, or look at the Wi-Fi"
        return failed("no interface is connected", then, cause="net.no_link")
    return summed((passed(f"{later['interface']} is connected"), counted, network.duplex(later)))
