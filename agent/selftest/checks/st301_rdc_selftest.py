"""ST301 rdc.selftest: the residual current unit trips, and takes the safety chain with it."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.selftest.bench import Bench
from agent.selftest.ending import judged
from agent.selftest.judging.residual import self_test
from agent.selftest.pilot_board import needs_part, tested_board

VERSION = 1
NONE_HERE = (
    "This board has no residual current unit of its own: a type B RCD upstream has to protect the outlet (ST904)."
)


@judged
async def run(bench: Bench) -> Outcome:
    board = tested_board(bench)
    needs_part(bench, "residual_current", NONE_HERE)
    return self_test([await board.test_residual()], "ST301")
