"""ST104: the circuit as it was found bears what the charger may draw."""

from __future__ import annotations

from dataclasses import replace

from agent.config.circuit import Curve
from agent.core.commissioning.model import Outcome
from agent.selftest.asking import choice, is_so, number, planned
from agent.selftest.bench import Bench
from agent.selftest.judging import supply
from agent.selftest.judging.summing import summed

VERSION = 1


async def run(bench: Bench) -> Outcome:
    plan = planned(bench)
    found = replace(
        plan,
        breaker_current_a=await number(bench, "ST104.breaker_a"),
        breaker_curve=Curve(await choice(bench, "ST104.curve", plan.breaker_curve.value)),
        cable_section_mm2=await number(bench, "ST104.section_mm2"),
        cable_length_m=await number(bench, "ST104.length_m"),
        dedicated=await is_so(bench, "ST104.own_circuit"),
    )
    return summed((*supply.bears(bench.config.site, found), *supply.as_planned(bench.config.circuit, found)))
