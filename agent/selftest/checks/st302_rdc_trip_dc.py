"""ST302 rdc.trip_dc: 6 mA of direct residual current really open the output."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, failed
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.asking import by_tester, limits, relies_on_charger
from agent.selftest.bench import Bench, Question
from agent.selftest.ending import Ended
from agent.selftest.judging.residual import dc_trip, no_trip
from agent.selftest.pilot_board import has_not, needs_part
from agent.selftest.refusals import cleared
from agent.selftest.trip import trip

VERSION = 1
FAULT = "rcd.dc_trip"
TRIPS_WITHIN_S = 11.0
"""IEC 62955 gives ten seconds at 6 mA."""
NONE_HERE = "This board has no residual current unit: the RCD upstream is of type B, and ST904 takes its readings."
RELIED_ON = (
    "The circuit relies on the charger for direct residual current (dc_detection), and this board has no unit for it: "
    "nothing here opens at 6 mA DC."
)
FIT_ONE = "Fit an RCD of type B or a device for 6 mA DC in front of the charger, write it into [circuit], and repeat."
START = (
    "The outlet is live now, for a minute. Start the DC test of the installation tester at the adapter's socket: a "
    "ramp to 6 mA, or a step of 6 mA that stays on until the outlet opens (10 s at most). Has the tester done its test?"
)


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    if has_not(bench, "residual_current") and relies_on_charger(bench):
        raise Ended(failed(RELIED_ON, FIT_ONE, cause="comm.supply_mismatch"))
    needs_part(bench, "residual_current", NONE_HERE)
    opened = await trip(bench, adapter, "ST302.done", START, TRIPS_WITHIN_S)
    if opened is None:
        return no_trip("6 mA DC", FAULT)
    person = bench.person
    tripped_ma = await person.number(
        Question(key="ST302.trip_ma", text="Trip current that the tester shows", unit="mA", low=0.0, high=100.0)
    )
    tripped_ms = await person.number(
        Question(key="ST302.trip_ms", text="Trip time that the tester shows", unit="ms", low=0.0, high=60_000.0)
    )
    await cleared(bench, adapter, FAULT)
    found = dc_trip(tripped_ma, tripped_ms, opened.opens_ms, limits(bench).dc)
    return await by_tester(bench, found)
