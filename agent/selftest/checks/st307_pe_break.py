"""ST307 pe.break: a protective earth that breaks on the way to the car opens the output."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import AdapterPosition, Bench
from agent.selftest.closings import close, is_closed, movement, not_closed, opened
from agent.selftest.ending import Ended
from agent.selftest.judging.contactor import Reaction, reaction
from agent.selftest.standing_faults import barring

VERSION = 1
WANTED = Reaction(
    test="ST307",
    words="the loss of protective earth",
    by=("state", "earth"),
    clause="IEC 61851-1 Table A.6, sequence 2.2",
)
WITNESSED_S = 0.5
"""Both witnesses of the contacts have spoken by then; what they object to is no loss of earth."""
NO_EARTH = AdapterPosition(state="C", has_earth=False)


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    closed_s = await close(bench, adapter)
    if await bench.until(lambda: not is_closed(bench), WITNESSED_S) is not None:
        raise Ended(not_closed(bench))
    # The pilot's circuit closes through the earth: without it there is no C to be seen.
    await bench.set_adapter(NO_EARTH)
    await opened(bench)
    seen, reported = await movement(bench, closed_s), barring(bench)
    await bench.permit(False)
    await adapter.turn("A", AdapterPosition(state="A"))
    return reaction([seen], bench.config.phases, WANTED, reported)
