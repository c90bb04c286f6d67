"""ST103: a complete configuration, and its mark."""

from __future__ import annotations

from agent.config.layers import entries
from agent.config.mark import mark_of
from agent.core.commissioning.model import Outcome
from agent.drivers import loader
from agent.selftest.bench import Bench
from agent.selftest.judging import identity

VERSION = 1


async def run(bench: Bench) -> Outcome:
    return identity.configuration(bench.config, entries(bench.config, loader), mark_of(bench.config, loader))
