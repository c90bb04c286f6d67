"""ST510 meter.sign: a load is import. Judged by the figures of ST508; nothing is switched."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, skipped
from agent.selftest.bench import Bench
from agent.selftest.judging import directions

VERSION = 1


async def run(bench: Bench) -> Outcome:
    load = bench.earlier("ST508")
    if load is None or "power_w" not in load.evidence:
        return skipped("ST508 has not had a load yet, and this test judges its figures.", "Run ST508 first.")
    return directions.sign(load.evidence)
