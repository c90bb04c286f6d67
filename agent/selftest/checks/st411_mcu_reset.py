"""ST411 mcu.reset: a board whose program stands still drops the contactor and comes back open.

A board that hangs measures nothing, so the moment at which the output died is not seen: ST406 times the chain that does
it. Here it is seen that the watchdog starts the board anew, that it comes back open, and that it says why.
"""

from __future__ import annotations

from agent.core.commissioning.model import Measured, Outcome, failed
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import Bench
from agent.selftest.closings import close, is_open
from agent.selftest.judging.contactor import in_time
from agent.selftest.pilot_board import tested_board

VERSION = 1
FAULT = "mcu.watchdog_reset"
BACK_WITHIN_S = 5.0
"""A watchdog of half a second, a start of a second and a half, and the link's first words."""
TOLD_WITHIN_S = 3.0
CLEARS_WITHIN_S = 20.0
CLAUSE = "safety requirement P27; self-test catalogue ST411"


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    await close(bench, adapter)
    boot = _boot(bench)
    await tested_board(bench).hang()
    await bench.permit(False)
    back_s = await bench.until(
        lambda: _boot(bench) not in (None, boot) and bench.contactor() is not None, BACK_WITHIN_S
    )
    came_open = is_open(bench)
    told_s = await bench.until(lambda: FAULT in bench.faults(), TOLD_WITHIN_S)
    await adapter.turn("A")
    await bench.until(lambda: FAULT not in bench.faults(), CLEARS_WITHIN_S)
    back = Measured(name="back after", value=None if back_s is None else round(back_s, 2), unit="s", high=BACK_WITHIN_S,
                    source=CLAUSE)  # fmt: skip
    if back_s is not None and not came_open:
        return failed(
            "The board came back from its reset, and the contactor was not open.",
            "Switch the supply off and prove it dead; then replace the pilot board.",
            back,
            cause="chain.mismatch",
        )
    if back_s is not None and told_s is None:
        return failed("The board came back and does not say that its watchdog reset it.",
                      "Update the board's firmware (evsectl board flash) and repeat.", back, cause=FAULT)  # fmt: skip
    return in_time(
        (back,),
        "The watchdog started the board anew, and it came back with the contactor open.",
        "Switch the board's supply off and on, and repeat. If it stays so, replace the board: its watchdog fails.",
        FAULT,
    )


def _boot(bench: Bench) -> str | None:
    reading = bench.pilot()
    return None if reading is None else reading.board_boot_id
