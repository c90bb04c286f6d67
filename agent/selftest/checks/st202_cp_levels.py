"""ST202 cp.levels: what the generator puts out when it stands at x1 and at F.

The board's own converter measures it; a meter at the connector beside it belongs to the factory's calibration.
"""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.core.control_pilot import PilotState
from agent.drivers.board_service import Drive
from agent.selftest.bench import Bench
from agent.selftest.ending import judged
from agent.selftest.judging import pilot
from agent.selftest.pilot_board import driven, measures, number, state_of, tested_board
from agent.selftest.standing_faults import barring

VERSION = 1
SETTLE_S = 0.3


@judged
async def run(bench: Bench) -> Outcome:
    high_v = number(await measures(tested_board(bench)), "high_v")
    if state_of(bench) is PilotState.A and not barring(bench) and not pilot.is_level(high_v):
        # What is wrong at rest gets worse by no driving, and the board will have none of it. While a fault is present
        # the board puts the pilot to F by itself, which says nothing of its generator.
        return pilot.levels(high_v, None)
    async with driven(bench) as board:
        await board.drive(Drive.X1)
        await bench.wait(SETTLE_S)
        high_v = number(await measures(board), "high_v")
        await board.drive(Drive.F)
        await bench.wait(SETTLE_S)
        low_v = number(await measures(board), "low_v")
        await board.drive(Drive.X1)
    return pilot.levels(high_v, low_v)
