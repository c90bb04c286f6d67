"""Whether power was refused to who has no right to it (ST105). Pure."""

from __future__ import annotations

from agent.core.commissioning.model import Measured, Outcome, broken, failed, passed
from agent.selftest.judging.limits import CATALOGUE
from agent.values import frozen

WRONG_PROOF = bytes(32)
"""No key makes it: the chance is one in 2 to the power of 256."""
COMMISSIONING, FAULT = "commissioning", "fault"
"""The board's words for what it waits for; a fault stands before everything else."""
PERMIT = "permit"
"""Its word for a permission that it does not count, which it says before it looks at the lock."""
NOT_LOCKED = "comm.not_commissioned"


@frozen(kw_only=True)
class Tried:
    """One attempt at power. `refusal` is the board's word against it, "" where it had none."""

    closed: bool
    refusal: str
    problem: str = ""


def judged(without: Tried, wrong: Tried) -> Outcome:
    """Both must be refused, and for the right reason: an outlet without a car refuses for another one."""
    measured = (
        Measured(name="permission without a token", value=without.refusal or "not refused", source=CATALOGUE),
        Measured(name="wrong token", value=wrong.refusal or "not refused", source=CATALOGUE),
    )
    then = "do not use this charger: exchange the board, and have its firmware looked at"
    if without.closed:
        return failed("the contactor closed without a token", then, *measured, cause=NOT_LOCKED)
    if wrong.closed:
        return failed("the board took a token that nobody could have made", then, *measured, cause=NOT_LOCKED)
    if wrong.problem:
        return broken(f"the board did not answer: {wrong.problem}", "repeat the test")
    if without.refusal in ("", FAULT):
        says = "the board has a fault, which refuses everybody" if without.refusal else "the board told no reason"
        return broken(f"{says}; so the lock behind it is not seen", "end the fault first, then repeat the test")
    if without.refusal == PERMIT:
        says = "the board took the permission of this test for none, so the lock behind it is not seen"
        then = "repeat the test; if it stays so, switch the charger's supply off and on"
        return broken(says, then)
    if COMMISSIONING not in without.refusal:
        says = f"the board would give power: it waits for {without.refusal} only, and for no commissioning"
        return failed(says, then, *measured, cause=NOT_LOCKED)
    return passed("no power without a token, and none with a wrong one", *measured)
