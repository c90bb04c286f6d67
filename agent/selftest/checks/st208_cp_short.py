"""ST208 cp.short: a pilot that is shorted to earth is refused, here by an adapter at E."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.core.control_pilot import ContactorState
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import AdapterPosition, Bench
from agent.selftest.judging.adapter import E_WITHIN_MS, refused
from agent.selftest.judging.trips import below
from agent.selftest.pilot_board import tested_board
from agent.selftest.refusals import cleared, reacted_ms

VERSION = 1
FAULT = "cp.short"
NOTICED_WITHIN_S = 3.0
SHORT_V = 1.2
"""The band of E (pilot reference, section 6)."""


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    board = tested_board(bench)
    await adapter.be("B")
    await bench.set_adapter(AdapterPosition(state="E"))
    seen = await bench.until(lambda: FAULT in bench.faults(), NOTICED_WITHIN_S)
    is_open = bench.contactor() is ContactorState.OPEN
    after_ms = None if seen is None else await reacted_ms(bench, board, below("high_v", SHORT_V))
    return refused(
        FAULT,
        seen is not None,
        after_ms,
        E_WITHIN_MS,
        stayed_open=is_open,
        cleared=await cleared(bench, adapter, FAULT),
    )
