"""ST101: the board in this charger is the one that was ordered."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.errors import DriverError
from agent.selftest.bench import Bench
from agent.selftest.judging import identity
from agent.selftest.judging.summing import summed

VERSION = 1
LABEL = "label.serial"
"""What the installer read off the name plate in the first step of the job."""


async def run(bench: Bench) -> Outcome:
    plate = identity.name_plate(bench.answer(LABEL), bench.config.station.serial_number)
    if bench.board is None:
        return summed((plate, identity.unknown_board(bench.faults())))
    try:
        described = await bench.board.describe()
    except DriverError as error:
        return identity.silent(str(error))
    ratings = identity.Ratings(rated_current_a=bench.config.board.rated_current_a, phases=bench.config.board.phases)
    return summed((plate, identity.board(described, bench.faults()), identity.ratings(described, ratings)))
