"""ST902: insulation of each conductor, with the supply switched off."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.core.commissioning.papers import Instrument
from agent.selftest.asking import conductors, instrument, is_so, limits, number
from agent.selftest.bench import Bench
from agent.selftest.judging import papers
from agent.selftest.judging.summing import summed

VERSION = 1


async def run(bench: Bench) -> Outcome:
    rule = limits(bench).insulation
    mohm = {
        f"{name}-PE": await number(bench, f"ST902.{name.lower()}_pe_mohm")
        for name in conductors(bench, with_neutral=True)
    }
    test_v = await number(bench, "ST902.test_v")
    # Only a lower voltage than usual needs a reason.
    surge_connected = test_v < rule.test_v and await is_so(bench, "ST902.surge_connected")
    found = papers.insulation(mohm, test_v, rule, surge_connected=surge_connected)
    return summed((found, await instrument(bench, Instrument.TESTER)))
