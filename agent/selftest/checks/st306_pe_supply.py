"""ST306 pe.supply: the protective earth of the supply is there, and neutral is near it."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, not_applicable
from agent.selftest.bench import Bench
from agent.selftest.ending import Ended, judged
from agent.selftest.judging.residual import earth
from agent.selftest.pilot_board import measures, needs_part, number, property_of, tested_board

VERSION = 1
READINGS = 10
EVERY_S = 0.5
JUDGED = ("TN", "TT")
NONE_HERE = "This board does not sense the supply's earth; ST901 and ST903 measure it."
HERTZ = 50.0


@judged
async def run(bench: Bench) -> Outcome:
    board = tested_board(bench)
    needs_part(bench, "earth_sense", NONE_HERE)
    earthing = property_of(await board.describe(), "earthing")
    if earthing not in JUDGED:
        raise Ended(not_applicable(f"In a supply of the kind {earthing} the sense to earth means nothing (ST901)."))
    edges, neutral_v, hz = [], [], HERTZ
    for _ in range(READINGS):
        readings = await measures(board)
        edges.append(number(readings, "earth_edges"))
        volts, counted = readings.get("earth_neutral_v"), readings.get("mains_hz")
        if isinstance(volts, int | float):
            neutral_v.append(abs(float(volts)))
        if isinstance(counted, int | float) and counted > 0:
            hz = float(counted)
        await bench.wait(EVERY_S)
    return earth(edges, neutral_v, hz)
