"""ST906: the earth electrode, where the installation has one of its own."""

from __future__ import annotations

from agent.config.circuit import Earthing, PenProtection
from agent.core.commissioning.model import Outcome, not_applicable
from agent.core.commissioning.papers import Instrument
from agent.selftest.asking import installed, instrument, limits, number
from agent.selftest.bench import Bench
from agent.selftest.judging import papers
from agent.selftest.judging.summing import summed

VERSION = 1


async def run(bench: Bench) -> Outcome:
    circuit = installed(bench)
    if circuit.earthing is not Earthing.TT and circuit.pen_protection is not PenProtection.ELECTRODE:
        return not_applicable(f"a {circuit.earthing.value} supply brings its earth along")
    rule = limits(bench).electrode
    found = papers.electrode(await number(bench, "ST906.ra_ohm"), circuit.rcd_current_ma, rule)
    return summed((found, await instrument(bench, Instrument.TESTER)))
