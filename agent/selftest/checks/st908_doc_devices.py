"""ST908: breaker, RCD, detection of direct current and surge protection in front of the charger."""

from __future__ import annotations

from dataclasses import replace

from agent.config.circuit import DcDetection, RcdType
from agent.core.commissioning.model import Outcome
from agent.selftest.asking import choice, installed, number, planned, text
from agent.selftest.bench import Bench
from agent.selftest.judging import supply
from agent.selftest.judging.summing import summed

VERSION = 1


async def run(bench: Bench) -> Outcome:
    circuit = installed(bench)
    rcd = RcdType(await choice(bench, "ST908.rcd"))
    found = replace(
        circuit,
        rcd=rcd,
        rcd_current_ma=circuit.rcd_current_ma if rcd is RcdType.NONE else round(await number(bench, "ST908.rcd_ma")),
        dc_detection=DcDetection(await choice(bench, "ST908.dc_detection", planned(bench).dc_detection.value)),
    )
    surge = await choice(bench, "ST908.surge")
    photo = await text(bench, "ST908.photo", "-")
    parts = (*supply.is_protected(bench.config.site, found), supply.arrester(surge), supply.photo(photo))
    return summed((*parts, *supply.as_planned(bench.config.circuit, found)))
