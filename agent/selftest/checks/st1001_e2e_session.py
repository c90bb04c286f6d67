"""ST1001 e2e.session: the activation charge. A real session by the real path, in the records of all who keep one.

Begun from the central system, with a card, or both, one after the other; who is not there is left out, and said.
"""

from __future__ import annotations

from dataclasses import replace

from agent.core.commissioning.model import Outcome, Verdict
from agent.selftest.bench import Bench, Question
from agent.selftest.ending import judged
from agent.selftest.judging.real_charge import whole
from agent.selftest.whole_charge import By, Plan, charged
from agent.selftest.wired import wired

VERSION = 1
TEST = "ST1001"
BOTH, CENTRAL, CARD, HERE = "both", "central system", "card", "this command"
TRY_IT = "Begin a charge that way before it is handed over, or run this test again with it."
STARTS = {BOTH: (By.CENTRAL, By.CARD), CENTRAL: (By.CENTRAL,), CARD: (By.CARD,), HERE: (By.HERE,)}


@judged
async def run(bench: Bench) -> Outcome:
    starts, left_out = await _starts(bench)
    outcomes = []
    for by in starts:
        charge, _ = await charged(bench, Plan(test=TEST, by=by))
        outcomes.append(whole(charge))
        if outcomes[-1].verdict is Verdict.FAIL:
            return outcomes[-1]
    says = " ".join(one.says for one in outcomes) + left_out
    return replace(
        outcomes[-1],
        verdict=Verdict.WARN if left_out else outcomes[-1].verdict,
        says=says,
        next=TRY_IT if left_out else outcomes[-1].next,
        measured=tuple(each for one in outcomes for each in one.measured),
        evidence={"charges": [dict(one.evidence) for one in outcomes]},
    )


async def _starts(bench: Bench) -> tuple[tuple[By, ...], str]:
    """Who begins it, and in words what is not tried."""
    has_reader = _has_reader(bench)
    choices = (BOTH, CENTRAL, CARD, HERE) if has_reader else (CENTRAL, HERE)
    asked = Question(key=f"{TEST}.start", text="Who begins the charge?", choices=choices, default=choices[0])
    starts = STARTS[await bench.person.ask(asked)]
    ways = (By.CENTRAL, By.CARD) if has_reader else (By.CENTRAL,)
    untried = [by.value for by in ways if by not in starts]
    return starts, "" if not untried else f" Not tried: a start by {' and by '.join(untried)}."


def _has_reader(bench: Bench) -> bool:
    return "token_reader" in bench.config.board.drivers or "token_reader" in wired(bench).drivers
