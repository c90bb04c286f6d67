"""ST409 e2e.c1_timeout: a car that does not stop is cut off, six seconds after it was told to."""

from __future__ import annotations

from agent.core.commissioning.model import Measured, Outcome
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import Bench
from agent.selftest.closings import close, movement, opened
from agent.selftest.judging.contactor import in_time

VERSION = 1
CLAUSE = "IEC 61851-1 Table A.6, sequence 10.2; self-test catalogue ST409"
STOPS_WITHIN_S = 0.1
CUT_OFF_MS = (5_900, 6_100)
AGAIN = "Leave the adapter at C until it is cut off, and repeat. If it stays so, update the board: evsectl board flash."


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    closed_s = await close(bench, adapter)
    await bench.permit(False)
    stopped_s = await bench.until(lambda: _offers_nothing(bench), 2.0)
    await opened(bench)
    seen = await movement(bench, closed_s)
    await adapter.turn("A")
    times = (
        Measured(
            name="pilot steady after the order",
            value=None if stopped_s is None else round(stopped_s, 3),
            unit="s",
            high=STOPS_WITHIN_S,
            source=CLAUSE,
        ),
        Measured(
            name="cut off after",
            value=seen.event_ms,
            unit="ms",
            low=CUT_OFF_MS[0],
            high=CUT_OFF_MS[1],
            source=CLAUSE,
        ),
    )
    return in_time(
        times,
        f"A car that does not stop is cut off after {seen.event_ms} ms.",
        AGAIN,
        "ev.no_stop",
    )


def _offers_nothing(bench: Bench) -> bool:
    reading = bench.pilot()
    return reading is not None and reading.offered_a == 0
