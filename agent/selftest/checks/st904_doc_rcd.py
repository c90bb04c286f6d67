"""ST904: trip times of the RCD in front of the charger, and of a device of its own for 6 mA DC."""

from __future__ import annotations

from agent.config.circuit import DcDetection, RcdType
from agent.core.commissioning.model import Outcome, not_applicable
from agent.core.commissioning.papers import Instrument
from agent.selftest.asking import installed, instrument, is_so, limits, number
from agent.selftest.bench import Bench
from agent.selftest.judging import papers
from agent.selftest.judging.summing import summed

VERSION = 1


async def run(bench: Bench) -> Outcome:
    rules, circuit = limits(bench), installed(bench)
    found: list[Outcome] = []
    if circuit.rcd is not RcdType.NONE:
        found.append(papers.rcd(await _readings(bench, has_five=rules.rcd.five_times_ms is not None), rules.rcd))
    if circuit.dc_detection is DcDetection.DEVICE:
        current_ma, time_ms = await number(bench, "ST904.dc_ma"), await number(bench, "ST904.dc_ms")
        found.append(papers.dc_trip(current_ma, time_ms, rules.dc))
    if not found:
        return not_applicable("there is no RCD in front of the charger; its own one is measured in ST303")
    return summed((*found, await instrument(bench, Instrument.TESTER)))


async def _readings(bench: Bench, *, has_five: bool) -> papers.RcdReadings:
    return papers.RcdReadings(
        half_trips=await is_so(bench, "ST904.half_trips"),
        once={"0°": await number(bench, "ST904.ac_0_ms"), "180°": await number(bench, "ST904.ac_180_ms")},
        five_times={
            "0°": await number(bench, "ST904.ac5_0_ms"),
            "180°": await number(bench, "ST904.ac5_180_ms"),
        }
        if has_five
        else {},
    )
