"""ST102: known software on board and controller."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.errors import DriverError
from agent.selftest.bench import Bench
from agent.selftest.judging import identity

VERSION = 1


async def run(bench: Bench) -> Outcome:
    software, files = bench.config.station.firmware_version, await bench.controller.measures("software")
    if bench.board is None:
        return identity.versions(software, None, bench.faults(), files)
    try:
        described = await bench.board.describe()
    except DriverError as error:
        return identity.silent(str(error))
    return identity.versions(software, described.firmware_version, bench.faults(), files)
