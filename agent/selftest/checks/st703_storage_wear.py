"""ST703: life left of the storage."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.selftest.bench import Bench
from agent.selftest.judging import platform

VERSION = 1


async def run(bench: Bench) -> Outcome:
    return platform.worn(await bench.controller.measures("wear"))
