"""ST504 mains.polarity: line and neutral stand where they belong. Measured from neutral to earth."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, not_applicable
from agent.selftest.bench import Bench
from agent.selftest.ending import judged
from agent.selftest.judging import mains
from agent.selftest.mains_readings import described, look

VERSION = 1
WITHOUT_EARTHED_NEUTRAL = ("IT", "split")
"""Words of the board's earthing: neither leg of these supplies lies at earth."""


@judged
async def run(bench: Bench) -> Outcome:
    reading = await look(bench)
    if reading.earth_neutral_v is None:
        by = reading.instrument.capitalize()
        return not_applicable(f"{by} does not look from neutral to earth; the installer's tester does (ST905).")
    board = await described(bench)
    earthing = "" if board is None else str(board.configuration.get("earthing", ""))
    if earthing in WITHOUT_EARTHED_NEUTRAL:
        return not_applicable(f"This board is made for a supply without an earthed neutral ({earthing}).")
    return mains.polarity(reading.earth_neutral_v, reading.voltages_v[0], reading.instrument)
