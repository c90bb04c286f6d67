"""ST706: heat, supply and memory of the controller."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.selftest.bench import Bench
from agent.selftest.judging import platform

VERSION = 1


async def run(bench: Bench) -> Outcome:
    return platform.soc(await bench.controller.measures("soc"))
