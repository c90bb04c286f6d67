"""ST201 rail.voltages: the supplies of the board's pilot generator.

Read ten times in a second, as fast as all readings can be asked for: ripple faster than that stays unseen. 3.3 V and 5
V have no reading; the board resets where the first is too low, and says so (mcu.brownout).
"""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.selftest.bench import Bench
from agent.selftest.ending import judged
from agent.selftest.judging import pilot
from agent.selftest.pilot_board import measures, needs_part, number, tested_board

VERSION = 1
READINGS = 10
EVERY_S = 0.1


@judged
async def run(bench: Bench) -> Outcome:
    board = tested_board(bench)
    needs_part(bench, "rails", "This board does not measure the rails of its pilot.")
    plus_v, minus_v = [], []
    for _ in range(READINGS):
        readings = await measures(board)
        plus_v.append(number(readings, "plus_v"))
        minus_v.append(number(readings, "minus_v"))
        await bench.wait(EVERY_S)
    return pilot.rails(plus_v, minus_v)
