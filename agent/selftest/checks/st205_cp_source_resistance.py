"""ST205 cp.source_resistance: the pilot's series resistor, which an over-voltage burns first."""

from __future__ import annotations

from statistics import fmean

from agent.core.commissioning.model import Outcome
from agent.core.control_pilot import PilotState
from agent.drivers.board_service import TestedBoard
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import Bench
from agent.selftest.judging import pilot
from agent.selftest.pilot_board import measures, number, tested_board

VERSION = 1
READINGS = 5
EVERY_S = 0.05


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    board = tested_board(bench)
    await adapter.be("A")
    open_v = await _level_v(bench, board)
    seen_v = {}
    for state in (PilotState.B, PilotState.C):
        await adapter.turn(state.value)
        seen_v[state] = await _level_v(bench, board)
    await adapter.turn("A")
    return pilot.source_resistance(open_v, seen_v)


async def _level_v(bench: Bench, board: TestedBoard) -> float:
    readings = []
    for _ in range(READINGS):
        readings.append(number(await measures(board), "high_v"))
        await bench.wait(EVERY_S)
    return fmean(readings)
