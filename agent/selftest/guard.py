"""What ends an attempt early: a car where none may be, or somebody drawing current where no load belongs."""

from __future__ import annotations

import asyncio

from agent.core.commissioning.catalogue import Need, Row
from agent.core.commissioning.model import Outcome
from agent.core.commissioning.sequence import is_lent_for
from agent.core.session.model import Session
from agent.selftest.adapter import ADAPTER_DRAWS_A
from agent.selftest.standing_faults import barring, of_fault
from agent.selftest.watching import Place
from agent.selftest.workbench import Workbench

LONGEST_S = 7200.0


def standing_fault(bench: Workbench) -> Outcome | None:
    """A board agrees to no test with power while a fault stands: then that is what was found."""
    fault = barring(bench)
    return of_fault("The board agrees to no test with power.", fault) if fault else None


async def intruder(bench: Workbench) -> str:
    """Waits until the attempt must not go on, and says why. For a test that moves nothing it waits for ever."""
    place = bench.place
    if place is None or not is_lent_for(bench.row):
        await asyncio.Event().wait()
    assert place is not None
    began_s, why = bench.now().monotonic_s, ""

    def must_end() -> bool:
        nonlocal why
        why = _why(bench.row, place, bench.session(), began_s)
        return bool(why)

    await bench.until(must_end, LONGEST_S)
    return why or f"it went on for {LONGEST_S / 3600:g} hours, and was ended"


def _why(row: Row, place: Place, session: Session, since_s: float) -> str:
    if not place.may_move():
        return "the charger ends its program, so the test was ended; run it again afterwards"
    pilot = place.seen.pilot
    if Need.NO_CAR in row.needs and pilot is not None and pilot.state.plugged:
        return "something was plugged in during the test, so it was ended; unplug it, then run the test again"
    sample = session.last_sample
    if row.is_energised and Need.LOAD not in row.needs and sample is not None and sample.at.monotonic_s >= since_s:
        drawn_a = max((abs(one) for one in sample.currents_a if one is not None), default=0.0)
        if drawn_a > ADAPTER_DRAWS_A:
            return (
                f"{drawn_a:.1f} A flow where an adapter draws nothing: is a car plugged in? The output was switched "
                "off; plug in the adapter without a load, then run the test again"
            )
    return ""
