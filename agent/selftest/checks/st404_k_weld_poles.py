"""ST404 k.weld_poles: each pole breaks by itself. Needs two contactors in series, or poles that are driven apart."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, not_applicable
from agent.selftest.bench import Bench
from agent.selftest.ending import judged

VERSION = 1
ONE = (
    "All poles of this charger are one contactor's and are driven together: none can be tried alone. A pole that "
    "sticks is found behind every opening, by its phase (ST403)."
)


@judged
async def run(bench: Bench) -> Outcome:
    return not_applicable(ONE)
