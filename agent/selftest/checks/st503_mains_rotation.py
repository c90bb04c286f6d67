"""ST503 mains.rotation: in which order the phases follow each other. The board tells the order, and no angles."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, not_applicable
from agent.selftest.bench import Bench
from agent.selftest.ending import judged
from agent.selftest.judging import mains
from agent.selftest.mains_readings import look, nominal_v

VERSION = 1


@judged
async def run(bench: Bench) -> Outcome:
    if bench.config.phases == 1:
        return not_applicable("A single phase has no order.")
    reading = await look(bench)
    if reading.is_in_order is None:
        by = reading.instrument.capitalize()
        return not_applicable(f"{by} cannot tell the order of the phases; the installer's tester can (ST905).")
    return mains.rotation(reading.is_in_order, reading, nominal_v(bench))
