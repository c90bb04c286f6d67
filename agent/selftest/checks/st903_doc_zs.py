"""ST903: loop impedance at the outlet, against what its breaker needs, and the voltage drop where it was measured."""

from __future__ import annotations

from agent.config.circuit import CircuitConfig
from agent.config.countries import Country, country_of
from agent.core.commissioning.model import Outcome, not_applicable
from agent.core.commissioning.papers import Instrument
from agent.selftest.asking import conductors, installed, instrument, number, number_if_measured
from agent.selftest.bench import Bench
from agent.selftest.judging import papers
from agent.selftest.judging.summing import summed

VERSION = 1
WHERE = (
    "The outlets are dead now, and one loop feeds them all: enter what you measured at the charger's supply terminals. "
    "Whoever measures there now works live: by the rules for that."
)


async def run(bench: Bench) -> Outcome:
    country, circuit = country_of(bench.config.site.country), installed(bench)
    rule = country.measurements.loop
    if rule is None:
        return not_applicable(f"{country.name}: the rules of the place judge no loop by its breaker")
    await bench.person.tell(WHERE)
    limit = await _limit(bench, circuit, country)
    ohm = {name: await number(bench, f"ST903.zs_{name.lower()}_ohm") for name in conductors(bench)}
    found = [papers.loop(ohm, limit, circuit, country.measurements.disconnection, rule)]
    drop_percent = await number_if_measured(bench, "ST903.drop_percent")
    if drop_percent is not None:
        found.append(papers.voltage_drop(drop_percent, country.voltage_drop_percent))
    return summed((*found, await instrument(bench, Instrument.TESTER)))


async def _limit(bench: Bench, circuit: CircuitConfig, country: Country) -> papers.LoopLimit:
    """Asked for where no rule knows it: a fuse trips by a table and not by a multiple."""
    known = papers.loop_limit(circuit, country.measurements.loop, country.voltages.three_v)
    return known or papers.entered_limit(await number(bench, "ST903.limit_ohm"), circuit.breaker_curve)
