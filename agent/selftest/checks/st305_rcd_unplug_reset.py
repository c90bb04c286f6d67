"""ST305 rcd.unplug_reset: after a trip no power flows before the plug was out.

It makes a trip of its own: the one of ST302 was over before this begins, for a board agrees to no test with power while
a trip stands.
"""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import Bench
from agent.selftest.closings import is_open
from agent.selftest.judging.residual import AfterTrip, no_trip, unplug_reset
from agent.selftest.pilot_board import needs_part
from agent.selftest.trip import trip

VERSION = 1
TRIPS = frozenset({"rcd.dc_trip", "rcd.ac_trip"})
NONE_HERE = "This board has no residual current unit, so nothing of its own could close again after a trip."
START = (
    "The outlet is live now, for a minute. Make it trip once more with the tester (6 mA DC, or 30 mA AC). Leave the "
    "adapter at C. Has the tester done its test?"
)
TRIPS_WITHIN_S = 11.0
STANDS_S = 10.0
CLEARS_WITHIN_S = 20.0
"""Two seconds of an empty outlet, a second of silence, and at most two tests of the unit."""


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    needs_part(bench, "residual_current", NONE_HERE)
    if await trip(bench, adapter, "ST305.done", START, TRIPS_WITHIN_S) is None:
        return no_trip("6 mA DC", "rcd.dc_trip")
    closed = await bench.until(lambda: not is_open(bench), STANDS_S)
    stood = _stands(bench)
    await adapter.turn("A")
    cleared_s = await bench.until(lambda: not _stands(bench), CLEARS_WITHIN_S)
    return unplug_reset(AfterTrip(stayed_open=closed is None, stood=stood, cleared_s=cleared_s), CLEARS_WITHIN_S)


def _stands(bench: Bench) -> bool:
    return bool(TRIPS & set(bench.faults()))
