"""ST810: the central system can ask something of this charger."""

from __future__ import annotations

from agent.core.commissioning.model import Measured, Outcome, failed, not_applicable, passed, skipped
from agent.selftest.bench import Bench
from agent.selftest.judging import network
from agent.selftest.judging.limits import CATALOGUE

VERSION = 1
WITHIN_S, LOOKS_EVERY_S = 30, 1.0


async def run(bench: Bench) -> Outcome:
    if bench.config.ocpp is None:
        return not_applicable(network.ALONE)
    if not bench.connection.is_accepted():
        return skipped("the central system has not accepted this charger", "mend what ST808 names first")
    began = bench.now()
    await bench.person.tell(
        "Ask the operator to send this charger a message (TriggerMessage of StatusNotification, or DataTransfer)."
    )
    for _ in range(WITHIN_S):
        heard = bench.connection.heard_since(began)
        if heard:
            one = Measured(name="asked for by the central system", value=", ".join(heard), source=CATALOGUE)
            return passed(f"the central system asked for {heard[0]}", one)
        await bench.wait(LOOKS_EVERY_S)
    if await bench.person.confirms("ST810.seen", "Does the operator see this charger as Available?"):
        return passed("the operator sees this charger as Available")
    then = "ask the operator whether messages to chargers pass his proxy, and compare the identity with his list"
    return failed(f"nothing came from the central system within {WITHIN_S} s", then, cause="ocpp.offline")
