"""ST511 supply.drop: how much the supply gives way, by the voltages of ST508 without load and with it."""

from __future__ import annotations

from agent.config.countries import country_of
from agent.core.commissioning.model import Outcome, skipped
from agent.selftest.bench import Bench
from agent.selftest.judging import stiffness

VERSION = 1


async def run(bench: Bench) -> Outcome:
    load = bench.earlier("ST508")
    if load is None or "rest_v" not in load.evidence:
        return skipped("ST508 has not had a load yet, and this test judges its figures.", "Run ST508 first.")
    rule = country_of(bench.config.site.country).voltage_drop_percent
    rated_a = bench.config.connector_current_a(bench.connector)
    return stiffness.supply(stiffness.steps(load.evidence), rated_a, rule.value, rule.source)
