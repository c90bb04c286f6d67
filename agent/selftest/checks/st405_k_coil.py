"""ST405 k.coil: current of the coil while it pulls in and while it holds."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, not_applicable
from agent.selftest.bench import Bench
from agent.selftest.ending import judged

VERSION = 1
NONE_HERE = "Nobody measures the coil's current in this charger; closing and opening times tell of it (ST402, ST403)."


@judged
async def run(bench: Bench) -> Outcome:
    return not_applicable(NONE_HERE)
