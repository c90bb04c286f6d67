"""ST907: current in the protective conductor while nobody charges."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.core.commissioning.papers import Instrument
from agent.selftest.asking import instrument, limits, number
from agent.selftest.bench import Bench
from agent.selftest.judging import papers
from agent.selftest.judging.summing import summed

VERSION = 1


async def run(bench: Bench) -> Outcome:
    rule = limits(bench).leakage
    found = papers.leakage(await number(bench, "ST907.leakage_ma"), rule)
    return summed((found, await instrument(bench, Instrument.CLAMP)))
