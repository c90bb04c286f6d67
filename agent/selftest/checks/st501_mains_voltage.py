"""ST501 mains.voltage: the supply over ten seconds, phase by phase. A wrong one is found here before it harms a car."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.selftest.bench import Bench
from agent.selftest.ending import judged
from agent.selftest.judging import mains
from agent.selftest.mains_readings import looks, nominal_v

VERSION = 1
READINGS = 10
EVERY_S = 1.0


@judged
async def run(bench: Bench) -> Outcome:
    return mains.voltage(await looks(bench, READINGS, EVERY_S), nominal_v(bench))
