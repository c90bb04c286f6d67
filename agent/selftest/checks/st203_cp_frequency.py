"""ST203 cp.frequency: the frequency of the pilot's square wave, counted at its source."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, Quantity
from agent.drivers.board_service import Drive
from agent.selftest.bench import Bench
from agent.selftest.ending import judged
from agent.selftest.judging import pilot
from agent.selftest.pilot_board import driven, measures, needs_part

VERSION = 1
DUTY_PERCENT = 50.0
LOOKS, EVERY_S = 12, 0.2
"""The board counts over a second. Its first count is taken: by the second one it stops a wave that is wrong."""


@judged
async def run(bench: Bench) -> Outcome:
    async with driven(bench) as board:
        needs_part(bench, "rails", "This board does not count what its pilot's generator puts out.")
        await board.drive(Drive.PWM, DUTY_PERCENT)
        hz: Quantity = None
        for _ in range(LOOKS):
            await bench.wait(EVERY_S)
            hz = (await measures(board)).get("generator_hz")
            if hz is not None:
                break
    return pilot.frequency(float(hz) if isinstance(hz, int | float) else None)
