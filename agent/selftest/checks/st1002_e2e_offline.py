"""ST1002 e2e.offline: a charge while the link is held closed from this side, and what is told once it is back.

Who may charge without network is for the site and its central system to say: where they let nobody, that is told.
"""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, skipped
from agent.selftest.bench import Bench, Question
from agent.selftest.ending import Ended, judged
from agent.selftest.judging.real_charge import delivered
from agent.selftest.whole_charge import By, Plan, charged

VERSION = 1
TEST = "ST1002"
CARD, HERE = "card", "this command"


@judged
async def run(bench: Bench) -> Outcome:
    if not bench.connection.is_accepted():
        hint = "Run this test once the link stands."
        return skipped("There is no connection to the central system that could be taken away.", hint)
    asked = Question(key=f"{TEST}.start", text="Who begins the charge?", choices=(CARD, HERE), default=CARD)
    by = By.CARD if await bench.person.ask(asked) == CARD else By.HERE
    try:
        charge, was_offline = await charged(bench, Plan(test=TEST, by=by, offline=True))
    except Ended as end:
        if end.outcome.cause or "No charge began" not in end.outcome.says:
            raise
        hint = "Use a card of the local list, or one that the central system accepted before; else that is the policy."
        return skipped(f"Without network nobody may charge with this card. {end.outcome.says}", hint)
    return delivered(charge, was_offline)
