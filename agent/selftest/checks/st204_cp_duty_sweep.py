"""ST204 cp.duty_sweep: the offered current is what we think, over the charger's whole range."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.core.control_pilot import duty_from_current
from agent.drivers.board_service import Drive, TestedBoard
from agent.selftest.bench import Bench
from agent.selftest.ending import judged
from agent.selftest.judging.pilot import SWEEP_A, DutyPoint, duty_sweep
from agent.selftest.pilot_board import driven, measures, needs_part

VERSION = 1
COUNTED_S = 2.2
"""The board counts over a second, and tells it for the next: what was driven before is out of it after both."""


@judged
async def run(bench: Bench) -> Outcome:
    async with driven(bench) as board:
        needs_part(bench, "rails", "This board does not count what its pilot's generator puts out.")
        rated_a = bench.config.board.rated_current_a
        return duty_sweep([await _point(bench, board, ampere) for ampere in SWEEP_A if ampere <= rated_a])


async def _point(bench: Bench, board: TestedBoard, current_a: float) -> DutyPoint:
    ordered = duty_from_current(current_a)
    await board.drive(Drive.PWM, ordered)
    await bench.wait(COUNTED_S)
    counted = (await measures(board)).get("generator_duty_percent")
    percent = float(counted) if isinstance(counted, int | float) else None
    return DutyPoint(current_a=current_a, ordered_percent=ordered, counted_percent=percent)
