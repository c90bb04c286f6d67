"""ST507 meter.noload: half a minute of the meter beside the board, with nothing plugged in."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, broken
from agent.errors import DriverError
from agent.selftest.bench import Bench
from agent.selftest.judging.metering import RestLook, at_rest
from agent.selftest.mains_readings import described, of_board

VERSION = 1
READINGS = 10
EVERY_S = 3.0


async def run(bench: Bench) -> Outcome:
    looks = []
    try:
        for _ in range(READINGS):
            looks.append(await _look(bench))
            await bench.wait(EVERY_S)
    except DriverError as error:
        return broken(f"The meter could not be watched at rest: {error.what}.", "Mend that first (ST506), then repeat.")
    return at_rest(looks)


async def _look(bench: Bench) -> RestLook:
    count = bench.config.phases
    board = await described(bench)
    sample = await bench.read_meter()
    return RestLook(
        voltages_v=sample.voltages_v[:count],
        currents_a=sample.currents_a[:count],
        power_w=sample.power_w,
        register_wh=sample.register_wh,
        board_v=() if board is None else of_board(board.measures, count).voltages_v,
    )
