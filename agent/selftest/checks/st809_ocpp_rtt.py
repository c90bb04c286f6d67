"""ST809: ten messages and their answers."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, failed, not_applicable, skipped
from agent.core.network_check.model import Layer
from agent.selftest.bench import Bench
from agent.selftest.judging import network
from agent.selftest.judging.summing import summed

VERSION = 1
CALLS, PAUSE_S = 10, 1.0


async def run(bench: Bench) -> Outcome:
    if bench.config.ocpp is None:
        return not_applicable(network.ALONE)
    findings = await bench.connection.findings()
    took_s: list[float] = []
    for _ in range(CALLS):
        try:
            took_s.append(await bench.connection.call_s())
        except TimeoutError as error:
            then = "look at the signal and who else uses the network; ask the operator where both are fine"
            return failed(f"of {CALLS} messages, {len(took_s)} were answered: {error}", then, cause="ocpp.offline")
        except ConnectionError as error:
            return skipped(str(error), "mend what ST808 names first")
        await bench.wait(PAUSE_S)
    return summed((network.layers(findings, Layer.ROUND_TRIP), network.trips(took_s, network.offset_s(findings))))
