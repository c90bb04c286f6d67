"""ST909: the torque of the terminals, by the data sheet."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.core.commissioning.papers import Instrument
from agent.selftest.asking import instrument, number
from agent.selftest.bench import Bench
from agent.selftest.judging import papers
from agent.selftest.judging.summing import summed

VERSION = 1


async def run(bench: Bench) -> Outcome:
    low_nm, high_nm = await number(bench, "ST909.low_nm"), await number(bench, "ST909.high_nm")
    found = papers.torque(await number(bench, "ST909.torque_nm"), low_nm, high_nm)
    return summed((found, await instrument(bench, Instrument.WRENCH)))
