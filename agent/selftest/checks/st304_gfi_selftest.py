"""ST304 gfi.selftest: the residual current unit by the UL profile, three times in a row."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, not_applicable
from agent.selftest.bench import Bench
from agent.selftest.ending import Ended, judged
from agent.selftest.judging.residual import self_test
from agent.selftest.pilot_board import needs_part, property_of, tested_board

VERSION = 1
TIMES = 3
OTHER_PROFILE = "This charger protects by the IEC profile; ST301 tests it."
NONE_HERE = "This board has no residual current unit of its own."


@judged
async def run(bench: Bench) -> Outcome:
    board = tested_board(bench)
    needs_part(bench, "residual_current", NONE_HERE)
    if property_of(await board.describe(), "residual") != "UL":
        raise Ended(not_applicable(OTHER_PROFILE))
    return self_test([await board.test_residual() for _ in range(TIMES)], "ST304")
