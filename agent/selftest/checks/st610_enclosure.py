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
    return await worked(bench, doors, "Open the door ({key}), and close it again.", cause=CAUSE)
