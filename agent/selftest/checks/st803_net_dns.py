"""ST803: the central system's name leads to an address."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, not_applicable
from agent.core.network_check.model import Layer
from agent.selftest.bench import Bench
from agent.selftest.judging import network

VERSION = 1


async def run(bench: Bench) -> Outcome:
    if bench.config.ocpp is None:
        return not_applicable(network.ALONE)
    return network.layers(await bench.connection.findings(), Layer.DNS)
