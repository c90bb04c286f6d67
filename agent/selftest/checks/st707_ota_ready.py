"""ST707: a new version could come."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.selftest.bench import Bench
from agent.selftest.judging import platform

VERSION = 1


async def run(bench: Bench) -> Outcome:
    return platform.update(await bench.controller.measures("update"))
