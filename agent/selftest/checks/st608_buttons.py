"""ST608 buttons: each button is seen pressed and let go. The emergency stop has a test of its own, ST412."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, not_applicable
from agent.selftest.bench import Bench
from agent.selftest.contacts import contacts, worked

VERSION = 1
MEANS = "button"


async def run(bench: Bench) -> Outcome:
    buttons = contacts(bench, MEANS)
    if not buttons:
        return not_applicable("This charger has no button.")
    asks = "Press the button of the charger and let it go." if len(buttons) == 1 else "Press {place} and let it go."
    return await worked(bench, buttons, asks, cause="")
