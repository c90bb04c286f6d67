"""ST901: continuity of the protective conductor, with the supply switched off."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.core.commissioning.papers import Instrument
from agent.selftest.asking import instrument, limits, number
from agent.selftest.bench import Bench
from agent.selftest.judging import papers
from agent.selftest.judging.summing import summed

VERSION = 1


async def run(bench: Bench) -> Outcome:
    rule = limits(bench).continuity
    ohm = await number(bench, "ST901.resistance_ohm")
    current_ma = await number(bench, "ST901.current_ma")
    return summed((papers.continuity(ohm, current_ma, rule), await instrument(bench, Instrument.TESTER)))
