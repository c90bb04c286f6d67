"""ST705: the time of day, beside the central system's."""

from __future__ import annotations

from collections.abc import Sequence

from agent.core.commissioning.model import Outcome, Verdict
from agent.core.network_check.model import Finding, Layer
from agent.selftest.bench import Bench
from agent.selftest.judging import network, platform

VERSION = 1
ASKED = {
    "central system": "the central system's",
    "http": "that of the central system's host",
    "time server": "the time server's",
}


async def run(bench: Bench) -> Outcome:
    seen = await bench.controller.measures("time")
    findings = await bench.connection.findings() if bench.config.ocpp is not None else ()
    blamed = network.layers(findings, Layer.CLOCK) if findings else None
    if blamed is not None and blamed.verdict is Verdict.FAIL:
        return blamed
    offset_s, told_by = _told(findings)
    return platform.time(seen, offset_s, asked=ASKED.get(told_by, told_by))


def _told(findings: Sequence[Finding]) -> tuple[float | None, str]:
    """How far the clock is off, and by whose word."""
    values = next((one.values for one in findings if one.layer is Layer.CLOCK), {})
    offset_s, told_by = values.get("offset_s"), str(values.get("told_by", ""))
    if not isinstance(offset_s, int | float):
        return None, ""
    # A Date of plain HTTP may come out of a cache: it proves a clock that is far off, and no good one.
    if told_by == "http" and abs(offset_s) <= network.HTTP_CLOCK_S:
        return None, ""
    return float(offset_s), told_by
