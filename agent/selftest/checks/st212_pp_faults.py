"""ST212 pp.faults: a proximity contact that is shorted, or does not touch, is noticed while a car is in."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import AdapterPosition, Bench
from agent.selftest.ending import Ended
from agent.selftest.judging.adapter import contact_faults
from agent.selftest.pilot_board import needs_socket
from agent.selftest.refusals import cleared
from agent.selftest.standing_faults import of_fault

VERSION = 1
SHORT, MISSING, NOT_HOME = "pp.short", "pp.missing", "connector.partial_insertion"
GOOD = AdapterPosition(state="B", proximity_ohm=220.0)
SHORTED = AdapterPosition(state="B", proximity_ohm=0.0)
OPEN = AdapterPosition(state="B", proximity_ohm=1e9)
ACCEPTED_S = 1.5
"""The board takes a cable for what it is after a second."""
NOTICED_WITHIN_S = 4.0


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    needs_socket(bench, "The cable is fixed to this charger, so there is no contact that tells of one.")
    await adapter.turn("A", GOOD)
    await bench.wait(ACCEPTED_S)
    if standing := next((one for one in bench.faults() if one in (SHORT, MISSING, NOT_HOME)), ""):
        raise Ended(of_fault("The proximity contact is wrong before anything was set.", standing))
    await adapter.turn("B", SHORTED)
    short_s = await bench.until(lambda: SHORT in bench.faults(), NOTICED_WITHIN_S)
    await cleared(bench, adapter, SHORT, GOOD)
    await adapter.turn("B", GOOD)
    await bench.wait(ACCEPTED_S)
    await adapter.turn("B", OPEN)
    open_s = await bench.until(lambda: bool({MISSING, NOT_HOME} & set(bench.faults())), NOTICED_WITHIN_S)
    await cleared(bench, adapter, MISSING, GOOD)
    return contact_faults({SHORT: short_s, MISSING: open_s})
