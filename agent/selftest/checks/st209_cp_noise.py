"""ST209 cp.noise: how quiet the pilot line is as it was laid, and whether it leaks."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.drivers.board_service import Drive, TestedBoard
from agent.selftest.bench import Bench
from agent.selftest.ending import judged
from agent.selftest.judging import pilot
from agent.selftest.pilot_board import driven, has, measures, number

VERSION = 1
READINGS = 20
EVERY_S = 0.2
SETTLE_S = 0.3
DUTY_PERCENT = 50.0


@judged
async def run(bench: Bench) -> Outcome:
    async with driven(bench) as board:
        await board.drive(Drive.X1)
        await bench.wait(SETTLE_S)
        high_v = await _levels(bench, board, "high_v")
        hum_v = await _hum_v(board) if has(bench, "capture") else None
        await board.drive(Drive.PWM, DUTY_PERCENT)
        await bench.wait(SETTLE_S)
        low_v = await _levels(bench, board, "low_v")
    levels = bench.earlier("ST202")
    alone = [one.value for one in levels.measured if one.name == "low level"] if levels is not None else []
    open_low_v = alone[0] if alone and isinstance(alone[0], float) else None
    return pilot.noise(high_v, low_v, open_low_v, hum_v)


async def _levels(bench: Bench, board: TestedBoard, name: str) -> list[float]:
    readings = []
    for _ in range(READINGS):
        readings.append(number(await measures(board), name))
        await bench.wait(EVERY_S)
    return readings


async def _hum_v(board: TestedBoard) -> float | None:
    capture = await board.capture()
    return pilot.pick_up_v(capture.levels_mv, capture.step_us)
