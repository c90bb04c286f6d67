"""ST806: the certificate of the central system."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, not_applicable
from agent.selftest.bench import Bench
from agent.selftest.judging import network

VERSION = 1


async def run(bench: Bench) -> Outcome:
    if bench.config.ocpp is None:
        return not_applicable(network.ALONE)
    return network.certificate(await bench.connection.findings())
