"""ST502 mains.frequency: what feeds this place is a grid, and no generator that runs away."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, not_applicable
from agent.selftest.bench import Bench
from agent.selftest.ending import judged
from agent.selftest.judging import mains
from agent.selftest.mains_readings import described, looks, nominal_hz

VERSION = 1
READINGS = 5
EVERY_S = 1.0


@judged
async def run(bench: Bench) -> Outcome:
    readings = await looks(bench, READINGS, EVERY_S)
    seen_hz = [one.frequency_hz for one in readings if one.frequency_hz]
    if not seen_hz:
        return not_applicable(f"{readings[0].instrument.capitalize()} tells no frequency, and nothing else here does.")
    return mains.frequency(seen_hz, nominal_hz(await described(bench), seen_hz[0]), readings[0].instrument)
