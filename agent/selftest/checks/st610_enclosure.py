"""ST610 enclosure: the door is seen opened and closed. Sensors of tilt and water have no driver."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, not_applicable
from agent.selftest.bench import Bench
from agent.selftest.contacts import contacts, worked

VERSION = 1
MEANS = "door"
CAUSE = "enclosure.open"


async def run(bench: Bench) -> Outcome:
    doors = contacts(bench, MEANS)
    if not doors:
        return not_applicable("Nothing in this charger watches its door, its tilt or water.")
    asks = (
        "Open the door of the charger, and close it again." if len(doors) == 1 else "Open {place}, and close it again."
    )
    return await worked(bench, doors, asks, cause=CAUSE)
