"""ST808: the central system takes this charger on."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, Verdict, not_applicable, passed
from agent.core.network_check.model import Layer
from agent.selftest.bench import Bench
from agent.selftest.judging import network

VERSION = 1
WITHIN_S, LOOKS_EVERY_S = 55, 1.0
"""With the check's own wait the minute of the catalogue: an operator may release it meanwhile."""
LAYERS = (Layer.SETTINGS, Layer.UPGRADE, Layer.SUBPROTOCOL, Layer.BOOT)


async def run(bench: Bench) -> Outcome:
    if bench.config.ocpp is None:
        return not_applicable(network.ALONE)
    findings = await bench.connection.findings()
    found = network.layers(findings, *LAYERS)
    if found.verdict is not Verdict.FAIL or not network.may_come_yet(findings):
        return found
    for waited_s in range(WITHIN_S):
        if bench.connection.is_accepted():
            return passed(f"accepted, {waited_s} s after the first look")
        await bench.wait(LOOKS_EVERY_S)
    return found
