"""ST601 temp.plausible: every temperature sensor of the connector, and of the cabinet around it.

Held against the air where somebody typed how warm it is (`ambient_celsius`): only a charger that has not charged for an
hour is as warm as that.
"""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, broken, not_applicable
from agent.errors import DriverError
from agent.selftest.bench import Bench
from agent.selftest.judging.warmth import plausible
from agent.selftest.temperatures import look

VERSION = 1
SETTLES_S = 5.0
"""A sensor of the computer is read every few seconds."""


async def run(bench: Bench) -> Outcome:
    await bench.wait(SETTLES_S)
    try:
        looks = await look(bench)
    except DriverError as error:
        return broken(f"The pilot board told no temperatures: {error.what}.", "Mend its line first, then repeat.")
    if not looks:
        return not_applicable("This charger has no temperature sensor.")
    typed = bench.answer("ambient_celsius")
    return plausible(looks, None if typed is None else float(typed))
