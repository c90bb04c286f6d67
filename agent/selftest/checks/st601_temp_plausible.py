"""ST601 temp.plausible: every temperature sensor of the connector, and of the cabinet around it.

Held against the air where somebody typed how warm it is (`ambient_celsius`): only a charger that has not charged for an
hour is as warm as that.
"""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, broken, not_applicable
from agent.core.commissioning.steps import LEFT_BLANK
from agent.core.commissioning.typed_number import number_of
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
    return plausible(looks, _ambient(bench))


def _ambient(bench: Bench) -> float | None:
    """None where nobody knew it."""
    typed = bench.answer("ambient_celsius")
    return None if typed is None or typed == LEFT_BLANK else number_of(typed, "°C")
