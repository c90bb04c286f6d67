"""ST207 cp.diode: a car without its diode is refused.

The diode shows in the low phase only, so the pilot has to run: a board offers current to a plug in service or under a
test with power. Nothing may close all the same.
"""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, skipped
from agent.core.control_pilot import ContactorState
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import AdapterPosition, Bench, Diode, once_a_job
from agent.selftest.closings import allow, needs_power
from agent.selftest.ending import Ended
from agent.selftest.judging.adapter import DIODE_WITHIN_MS, refused
from agent.selftest.judging.trips import below
from agent.selftest.pilot_board import tested_board
from agent.selftest.refusals import cleared, reacted_ms

VERSION = 1
FAULT = "cp.diode"
OFFERED_A = 6.0
OFFERED_WITHIN_S = 5.0
NOTICED_WITHIN_S = 3.0
STAYS_OPEN_S = 3.0
PROVEN_V = 10.0
"""A low level above -10 V proves no diode (pilot reference, section 6)."""
BYPASSED = AdapterPosition(state="B", diode=Diode.BYPASSED)


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    board = tested_board(bench)
    await needs_power(bench)
    if not await once_a_job(bench, "ST207.has_bypass", "Can the adapter bypass its diode?"):
        raise Ended(skipped(
            "The adapter cannot bypass its diode.",
            "Use one that can, or a resistor of 2740 Ω from pilot to earth without a diode, and repeat.",
        ))  # fmt: skip
    await adapter.be("B")
    await allow(bench, OFFERED_A)
    await bench.until(lambda: _is_offered(bench), OFFERED_WITHIN_S)
    await adapter.turn("B", BYPASSED)
    seen = await bench.until(lambda: FAULT in bench.faults(), NOTICED_WITHIN_S)
    await bench.set_adapter(AdapterPosition(state="C", diode=Diode.BYPASSED))
    closed = await bench.until(lambda: bench.contactor() is not ContactorState.OPEN, STAYS_OPEN_S)
    after_ms = None if seen is None else await reacted_ms(bench, board, below("low_v", PROVEN_V))
    return refused(
        FAULT,
        seen is not None,
        after_ms,
        DIODE_WITHIN_MS,
        stayed_open=closed is None,
        cleared=await cleared(bench, adapter, FAULT),
    )


def _is_offered(bench: Bench) -> bool:
    reading = bench.pilot()
    return reading is not None and reading.offered_a > 0
