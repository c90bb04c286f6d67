"""ST905: polarity and phase order as the installer found them, beside what the charger itself sees."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, Verdict
from agent.core.commissioning.papers import Instrument
from agent.selftest.asking import choice, instrument, is_so
from agent.selftest.bench import Bench
from agent.selftest.judging import papers
from agent.selftest.judging.summing import summed

VERSION = 1


async def run(bench: Bench) -> Outcome:
    found = papers.polarity(
        is_wired_right=await is_so(bench, "ST905.wiring"),
        order=await choice(bench, "ST905.order", "right" if bench.config.site.phases == 3 else "single"),
        phases=bench.config.site.phases,
        seen_order_is_right=_seen(bench),
    )
    return summed((found, await instrument(bench, Instrument.TESTER)))


def _seen(bench: Bench) -> bool | None:
    """What the charger said of the phase order (ST503)."""
    seen = bench.earlier("ST503")
    if seen is None or seen.verdict not in (Verdict.PASS, Verdict.FAIL):
        return None
    return seen.verdict is Verdict.PASS if seen.cause in ("", "mains.rotation") else None
