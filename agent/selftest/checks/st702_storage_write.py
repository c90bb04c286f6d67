"""ST702: what is written comes back."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.selftest.bench import Bench
from agent.selftest.judging import platform

VERSION = 1


async def run(bench: Bench) -> Outcome:
    return platform.written(await bench.controller.measures("write"))
