"""ST102: known software on board and controller."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.errors import DriverError
from agent.selftest.bench import Bench
from agent.selftest.judging import identity

VERSION = 2
READ_WITHIN_S = 60.0
"""The whole program is read, by a card that may be dying."""


async def run(bench: Bench) -> Outcome:
    bench.takes_longer(READ_WITHIN_S)
    software, files = bench.config.station.firmware_version, await bench.controller.measures("software")
    if bench.board is None:
        return identity.versions(software, None, bench.faults(), files)
    try:
        described = await bench.board.describe()
    except DriverError as error:
        return identity.silent(str(error))
    return identity.versions(software, described.firmware_version, bench.faults(), files)
