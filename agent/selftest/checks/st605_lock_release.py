"""ST605 lock.release: without supply the socket lets go of the plug.

With the supply the charger's computer goes, too: so what the release has in store is measured, and whether it came to
something is what a person saw when the supply was switched off.
"""

from __future__ import annotations

from agent.core.commissioning.model import Measured, Outcome, broken, failed, not_applicable, passed, warned
from agent.errors import DriverError
from agent.selftest.bench import Bench, Question
from agent.selftest.judging.limits import fits, told
from agent.selftest.mains_readings import number

VERSION = 1
CAUSE = "lock.energy_store"
LEAST_V = 11.0
RELEASED, HELD, UNTRIED = "released", "held", "not tried"


async def run(bench: Bench) -> Outcome:
    if bench.drivers().get("lock") is None:
        return not_applicable("The cable is part of this charger: there is no lock that could hold it.")
    try:
        store = None if bench.board is None else number((await bench.board.describe()).measures, "release_v")
    except DriverError as error:
        return broken(f"The board told nothing of its release: {error.what}.", "Mend its line first, then repeat.")
    measured = Measured(name="release in store", value=store, unit="V", low=LEAST_V, source="fault lock.energy_store")
    if store is not None and not fits(measured):
        return failed(
            f"The release has too little in store: {told(measured)}.",
            "Leave the charger switched on for a minute and repeat. If it stays so, replace the pilot board.",
            measured,
            cause=CAUSE,
        )
    return await _seen(bench, measured)


async def _seen(bench: Bench, measured: Measured) -> Outcome:
    text = (
        "When the supply was switched off with a locked plug: did the lock let it go within three seconds? This "
        "computer goes off with the supply, so try it before or after this test."
    )
    asked = Question(key="ST605.release", text=text, choices=(RELEASED, HELD, UNTRIED), default=UNTRIED)
    seen = await bench.person.ask(asked)
    if seen == RELEASED:
        return passed("Without supply the lock lets go of the plug.", measured)
    if seen == HELD:
        hint = "Release the plug by hand (the manual says where), and replace the lock or the board that drives it."
        return failed(
            "Without supply the lock keeps the plug: nobody could leave in a power cut.", hint, measured, cause=CAUSE
        )
    return warned(
        "Whether the lock lets go without supply was not tried; only its store was looked at.",
        "Lock a plug, switch the breaker off, and look. Then run this test again.",
        measured,
    )
