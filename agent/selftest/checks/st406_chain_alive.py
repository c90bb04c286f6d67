"""ST406 chain.alive: the hardware chain opens the contactor when the board's program stops giving its sign of life."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, failed
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import Bench
from agent.selftest.closings import close, is_open, movement
from agent.selftest.judging.contactor import Reaction, reaction
from agent.selftest.pilot_board import tested_board
from agent.selftest.standing_faults import barring

VERSION = 1
FAULT = "chain.mismatch"
OPENS_WITHIN_S = 1.0
WANTED = Reaction(
    test="ST406",
    words="the chain's drop",
    by=("chain",),
    within_ms=60,
    target_ms=60,
    clause="safety requirement SAF-1",
    cause=FAULT,
)
STUCK = (
    "Switch the supply off: a board whose program hangs would keep the outlet live. Check that nobody has bridged the "
    "safety chain on its terminals; then replace the pilot board."
)


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    closed_s = await close(bench, adapter)
    await tested_board(bench).stop_alive()
    if await bench.until(lambda: is_open(bench), OPENS_WITHIN_S) is None:
        await bench.permit(False)
        says = "The contactor stayed closed although the board gave no sign of life any more."
        return failed(says, STUCK, cause=FAULT)
    await bench.permit(False)
    if FAULT in bench.faults():
        # The board opened by itself what the chain held.
        return failed("The safety chain stood although the board gave no sign of life any more.", STUCK, cause=FAULT)
    seen = await movement(bench, closed_s)
    await adapter.turn("A")
    return reaction([seen], bench.config.phases, WANTED, barring(bench))
